/** Which migrations a database has already, and which are to be planned. A matter of sets: the pending ones may lie among the applied. */
import type { Migration } from '../model/migration.ts'
import type { Result } from '../model/problem.ts'
import { isDigit, numberKey } from './file-name.ts'

export interface Base {
  /** Everything up to this version, included. */
  readonly through?: string
  /** Exactly these versions, as a history table holds them. */
  readonly applied?: readonly string[]
}

export interface SplitMigrations {
  readonly base: readonly Migration[]
  readonly pending: readonly Migration[]
  /** Applied versions that no file bears: squashed, renamed, or of another branch. */
  readonly unknown: readonly string[]
}

/** `up` in order. Without `through` and `applied` everything is pending. */
export function splitPending(up: readonly Migration[], base: Base): Result<SplitMigrations> {
  const { through, applied = [] } = base
  const last = through === undefined ? -1 : up.findLastIndex(({ version }) => isVersion(version, through))
  if (through !== undefined && last < 0) return noSuchVersion(up, through)
  const known = new Set(applied)
  const unknown = applied.filter((one) => !up.some(({ version }) => isVersion(version, one)))
  const isApplied = ({ version }: Migration, index: number) =>
    index <= last || known.has(version) || applied.some((one) => isVersion(version, one))
  return {
    ok: true,
    value: {
      base: up.filter(isApplied),
      pending: up.filter((migration, index) => !isApplied(migration, index)),
      unknown,
    },
  }
}

/** Ory's older releases recorded the first 14 digits of what is now a version of 20. */
const shortVersionDigits = 14

/** The same text, the same number, its first 14 digits, or the number that a folder's name (Prisma's version) begins with. */
function isVersion(version: string, given: string): boolean {
  if (version === given) return true
  if (isNumber(given) && version.startsWith(`${given}_`)) return true
  if (!isNumber(version) || !isNumber(given)) return false
  if (numberKey(version) === numberKey(given)) return true
  return given.length === shortVersionDigits && version.length > given.length && version.startsWith(given)
}

function isNumber(text: string): boolean {
  return text.length > 0 && Array.from(text).every(isDigit)
}

function noSuchVersion(up: readonly Migration[], version: string): Result<SplitMigrations> {
  const [first] = up
  const last = up.at(-1)
  const range = first === undefined || last === undefined ? 'none' : `${first.version} to ${last.version}`
  return {
    ok: false,
    problems: [
      {
        code: 'unknown-version',
        message: `No migration has version ${version}`,
        hint: `Versions here are ${range}.`,
        position: null,
        excerpt: null,
      },
    ],
  }
}
