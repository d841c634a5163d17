import type { Session } from '../database/session.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation, type RelationName } from '../postgres/relation-name.ts'
import { journalExists } from './journal.ts'

interface SourcesRow {
  readonly sources: readonly { readonly version: string }[]
  readonly base: readonly string[]
}

/** The plan that has begun and not ended: no other may be made or applied beside it. */
export async function readOpenPlan(session: Session): Promise<string | null> {
  if (!(await journalExists(session))) return null
  const [row] = await session.query<{ id: string }>(`SELECT id FROM lockstep.plan WHERE status = 'open'`)
  return row?.id ?? null
}

/** Where a migration runner keeps what it has applied, as `source/` knows it. */
export interface RunnerHistory {
  readonly table: RelationName
  readonly versionColumn: string
  readonly markColumn: string
  /** What holds, in SQL, of a row whose version is applied; null: it is there. */
  readonly condition: string | null
}

/**
 * Versions that the migrations' own runner has written down, as it spells them; empty where its table is not there, or is
 * somebody else's table of that name.
 */
export async function readRunnerVersions(
  session: Session,
  { table, versionColumn, markColumn, condition }: RunnerHistory,
): Promise<readonly string[]> {
  const name = formatRelation(table)
  const [found] = await session.query<{ columns: number }>(
    `SELECT count(*)::int AS columns FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attname IN ($2, $3) AND NOT attisdropped`,
    [name, versionColumn, markColumn],
  )
  if (found?.columns !== 2) return []
  const rows = await session.query<{ version: string }>(
    `SELECT ${quoteIdentifier(versionColumn)}::text AS version FROM ${name} WHERE ${condition ?? 'true'} ORDER BY 1`,
  )
  return rows.map(({ version }) => version)
}

/**
 * Versions of the migrations that the journal knows as applied: the sources of every plan that is done, and what those
 * plans took as applied before them. Empty where lockstep has never run.
 */
export async function readAppliedVersions(session: Session): Promise<readonly string[]> {
  if (!(await journalExists(session))) return []
  const rows = await session.query<SourcesRow>(
    `SELECT plan->'sources' AS sources, plan->'base'->'versions' AS base FROM lockstep.plan WHERE status = 'done'`,
  )
  const versions = rows.flatMap(({ sources, base }) => [...base, ...sources.map(({ version }) => version)])
  return [...new Set(versions)].sort()
}
