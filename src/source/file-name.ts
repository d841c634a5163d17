import { createHash } from 'node:crypto'
import type { Migration } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'
import type { ReadFile, SourceFile } from './layout.ts'
import { fileProblem } from './line-problem.ts'

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function isSql(path: string): boolean {
  return path.toLowerCase().endsWith('.sql')
}

/** `0012_add_users` → `0012` and `add_users`; a dash will do. Null: it does not begin with digits. */
export function splitVersion(stem: string): { readonly version: string; readonly name: string } | null {
  let end = 0
  while (isDigit(stem[end])) end += 1
  const separator = stem[end]
  if (end === 0) return null
  if (separator === undefined) return { version: stem, name: '' }
  if ((separator !== '_' && separator !== '-') || end + 1 === stem.length) return null
  return { version: stem.slice(0, end), name: stem.slice(end + 1) }
}

/** The digits that a text begins with. */
export function leadingDigits(text: string): string {
  let end = 0
  while (isDigit(text[end])) end += 1
  return text.slice(0, end)
}

/** `0001_users.up` → `0001_users`, up; null: the stem ends in no direction. */
export function splitDirection(stem: string): {
  readonly stem: string
  readonly direction: Migration['direction'] | null
} {
  if (stem.endsWith('.up')) return { stem: stem.slice(0, -'.up'.length), direction: 'up' }
  if (stem.endsWith('.down')) return { stem: stem.slice(0, -'.down'.length), direction: 'down' }
  return { stem, direction: null }
}

/** The file name without `.sql`. */
export function stemOf(path: string): string {
  return baseName(path).slice(0, -'.sql'.length)
}

export function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9'
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What one file name says, or why it says nothing. */
export type ReadName = Pick<Migration, 'version' | 'name' | 'direction'> & {
  readonly transaction: Migration['transaction']
}

/** `text`: what of the file is this migration, where it is not all of it. The checksum is of the whole file. */
export function migrationOf(
  file: SourceFile,
  read: ReadName,
  layout: string,
  text: string = file.text,
): Migration {
  return {
    version: read.version,
    name: read.name,
    direction: read.direction,
    path: file.path,
    layout,
    text,
    sha256: sha256(file.text),
    transaction: read.transaction,
  }
}

export function unreadableName(path: string, layout: string, expected: string): Problem {
  return fileProblem(
    'migration-name',
    `${path} does not follow the layout ${layout}, so nobody can say when it runs`,
    `Name it ${expected}, or move it out of the folder of migrations.`,
  )
}

/**
 * Migrations in order; a problem for each two files of one version and direction. `sameVersion`: the key under which two
 * versions are one.
 */
export function ordered(
  migrations: readonly Migration[],
  problems: readonly Problem[],
  compare: (one: Migration, other: Migration) => number,
  sameVersion: (version: string) => string,
): Result<readonly Migration[]> {
  const seen = new Map<string, Migration>()
  const duplicates: Problem[] = []
  for (const migration of migrations) {
    const key = `${migration.direction} ${sameVersion(migration.version)}`
    const first = seen.get(key)
    if (first === undefined) seen.set(key, migration)
    else duplicates.push(duplicate(first, migration))
  }
  const all = [...problems, ...duplicates]
  if (all.length > 0) return { ok: false, problems: all }
  return { ok: true, value: [...migrations].sort(compare) }
}

function duplicate(first: Migration, second: Migration): Problem {
  return fileProblem(
    'duplicate-version',
    `${first.path} and ${second.path} are both version ${second.version}, direction ${second.direction}`,
    'Give one of them another version: their order would be an accident.',
  )
}

/** How a runner orders its migrations. */
export interface RunOrder {
  readonly compare: (one: Migration, other: Migration) => number
  /** The key under which two versions are one. */
  readonly sameVersion: (version: string) => string
  /** Up and down are files of their own: a down file wants its up file. */
  readonly inPairs: boolean
}

/** What `readOne` makes of each SQL file, in the runner's order. */
export function readEach(
  files: readonly SourceFile[],
  { compare, sameVersion, inPairs }: RunOrder,
  readOne: (file: SourceFile) => ReadFile,
): Result<readonly Migration[]> {
  const read = files.filter(({ path }) => isSql(path)).map(readOne)
  const migrations = read.flatMap((one) => one.migrations)
  const problems = read.flatMap((one) => one.problems)
  const alone = inPairs ? downsAlone(migrations, sameVersion) : []
  return ordered(migrations, [...problems, ...alone], compare, sameVersion)
}

export function byNumber(one: Migration, other: Migration): number {
  return compareNumbers(one.version, other.version) || compareText(one.path, other.path)
}

export function byVersionText(one: Migration, other: Migration): number {
  return compareText(one.version, other.version) || compareText(one.path, other.path)
}

export function byFileName(one: Migration, other: Migration): number {
  return compareText(baseName(one.path), baseName(other.path)) || compareText(one.path, other.path)
}

function downsAlone(
  migrations: readonly Migration[],
  sameVersion: (version: string) => string,
): readonly Problem[] {
  const ups = new Set(
    migrations.filter(({ direction }) => direction === 'up').map(({ version }) => sameVersion(version)),
  )
  return migrations
    .filter(({ direction, version }) => direction === 'down' && !ups.has(sameVersion(version)))
    .map(({ path }) =>
      fileProblem(
        'missing-up',
        `${path} takes back a migration that is not there`,
        'Bring back the up file of that version, or remove this one.',
      ),
    )
}

/** Versions as numbers of any length: `9` before `10`, `007` the same as `7`. */
export function numberKey(version: string): string {
  let start = 0
  while (start < version.length - 1 && version[start] === '0') start += 1
  return version.slice(start)
}

export function compareNumbers(one: string, other: string): number {
  const [a, b] = [numberKey(one), numberKey(other)]
  if (a.length !== b.length) return a.length - b.length
  return compareText(a, b)
}

export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
