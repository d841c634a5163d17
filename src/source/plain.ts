/** `0001_create_users.sql`: one file a version, up only. */
import { byNumber, isSql, migrationOf, numberKey, readEach } from './file-name.ts'
import { splitVersion, stemOf, unreadableName } from './file-name.ts'
import type { Layout } from './layout.ts'

function readName(path: string): { readonly version: string; readonly name: string } | null {
  const stem = stemOf(path)
  return stem.endsWith('.up') || stem.endsWith('.down') ? null : splitVersion(stem)
}

export const plain: Layout = {
  name: 'plain',
  transaction: 'file',
  detect: (files) => files.some(({ path }) => isSql(path) && readName(path) !== null),
  read: (files) =>
    readEach(files, { compare: byNumber, sameVersion: numberKey, inPairs: false }, (file) => {
      const name = readName(file.path)
      if (name === null) {
        return { migrations: [], problems: [unreadableName(file.path, 'plain', '0001_what_it_does.sql')] }
      }
      const read = { ...name, direction: 'up', transaction: 'file' } as const
      return { migrations: [migrationOf(file, read, 'plain')], problems: [] }
    }),
}
