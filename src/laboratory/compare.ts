import type { LaboratoryCase, Sight } from '../model/laboratory.ts'
import type { Lock } from '../model/effect.ts'
import { isStrong, type Prediction } from './predict.ts'

/**
 * The model's words and the server's, to be equal. Not compared: an index that the model does not name (it goes with its
 * table); reads of a table that is written anew or whose rows change; rows that change beyond those that the model says
 * grow with the table; partitions that a query might have reached and did not, for their bounds.
 */
export function compare(
  one: LaboratoryCase,
  said: Prediction,
  seen: Sight,
): { readonly said: string; readonly seen: string } {
  if (seen.refused !== null || one.refused !== null) {
    return { said: refusal(one.refused), seen: refusal(seen.refused) }
  }
  const named = new Set(said.locks.map(({ relation }) => relation))
  const reached = new Set(seen.locks.map(relationOf))
  const isPruned = (name: string) => said.partitions.has(name) && !reached.has(name)
  const claimed = said.locks.filter(
    (lock) => isSeen(lock, one, said) && (isStrong(lock) || !isPruned(lock.relation)),
  )
  const apart = new Set([...said.rewrites, ...said.touched])
  const alone = (names: Iterable<string>) =>
    [...names].filter((name) => !apart.has(name) && !isPruned(name)).sort()
  const withoutRewrites = (names: Iterable<string>) =>
    [...names].filter((name) => !said.rewrites.has(name)).sort()
  return {
    said: words({
      locks: claimed.map(spell),
      rewrites: [...said.rewrites].sort(),
      scans: seen.scans === null ? [] : alone(said.scans),
      builds: withoutRewrites(said.builds),
      unchanged: [],
    }),
    seen: words({
      locks: [...seen.locks, ...seen.indexLocks.filter((lock) => named.has(relationOf(lock)))].sort(),
      rewrites: seen.rewrites,
      scans: alone(seen.scans ?? []),
      builds: withoutRewrites(seen.builds),
      unchanged:
        seen.changes === null
          ? []
          : [...said.changes].filter((name) => seen.changes?.includes(name) !== true && !isPruned(name)),
    }),
  }
}

function refusal(sqlstate: string | null): string {
  return sqlstate === null ? 'succeeds' : `refused ${sqlstate}`
}

/** Outside of a transaction the lock on an index is not seen: nobody can get in its way. */
function isSeen(lock: Lock, { autocommit }: LaboratoryCase, { indexes }: Prediction): boolean {
  if (indexes.has(lock.relation)) return isStrong(lock) && !autocommit
  return isStrong(lock) || !autocommit
}

/** Modes have no space in them, names may. */
function relationOf(lock: string): string {
  return lock.slice(0, lock.lastIndexOf(' '))
}

function spell({ relation, mode }: Lock): string {
  return `${relation} ${mode}`
}

type Words = Readonly<Record<'locks' | 'rewrites' | 'scans' | 'builds' | 'unchanged', readonly string[]>>

function words({ locks, rewrites, scans, builds, unchanged }: Words): string {
  return [
    ...[...locks].sort().map((one) => `locks ${one}`),
    ...rewrites.map((one) => `rewrites ${one}`),
    ...scans.map((one) => `scans ${one}`),
    ...builds.map((one) => `builds ${one}`),
    ...unchanged.map((one) => `does not change ${one}`),
  ].join('; ')
}
