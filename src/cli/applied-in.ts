import type { Session } from '../database/session.ts'
import { readAppliedVersions, readRunnerVersions } from '../execute/applied-versions.ts'
import type { Config } from '../model/config.ts'
import { allHistoryTables, historyTableOf } from '../source/history.ts'

/** Versions of migrations that our journal knows as applied, and those that the migrations' own runner has written down; sorted. */
export async function appliedIn(
  session: Session,
  layout: string | null,
  config: Config,
): Promise<readonly string[]> {
  const ours = await readAppliedVersions(session)
  const named = layout ?? config.layout
  const histories =
    config.history === 'none' ? [] : named === null ? allHistoryTables : [historyTableOf(named)]
  const theirs: string[] = []
  for (const history of histories) {
    if (history !== null) theirs.push(...(await readRunnerVersions(session, history)))
  }
  return [...new Set([...ours, ...theirs])].sort()
}
