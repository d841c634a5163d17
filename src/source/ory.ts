/**
 * `VERSION_name[.dialect][.autocommit].(up|down).sql`, the layout of Ory's popx: per version and direction the file of
 * the dialect beats the one without; versions are compared as texts; `.autocommit` is sent without a transaction.
 */
import type { Migration, MigrationDirection } from '../model/migration.ts'
import type { Problem } from '../model/problem.ts'
import { baseName, compareText, isDigit, isSql, migrationOf, ordered, unreadableName } from './file-name.ts'
import type { Layout, SourceFile } from './layout.ts'
import { lineProblem } from './line-problem.ts'
import { linesOf } from './lines.ts'

const dialects: Readonly<Record<string, string>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  pg: 'postgres',
  pgx: 'postgres',
  cockroach: 'cockroach',
  cockroachdb: 'cockroach',
  crdb: 'cockroach',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlite3: 'sqlite3',
  sqlite: 'sqlite3',
}

interface OryName {
  readonly version: string
  readonly name: string
  readonly direction: MigrationDirection
  /** Null: for every dialect that has no file of its own. */
  readonly dialect: string | null
  readonly autocommit: boolean
}

function readName(path: string): OryName | null {
  const [stem = '', ...rest] = baseName(path).split('.')
  const extension = rest.pop()
  const direction = rest.pop()
  if (extension !== 'sql' || (direction !== 'up' && direction !== 'down')) return null
  const autocommit = rest.at(-1) === 'autocommit'
  if (autocommit) rest.pop()
  const [written, ...more] = rest
  const dialect = written === undefined ? null : dialects[written]
  if (more.length > 0 || dialect === undefined) return null
  const underscore = stem.indexOf('_')
  const version = stem.slice(0, Math.max(underscore, 0))
  if (version === '' || underscore + 1 === stem.length || !Array.from(version).every(isDigit)) return null
  return { version, name: stem.slice(underscore + 1), direction, dialect, autocommit }
}

interface Candidate {
  readonly file: SourceFile
  readonly name: OryName
}

export const ory: Layout = {
  name: 'ory',
  transaction: 'file',
  detect: (files) =>
    files.some(({ path }) => {
      const name = readName(path)
      return name !== null && (name.dialect !== null || name.autocommit)
    }),
  read: (files) => {
    const problems: Problem[] = []
    const candidates: Candidate[] = []
    for (const file of files.filter(({ path }) => isSql(path))) {
      const name = readName(file.path)
      if (name !== null) candidates.push({ file, name })
      else problems.push(unreadableName(file.path, 'ory', '20240101000000000000_what_it_does.up.sql'))
    }
    const chosen = forPostgres(candidates)
    problems.push(...chosen.flatMap(({ file }) => templateProblem(file) ?? []))
    const migrations = chosen.map(({ file, name }) =>
      migrationOf(file, { ...name, transaction: name.autocommit ? 'statement' : 'file' }, 'ory'),
    )
    const compare = (one: Migration, other: Migration) =>
      compareText(one.version, other.version) || compareText(one.path, other.path)
    return ordered(migrations, problems, compare, (version) => version)
  },
}

/** Files of other dialects are not ours; one without a dialect stands back where PostgreSQL has its own. */
function forPostgres(candidates: readonly Candidate[]): Candidate[] {
  const key = ({ name }: Candidate) => `${name.direction} ${name.version}`
  const own = candidates.filter(({ name }) => name.dialect === 'postgres')
  const taken = new Set(own.map(key))
  return candidates.filter(
    (one) => one.name.dialect === 'postgres' || (one.name.dialect === null && !taken.has(key(one))),
  )
}

/** popx runs each file through Go's text/template; what that would make of it is not known here. */
function templateProblem({ path, text }: SourceFile): Problem | null {
  if (!text.includes('{{')) return null
  const line = linesOf(text).find((one) => one.text.includes('{{'))
  if (line === undefined) return null
  const at = line.text.indexOf('{{')
  return lineProblem(
    path,
    line,
    {
      code: 'template',
      message: `${path} is a Go template, and what it becomes is not known`,
      hint: 'Write the SQL that the template makes for PostgreSQL into a .postgres.up.sql file.',
    },
    { start: at, end: at + '{{'.length },
  )
}
