import { createHash } from 'node:crypto'
import type { Migration } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'
import type { SourceFile } from './layout.ts'

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

export function migrationOf(file: SourceFile, read: ReadName, layout: string): Migration {
  return {
    version: read.version,
    name: read.name,
    direction: read.direction,
    path: file.path,
    layout,
    text: file.text,
    sha256: sha256(file.text),
    transaction: read.transaction,
  }
}

export function unreadableName(path: string, layout: string, expected: string): Problem {
  return {
    code: 'migration-name',
    message: `${path} does not follow the layout ${layout}, so nobody can say when it runs`,
    hint: `Name it ${expected}, or move it out of the folder of migrations.`,
    position: null,
    excerpt: null,
  }
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
  return {
    code: 'duplicate-version',
    message: `${first.path} and ${second.path} are both version ${second.version}, direction ${second.direction}`,
    hint: 'Give one of them another version: their order would be an accident.',
    position: null,
    excerpt: null,
  }
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
