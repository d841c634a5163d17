/**
 * `V{version}__{description}.sql`, `R__{description}.sql` (again whenever it changes, after all versions), `U{version}__…` (takes a
 * version back) and `B{version}__…` (for empty databases only, so it is passed over). Versions are numbers between dots or
 * underscores (MigrationVersion.java and ResourceNameParser.java of flyway/flyway). One transaction a file, unless all of it
 * is refused in one (PostgreSQLParser.java) or its `.sql.conf` says `executeInTransaction` (SqlScriptMetadata.java).
 */
import type { Migration, TransactionMode } from '../model/migration.ts'
import {
  baseName,
  compareNumbers,
  compareText,
  isDigit,
  isSql,
  migrationOf,
  numberKey,
  readEach,
} from './file-name.ts'
import { stemOf, unreadableName } from './file-name.ts'
import { type Layout, type SourceFile, passedOver } from './layout.ts'
import { linesOf } from './lines.ts'

/** No version of a number: repeatable migrations are known by their name. */
const repeatable = 'R__'

interface FlywayName {
  readonly prefix: 'V' | 'U' | 'B' | 'R'
  readonly version: string
  readonly name: string
}

/** `wrong`: it begins like a migration, and would be passed over in silence. */
function readName(path: string): FlywayName | 'wrong' | null {
  const stem = stemOf(path)
  const prefix = stem.charAt(0)
  if (prefix === 'R' && stem.startsWith(repeatable)) return { prefix, version: stem, name: stem.slice(3) }
  if ((prefix !== 'V' && prefix !== 'U' && prefix !== 'B') || !isDigit(stem[1])) return null
  const separator = stem.indexOf('__')
  if (separator < 0) return 'wrong'
  const version = stem.slice(1, separator).replaceAll('_', '.')
  const isVersion = version.split('.').every((part) => part !== '' && Array.from(part).every(isDigit))
  return isVersion ? { prefix, version, name: stem.slice(separator + 2) } : 'wrong'
}

/** `1.0` is `1`, `01.2` is `1.2`. */
function versionKey(version: string): string {
  if (version.startsWith(repeatable)) return version
  const parts = version.split('.').map(numberKey)
  while (parts.length > 1 && parts.at(-1) === '0') parts.pop()
  return parts.join('.')
}

function compareVersions(one: Migration, other: Migration): number {
  const repeats = (migration: Migration) => (migration.version.startsWith(repeatable) ? 1 : 0)
  const byKind = repeats(one) - repeats(other)
  if (byKind !== 0) return byKind
  if (repeats(one) === 1) return compareText(one.name.replaceAll('_', ' '), other.name.replaceAll('_', ' '))
  const [a, b] = [one.version.split('.'), other.version.split('.')]
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = compareNumbers(a[at] ?? '0', b[at] ?? '0')
    if (difference !== 0) return difference
  }
  return compareText(one.path, other.path)
}

/** What the `.sql.conf` beside a file says; it holds lines `key=value`. */
function transactionIn(config: string | undefined): TransactionMode | null {
  for (const { text } of linesOf(config ?? '')) {
    const [key = '', value = ''] = text.split('=')
    if (key.trim() === 'executeInTransaction') return value.trim() === 'false' ? 'statement' : 'file'
  }
  return null
}

export const flyway: Layout = {
  name: 'flyway',
  transaction: 'unless-refused',
  detect: (files) => files.some(({ path }) => isSql(path) && isMigration(readName(path))),
  read: (files) => {
    const configs = new Map(
      files.filter(({ path }) => path.endsWith('.sql.conf')).map(({ path, text }) => [path, text]),
    )
    const order = { compare: compareVersions, sameVersion: versionKey, inPairs: true }
    return readEach(files, order, (file) => {
      const name = readName(file.path)
      if (name === 'wrong') {
        return {
          migrations: [],
          problems: [unreadableName(file.path, 'flyway', `${example(file)}__what_it_does.sql`)],
        }
      }
      if (name === null || name.prefix === 'B') return passedOver
      const transaction = transactionIn(configs.get(`${file.path}.conf`)) ?? 'unless-refused'
      const direction = name.prefix === 'U' ? ('down' as const) : ('up' as const)
      const read = { version: name.version, name: name.name, direction, transaction }
      return { migrations: [migrationOf(file, read, 'flyway')], problems: [] }
    })
  },
}

function isMigration(name: FlywayName | 'wrong' | null): boolean {
  return name !== null && name !== 'wrong'
}

function example({ path }: SourceFile): string {
  return `${baseName(path).charAt(0)}1.2`
}
