/** Who is in the way of a lock, asked without asking for the lock. */
import type { Lock } from '../model/effect.ts'
import type { Blocker } from '../model/outcome.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import { conflictsWith } from '../postgres/lock-mode.ts'
import type { Session } from './session.ts'

/** A holder, and what it holds: `relation` is spelled as it was asked for. */
export interface Holder extends Blocker {
  readonly relation: string
  readonly mode: LockMode
}

/**
 * Parallel workers hold what their leader holds. pg_stat_activity hides state and query of other roles' sessions from
 * a role without pg_read_all_stats; who it is stays visible. What is read here is printed and kept, so no statement that
 * may spell a password is.
 */
const activity = `
  a.usename::text AS "user", a.application_name AS application, a.state,
  (extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::float8 AS "transactionAgeMs",
  CASE WHEN position('password' IN lower(a.query)) > 0 THEN '(a statement about a password)'
       ELSE left(a.query, 200) END AS query`

/**
 * Granted locks of other sessions that exclude any of `locks`, oldest transaction first. A relation that does not exist
 * is in nobody's way. A prepared transaction has no session: its `pid` is 0, its `state` `prepared`, its `query` its
 * name.
 */
export async function holdersInTheWay(session: Session, locks: readonly Lock[]): Promise<readonly Holder[]> {
  const excluded = locks.flatMap((lock) =>
    conflictsWith(lock.mode).map((mode) => ({ relation: lock.relation, mode })),
  )
  const asked = [excluded.map(({ relation }) => relation), excluded.map(({ mode }) => mode)]
  return await session.query<Holder>(
    `WITH asked AS (
       SELECT DISTINCT relation, to_regclass(relation) AS oid, mode
         FROM unnest($1::text[], $2::text[]) AS pair (relation, mode)),
     held AS (
       SELECT asked.relation, asked.mode, l.pid, l.virtualtransaction
         FROM pg_locks l JOIN asked ON asked.oid = l.relation AND asked.mode || 'Lock' = l.mode
        WHERE l.locktype = 'relation' AND l.granted
          AND l.database IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
          AND l.pid IS DISTINCT FROM pg_backend_pid())
     SELECT * FROM (
       SELECT held.relation, held.mode, held.pid, ${activity}
         FROM held JOIN pg_stat_activity a USING (pid) WHERE a.leader_pid IS NULL
       UNION ALL
       SELECT held.relation, held.mode, 0, p.owner::text, NULL, 'prepared',
              (extract(epoch FROM clock_timestamp() - p.prepared) * 1000)::float8, p.gid
         FROM held
         -- Its lock on its own transaction id is what ties it to its name.
         JOIN pg_locks own ON own.locktype = 'transactionid' AND own.pid IS NULL
                          AND own.virtualtransaction = held.virtualtransaction
         JOIN pg_prepared_xacts p ON p.transaction = own.transactionid
        WHERE held.pid IS NULL) AS holder
      ORDER BY "transactionAgeMs" DESC NULLS LAST, pid, relation, mode`,
    asked,
  )
}

/** Whom the backend `pid` waits for at this moment, holders and those queued before it. */
export async function blockedBy(session: Session, pid: number): Promise<readonly Blocker[]> {
  return await session.query<Blocker>(
    `SELECT b.pid, ${activity}
       FROM (SELECT DISTINCT unnest(pg_blocking_pids($1::int)) AS pid) b
       LEFT JOIN pg_stat_activity a ON a.pid = b.pid
      ORDER BY a.xact_start NULLS LAST, b.pid`,
    [pid],
  )
}
