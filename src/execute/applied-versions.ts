import type { Session } from '../database/session.ts'
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
