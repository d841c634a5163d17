/** `0001_create_users.sql`: one file a version, up only. */
import type { Migration } from '../model/migration.ts'
import type { Problem } from '../model/problem.ts'
import { baseName, compareNumbers, compareText, isSql, migrationOf, numberKey } from './file-name.ts'
import { ordered, splitVersion, unreadableName } from './file-name.ts'
import type { Layout } from './layout.ts'

function readName(path: string): { readonly version: string; readonly name: string } | null {
  const stem = baseName(path).slice(0, -'.sql'.length)
  return stem.endsWith('.up') || stem.endsWith('.down') ? null : splitVersion(stem)
}

export const plain: Layout = {
  name: 'plain',
  detect: (paths) => paths.some((path) => readName(path) !== null),
  read: (files) => {
    const migrations: Migration[] = []
    const problems: Problem[] = []
    for (const file of files.filter(({ path }) => isSql(path))) {
      const name = readName(file.path)
      if (name === null) problems.push(unreadableName(file.path, 'plain', '0001_what_it_does.sql'))
      else migrations.push(migrationOf(file, { ...name, direction: 'up', transaction: 'file' }, 'plain'))
    }
    const compare = (one: Migration, other: Migration) =>
      compareNumbers(one.version, other.version) || compareText(one.path, other.path)
    return ordered(migrations, problems, compare, numberKey)
  },
}
