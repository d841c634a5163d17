/** `0001_create_users.up.sql` beside `0001_create_users.down.sql`: the like of golang-migrate, with versions of any form. */
import type { MigrationDirection } from '../model/migration.ts'
import { baseName, byNumber, isSql, migrationOf, numberKey, readEach } from './file-name.ts'
import { splitVersion, unreadableName } from './file-name.ts'
import type { Layout } from './layout.ts'

interface UpDownName {
  readonly version: string
  readonly name: string
  readonly direction: MigrationDirection
}

function readName(path: string): UpDownName | null {
  const [stem = '', direction, ...rest] = baseName(path).split('.')
  if (rest.length !== 1 || (direction !== 'up' && direction !== 'down')) return null
  const version = splitVersion(stem)
  return version === null ? null : { ...version, direction }
}

export const upDown: Layout = {
  name: 'up-down',
  transaction: 'file',
  detect: (files) => files.some(({ path }) => isSql(path) && readName(path) !== null),
  read: (files) =>
    readEach(files, { compare: byNumber, sameVersion: numberKey, inPairs: false }, (file) => {
      const name = readName(file.path)
      if (name === null) {
        return {
          migrations: [],
          problems: [unreadableName(file.path, 'up-down', '0001_what_it_does.up.sql')],
        }
      }
      const migration = migrationOf(file, { ...name, transaction: 'file' }, 'up-down')
      return { migrations: [migration], problems: [] }
    }),
}
