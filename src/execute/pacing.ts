/** How hard a backfill may press on the server: what is looked at between two batches, and waited for. */
import { DatabaseError, type Session } from '../database/session.ts'
import type { Pressure } from '../model/run-event.ts'
import type { Step } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import { sqlstate } from '../postgres/sqlstate.ts'
import { isStopped, type RunContext } from './context.ts'
import { pause } from './pause.ts'
import { booked } from './wait-account.ts'

/** What the user will not have; what is left out is not looked at. */
export interface PacingLimits {
  /** Of the standby that is furthest behind, in milliseconds. */
  readonly replicaLagMaxMs?: number
  /** Of the whole server, in bytes a second. */
  readonly walRateMax?: number
  /** Of the table whose rows are changed. */
  readonly deadRowsMax?: number
  /** A query of the user's, and how long it may take, in milliseconds. */
  readonly probe?: { readonly sql: string; readonly maxMs: number }
}

export interface Pacer {
  /** Resolves when nothing is above its limit, or when the run is told to stop. */
  wait(step: Step & { readonly table: string }, context: RunContext): Promise<void>
}

/** Looking costs a few queries: not for every batch of some ten milliseconds. */
const lookEveryMs = 500

/** Null: there is nothing to look at. Problems: something that this role cannot see, or a probe that fails. */
export async function openPacer(control: Session, limits: PacingLimits): Promise<Result<Pacer | null>> {
  if (Object.values(limits).every((limit) => limit === undefined)) return succeed(null)
  if (limits.replicaLagMaxMs !== undefined && !(await seesStandbys(control))) {
    return fail(
      'replica-lag-not-visible',
      'This role cannot see how far standbys are behind: it is no member of pg_read_all_stats.',
      'GRANT pg_read_all_stats TO this role, or leave --max-replica-lag out.',
    )
  }
  const refused = limits.probe === undefined ? null : await refusal(control, limits.probe)
  return refused ?? succeed(pacerOf(limits))
}

async function seesStandbys(control: Session): Promise<boolean> {
  const [row] = await control.query<{ sees: boolean }>(
    `SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees`,
  )
  return row?.sees ?? false
}

/** A probe that never works would stop the backfill at its first look. */
async function refusal(
  control: Session,
  probe: NonNullable<PacingLimits['probe']>,
): Promise<Result<never> | null> {
  try {
    await askProbe(control, probe)
    return null
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    return fail(
      'probe-fails',
      `The probe does not run: ${error.message}`,
      'Write names with their schema, and give it one query that changes nothing.',
    )
  }
}

/** Alone in a transaction that can write nothing, and for no longer than it takes to know that it is too slow. */
async function askProbe(control: Session, { sql, maxMs }: NonNullable<PacingLimits['probe']>): Promise<void> {
  await control.execute(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${Math.ceil(maxMs * 2 + 100)}`)
  try {
    await control.query(sql)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlstate !== sqlstate.queryCanceled) throw error
  } finally {
    if (!control.closed) await control.execute('ROLLBACK')
  }
}

interface Look {
  readonly at: number
  readonly walBytes: number
}

function pacerOf(limits: PacingLimits): Pacer {
  let last: Look | null = null
  return {
    async wait(step, context) {
      let said = ''
      for (;;) {
        const isDue = last === null || context.now() - last.at >= lookEveryMs
        if (!isDue || isStopped(context)) return
        const seen = await look(step, limits, last, context)
        last = seen.look
        const [worst] = seen.pressures
        if (worst === undefined) return
        if (worst.what !== said) context.observer({ kind: 'paused', step: step.id, pressure: worst })
        said = worst.what
        await booked(context, 'lookingMs', () => pause(lookEveryMs, context.signal))
      }
    },
  }
}

/** What is above its limit now. */
async function look(
  { table }: { readonly table: string },
  { replicaLagMaxMs, walRateMax, deadRowsMax, probe }: PacingLimits,
  last: Look | null,
  { control, now }: RunContext,
): Promise<{ readonly look: Look; readonly pressures: readonly Pressure[] }> {
  const facts = await readFacts(control, table)
  const at = now()
  const pressures: Pressure[] = []
  const hold = (what: Pressure['what'], value: number | null, limit: number | undefined): void => {
    if (value !== null && limit !== undefined && value > limit) pressures.push({ what, value, limit })
  }
  hold('replica-lag', facts.replicaLagMs, replicaLagMaxMs)
  const rate = last === null ? null : ((facts.walBytes - last.walBytes) / (at - last.at)) * 1000
  hold('wal-rate', rate, walRateMax)
  hold('dead-rows', facts.deadRows, deadRowsMax)
  if (probe !== undefined) {
    const asked = now()
    await askProbe(control, probe)
    hold('probe', now() - asked, probe.maxMs)
  }
  return { look: { at, walBytes: facts.walBytes }, pressures }
}

interface Facts {
  readonly replicaLagMs: number | null
  readonly walBytes: number
  readonly deadRows: number | null
}

/**
 * `replay_lag` is null where nothing is written and all is replayed, and grows while replay stands still:
 * https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW
 */
async function readFacts(control: Session, table: string): Promise<Facts> {
  const [facts] = await control.query<Facts>(
    `SELECT (SELECT (1000 * extract(epoch FROM max(replay_lag)))::float8 FROM pg_stat_replication
              WHERE state = 'streaming') AS "replicaLagMs",
            (pg_current_wal_insert_lsn() - '0/0')::float8 AS "walBytes",
            (SELECT sum(n_dead_tup)::float8 FROM pg_stat_all_tables
              WHERE relid IN (SELECT to_regclass($1)::oid UNION SELECT relid FROM pg_partition_tree(to_regclass($1)))) AS "deadRows"`,
    [table],
  )
  return facts ?? { replicaLagMs: null, walBytes: 0, deadRows: null }
}
