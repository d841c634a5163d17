/** Green's own migrations, for as long as they take: blue goes on, and its slots keep what it writes. */
import type { RunState } from '../model/bluegreen-run.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { runMigrations, type GreenMigration } from './migrate-green.ts'
import { flushedSql, step, type Pair } from './pair.ts'
import { removeTraces } from './remove-traces.ts'
import { readRun, setState } from './run-store.ts'
import { underWalLimit } from './wal-watch.ts'

/** `again`: the version of a migration that was cut off and may be run once more. */
export async function migrateRun(
  pair: Pair,
  migrations: readonly GreenMigration[],
  again: string | null,
): Promise<Result<{ readonly state: RunState; readonly ran: number }>> {
  const { state } = await readRun(pair)
  if (state !== 'copied' && state !== 'migrated') {
    return fail(
      'not-copied',
      `Green's migrations run between start and attach, and the run is ${state ?? 'not begun'}.`,
      'migrate bluegreen status says what comes next.',
    )
  }
  const ran = await underWalLimit(
    pair,
    () => runMigrations(pair, migrations, again),
    () => removeTraces(pair),
  )
  if (!ran.ok) return ran
  await step(pair, 'migrated', async () => {
    await pair.green.execute(`RESET ALL; ${flushedSql}; ANALYZE`)
    await setState(pair.green, 'migrated')
  })
  return succeed({ state: 'migrated', ran: ran.value })
}
