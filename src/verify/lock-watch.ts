/**
 * Which locks a plan's steps really take. A declared lock is a claim, and this is where it is measured: inside the
 * step's own transaction before it commits, where there is one, else from beside it while it runs.
 */
import type { Lock } from '../model/effect.ts'
import type { Plan, Step } from '../model/plan.ts'
import type { LocksSeen } from '../model/proof.ts'
import type { Session } from '../database/session.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { lockModes, strongerLockMode } from '../postgres/lock-mode.ts'

export interface LockWatch {
  stepStarted(step: string): void
  /** On the step's own connection, in its transaction, with all its locks held. */
  beforeCommit(step: Step, session: Session): Promise<void>
  stop(): Promise<readonly LocksSeen[]>
}

interface HeldRow {
  readonly relation: number
  readonly mode: string
}

/**
 * Locks of relations that the plan found there: on one that it made itself nobody waits. Indexes are left out, since
 * whoever needs an index needs its table first, and so are catalogs.
 */
const relationsSql = `
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
     AND n.nspname <> 'lockstep' AND NOT starts_with(n.nspname, 'lockstep_')`

const ownLocksSql = `
  SELECT relation, mode FROM pg_locks
   WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

const otherLocksSql = `
  SELECT relation, mode FROM pg_locks
   WHERE pid <> pg_backend_pid() AND NOT pid = ANY ($1::int[]) AND locktype = 'relation' AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

const pollMs = 2

/** `watcher`: a session of its own in the plan's database, which is busy until `stop`. `strangers`: pids to ignore. */
export async function watchLocks(
  watcher: Session,
  plan: Plan,
  strangers: readonly number[],
): Promise<LockWatch> {
  const names = await relationNames(watcher)
  const first = new Set(names.values())
  const seen = new Map<string, Sightings>()
  const state: { step: string | null; stopped: boolean } = { step: null, stopped: false }
  const note = (step: string, how: LocksSeen['how'], held: readonly HeldRow[]): void => {
    const before = seen.get(step)
    if (before?.how === 'exact' && how === 'sampled') return
    const locks = before?.how === how ? new Map(before.locks) : new Map<string, LockMode>()
    for (const row of held) {
      const name = names.get(row.relation)
      const mode = modeOf(row.mode)
      if (name === undefined || mode === null) continue
      locks.set(name, strongerLockMode(locks.get(name) ?? mode, mode))
    }
    seen.set(step, { how, locks })
  }
  // Steps outside of a transaction of ours can only be caught in the act, so there is no pause then.
  const sampled = new Set(
    stepsOf(plan).flatMap(({ id, kind }) => (kind === 'patient' || kind.endsWith('-index') ? [id] : [])),
  )
  const polling = (async () => {
    while (!state.stopped) {
      const during = state.step
      if (during !== null) {
        const held = await watcher.query<HeldRow>(otherLocksSql, [[...strangers]])
        // The answer may be of the next step by now; then nobody can tell whose it was.
        if (during === state.step) note(during, 'sampled', held)
      }
      await new Promise((resolve) => setTimeout(resolve, during !== null && sampled.has(during) ? 0 : pollMs))
    }
  })()
  return {
    stepStarted: (step) => {
      state.step = step
    },
    beforeCommit: async (step, session) => {
      note(step.id, 'exact', await session.query<HeldRow>(ownLocksSql))
      // A step speaks of a relation by the name that it found, the next one by the name that this one gave it. What takes
      // the name of another is waited for as that one was, and what has gone to a schema of ours is not.
      const now = await relationNames(session)
      for (const [oid, name] of now) if (names.has(oid) || first.has(name)) names.set(oid, name)
      for (const oid of names.keys()) if (!now.has(oid)) names.delete(oid)
    },
    stop: async () => {
      state.stopped = true
      await polling
      return stepsOf(plan).flatMap((step) => locksSeenBy(step, seen.get(step.id)))
    },
  }
}

/** By oid. */
async function relationNames(session: Session): Promise<Map<number, string>> {
  const rows = await session.query<{ oid: number; schema: string; name: string }>(relationsSql)
  return new Map(rows.map((row) => [row.oid, formatRelation(row)]))
}

interface Sightings {
  readonly how: LocksSeen['how']
  readonly locks: ReadonlyMap<string, LockMode>
}

export function stepsOf(plan: Plan): readonly Step[] {
  return plan.stages.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
}

function locksSeenBy(step: Step, sightings: Sightings | undefined): LocksSeen[] {
  if (sightings === undefined) return []
  const locks = [...sightings.locks]
    .map(([relation, mode]) => ({ relation, mode }))
    .sort((one, other) => (one.relation < other.relation ? -1 : 1))
  return [{ step: step.id, how: sightings.how, locks, undeclared: undeclaredLocks(step, locks) }]
}

/**
 * Weaker modes than ShareUpdateExclusive stop nobody but a strong lock, and every DML takes them. Beyond that, what a
 * step holds must be what it says, or less.
 */
export function undeclaredLocks(step: Step, locks: readonly Lock[]): Lock[] {
  const rank = (mode: LockMode): number => lockModes.indexOf(mode)
  return locks.filter(({ relation, mode }) => {
    if (rank(mode) < rank('ShareUpdateExclusive')) return false
    const declared = step.locks.filter((lock) => lock.relation === relation)
    return declared.every((lock) => rank(lock.mode) < rank(mode))
  })
}

/** `pg_locks` writes `AccessExclusiveLock`. */
function modeOf(text: string): LockMode | null {
  return lockModes.find((mode) => `${mode}Lock` === text) ?? null
}
