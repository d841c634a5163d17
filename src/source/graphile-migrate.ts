/**
 * `committed/{number}[-{message}].sql`, each with its own hash and that of the one before in its header, and `current.sql`, which
 * is the next one in the making (src/migration.ts of graphile/migrate). One transaction a file; one whose first line below the
 * header is `--! no-transaction` is sent as one message (src/header.ts). There is no way down.
 */
import type { Migration, TransactionMode } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'
import { baseName, compareText, isSql, leadingDigits, migrationOf, readEach, stemOf } from './file-name.ts'
import { type Layout, type ReadFile, type SourceFile, passedOver } from './layout.ts'
import { fileProblem, lineProblem } from './line-problem.ts'
import { type Line, linesOf } from './lines.ts'

const current = 'current'

interface Header {
  readonly values: ReadonlyMap<string, string>
  /** The lines below it. */
  readonly body: readonly Line[]
}

/** Lines `--! Key: value`, of which keys begin with a capital letter (`parseMigrationText`). */
function headerOf(text: string): Header {
  const lines = linesOf(text)
  const values = new Map<string, string>()
  for (const [index, line] of lines.entries()) {
    const [, key, value] = /^--! ([A-Z][a-zA-Z0-9_]*)(?::(.*))?$/.exec(line.text) ?? []
    if (key === undefined) return { values, body: lines.slice(index) }
    values.set(key, (value ?? '').trim())
  }
  return { values, body: [] }
}

function transactionOf({ body }: Header): TransactionMode {
  const first = body.find(({ text }) => text.trim() !== '')
  return first !== undefined && /^--!\s*no-transaction\b/.test(first.text) ? 'message' : 'file'
}

function isCommitted({ path, text }: SourceFile): boolean {
  if (!isSql(path) || !/^[0-9]+(-[-_a-zA-Z0-9]*)?\.sql$/.test(baseName(path))) return false
  return path.split('/').at(-2) === 'committed' || text.startsWith('--! Previous:')
}

function readFile(file: SourceFile): ReadFile {
  if (baseName(file.path) === `${current}.sql`) return readCurrent(file)
  if (!isCommitted(file)) return passedOver
  const header = headerOf(file.text)
  const missing = ['Previous', 'Hash'].filter((key) => (header.values.get(key) ?? '') === '')
  if (missing.length > 0) {
    const hint = 'graphile-migrate commit writes it; an edited migration is a new one.'
    const message = `${file.path} has no header --! ${missing.join(' and --! ')}`
    return { migrations: [], problems: [fileProblem('missing-marker', message, hint)] }
  }
  const stem = stemOf(file.path)
  const version = leadingDigits(stem)
  const read = { version, name: stem.slice(version.length + 1), direction: 'up' } as const
  const transaction = transactionOf(header)
  return { migrations: [migrationOf(file, { ...read, transaction }, 'graphile-migrate')], problems: [] }
}

/** What it includes lies in fixtures/ and is written into it when it is committed. */
function readCurrent(file: SourceFile): ReadFile {
  const lines = linesOf(file.text)
  const include = lines.find(({ text }) => /^--![ \t]*include[ \t]+.*\.sql[ \t]*$/.test(text))
  if (include !== undefined) {
    const problem = lineProblem(file.path, include, {
      code: 'include',
      message: 'What is included here is not known',
      hint: 'Look at what graphile-migrate compile makes of it, or at the committed migration.',
    })
    return { migrations: [], problems: [problem] }
  }
  // As `graphile-migrate init` and `commit` leave it: a comment that asks for a migration.
  if (lines.every(({ text }) => text.trim() === '' || text.startsWith('--'))) return passedOver
  const transaction = transactionOf(headerOf(file.text))
  const read = { version: current, name: '', direction: 'up', transaction } as const
  return { migrations: [migrationOf(file, read, 'graphile-migrate')], problems: [] }
}

function compare(one: Migration, other: Migration): number {
  const inTheMaking = (migration: Migration) => (migration.version === current ? 1 : 0)
  return inTheMaking(one) - inTheMaking(other) || compareText(one.version, other.version)
}

/** Each must name the hash of the one before; the first names none. */
function chained(migrations: readonly Migration[]): Result<readonly Migration[]> {
  const problems: Problem[] = []
  let previous = '-'
  for (const { version, path, text } of migrations) {
    if (version === current) continue
    const { values } = headerOf(text)
    if (values.get('Previous') !== previous) {
      const hint = 'graphile-migrate refuses it: uncommit and commit the later ones again.'
      problems.push(
        fileProblem(
          'broken-chain',
          `${path} does not name the hash of the migration before it (${previous})`,
          hint,
        ),
      )
    }
    previous = values.get('Hash') ?? previous
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: migrations }
}

export const graphileMigrate: Layout = {
  name: 'graphile-migrate',
  transaction: 'file',
  detect: (files) => files.some((file) => isCommitted(file) && file.text.startsWith('--! Previous:')),
  read: (files) => {
    const read = readEach(files, { compare, sameVersion: (version) => version, inPairs: false }, readFile)
    return read.ok ? chained(read.value) : read
  },
}
