/** `0001_create_users.up.sql` beside `0001_create_users.down.sql`: golang-migrate and its like. */
import type { Migration, MigrationDirection } from '../model/migration.ts'
import type { Problem } from '../model/problem.ts'
import { baseName, compareNumbers, compareText, isSql, migrationOf, numberKey } from './file-name.ts'
import { ordered, splitVersion, unreadableName } from './file-name.ts'
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
  detect: (paths) => paths.some((path) => readName(path) !== null),
  read: (files) => {
    const migrations: Migration[] = []
    const problems: Problem[] = []
    for (const file of files.filter(({ path }) => isSql(path))) {
      const name = readName(file.path)
      if (name === null) problems.push(unreadableName(file.path, 'up-down', '0001_what_it_does.up.sql'))
      else migrations.push(migrationOf(file, { ...name, transaction: 'file' }, 'up-down'))
    }
    const compare = (one: Migration, other: Migration) =>
      compareNumbers(one.version, other.version) || compareText(one.path, other.path)
    return ordered(migrations, problems, compare, numberKey)
  },
}
