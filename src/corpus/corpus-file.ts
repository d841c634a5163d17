/** The migrations of a folder, parsed, and which of them are taken as applied. */
import type { Migration } from '../model/migration.ts'
import { succeed, type Result } from '../model/problem.ts'
import { splitPending, type Base } from '../source/pending.ts'
import { parseScript, type Script } from '../sql/parse-script.ts'
import type { SourceSql } from '../verify/run-sources.ts'

export interface CorpusFile {
  readonly migration: Migration
  readonly script: Script
}

/** From the files applied before to those applied after; a side not named: nothing before, everything after. */
export interface Boundary {
  readonly from: Base | null
  readonly to: Base | null
}

export interface CorpusFiles {
  readonly base: readonly CorpusFile[]
  readonly pending: readonly CorpusFile[]
}

/** Files of neither side are left out: a release need not have all that a later one has, between others that it has. */
export function filesBetween(files: readonly CorpusFile[], { from, to }: Boundary): Result<CorpusFiles> {
  const up = files.map(({ migration }) => migration)
  const before = splitPending(up, from ?? { applied: [] })
  if (!before.ok) return before
  const after = to === null ? null : splitPending(up, to)
  if (after !== null && !after.ok) return after
  const applied = new Set(before.value.base)
  const wanted = new Set(after === null ? up : after.value.base)
  return succeed({
    base: files.filter(({ migration }) => applied.has(migration)),
    pending: files.filter(({ migration }) => wanted.has(migration) && !applied.has(migration)),
  })
}

export function corpusFile(migration: Migration): CorpusFile {
  return { migration, script: parseScript(migration.text, migration.path) }
}

export function sourceSqlOf({ migration, script }: CorpusFile): SourceSql {
  const { path, text, transaction } = migration
  return { path, text, transaction, statements: script.statements.map((statement) => statement.text) }
}
