/** Where what was seen of a statement and what the model says of it part. */
import type { Lock } from '../model/effect.ts'
import type { Disagreement, Prediction } from '../model/trace.ts'
import { lockModes, type LockMode } from '../postgres/lock-mode.ts'
import type { Seen, SizedRelation } from './statement-sight.ts'

/**
 * Locks count from ShareUpdateExclusive on: weaker ones stop nobody but the strongest. An index counts where the model
 * names it, for whoever needs an index needs its table first. Of what can only be sampled, and of an empty table, not
 * having seen something says nothing.
 */
export function disagreementsOf(
  seen: Seen,
  { effect, readsByQuery }: Prediction,
  before: Iterable<SizedRelation>,
): Disagreement[] {
  const relations = new Map([...before].map((relation) => [relation.name, relation]))
  const isEmpty = (name: string): boolean => (relations.get(name)?.bytes ?? 0) === 0
  const changed = seen.rowsChanged.map(({ relation }) => relation)
  const isWritten = (name: string): boolean =>
    effect.changesRows.includes(name) || mayWrite(effect.locks, name)
  // To write a heap anew or to change its rows is to read them.
  const apart = new Set([
    ...effect.rewrites,
    ...seen.rewrites,
    ...effect.changesRows,
    ...changed.filter((name) => isWritten(name)),
  ])
  // A foreign key's look-up takes RowShare, and goes through the rows where they are few. An UPDATE of rows that the same
  // transaction has written looks up even keys that it leaves alone (RI_FKey_fk_upd_check_required, ri_triggers.c).
  const lookedUp = seen.locks.filter(({ mode }) => mode === 'RowShare')
  const touched = new Set([...effect.locks, ...lookedUp].map(({ relation }) => relation))
  const isExact = seen.how === 'exact'
  const isByQuery = (name: string): boolean => readsByQuery === 'all' || readsByQuery.includes(name)
  const scans = {
    seen: seen.scans.filter((name) => !isByQuery(name) || !touched.has(name)),
    said: effect.scans.filter((name) => isExact && !isEmpty(name) && !isByQuery(name)),
  }
  const alone = (names: readonly string[]): readonly string[] => names.filter((name) => !apart.has(name))
  return [
    ...lockDisagreements(seen, effect.locks, relations),
    ...parting('rewrite', seen.rewrites, effect.rewrites, (name) => !isEmpty(name)),
    ...parting('scan', alone(scans.seen), alone(scans.said), () => true, effect.scans),
    ...parting('build', alone(seen.builds), alone(effect.builds), () => true),
    ...changed
      .filter((name) => !isWritten(name))
      .map((relation) => ({ kind: 'not-predicted' as const, what: 'rows' as const, relation, mode: null })),
  ]
}

const rank = (mode: LockMode): number => lockModes.indexOf(mode)

function mayWrite(locks: readonly Lock[], name: string): boolean {
  return locks.some(({ relation, mode }) => relation === name && rank(mode) >= rank('RowExclusive'))
}

/** `allowed`: what the model says in all, where `said` is only what must have been seen. */
function parting(
  what: Disagreement['what'],
  seen: readonly string[],
  said: readonly string[],
  isVisible: (name: string) => boolean,
  allowed: readonly string[] = said,
): Disagreement[] {
  return [
    ...seen
      .filter((name) => !allowed.includes(name))
      .map((relation) => ({ kind: 'not-predicted' as const, what, relation, mode: null })),
    ...said
      .filter((name) => !seen.includes(name) && isVisible(name))
      .map((relation) => ({ kind: 'not-seen' as const, what, relation, mode: null })),
  ]
}

/** A lock that was carried in hides an equal or weaker one of the statement's own. */
function lockDisagreements(
  seen: Seen,
  predicted: readonly Lock[],
  relations: ReadonlyMap<string, SizedRelation>,
): Disagreement[] {
  const carried = seen.locks.filter((lock) => lock.carried)
  const names = new Set([...seen.locks, ...predicted].map(({ relation }) => relation))
  return [...names].sort().flatMap((relation): Disagreement[] => {
    const isNamed = predicted.some((lock) => lock.relation === relation)
    if (!isNamed && !'rpvmf'.includes(relations.get(relation)?.kind ?? '-')) return []
    const held = strongestOn(relation, seen.locks)
    const said = strongestOn(relation, [...predicted, ...carried])
    if (held === said) return []
    const isMore = said === null || (held !== null && rank(held) > rank(said))
    if (isMore) return [{ kind: 'not-predicted', what: 'lock', relation, mode: held }]
    return seen.how === 'exact' ? [{ kind: 'not-seen', what: 'lock', relation, mode: said }] : []
  })
}

/** From ShareUpdateExclusive on; null: weaker, or none. */
function strongestOn(relation: string, locks: readonly Lock[]): LockMode | null {
  const modes = locks.filter((lock) => lock.relation === relation).map(({ mode }) => mode)
  const mode = lockModes.findLast((one) => modes.includes(one)) ?? null
  return mode !== null && rank(mode) >= rank('ShareUpdateExclusive') ? mode : null
}
