import type { Lock } from '../model/effect.ts'
import { coversMode } from '../postgres/lock-mode.ts'

/**
 * Locks without those that another on the same relation makes irrelevant, sorted. Several modes stay where none excludes
 * all that the other does (Share beside ShareUpdateExclusive).
 */
export function mergeLocks(locks: readonly Lock[]): readonly Lock[] {
  const byRelation = new Map<string, Lock[]>()
  for (const lock of locks) {
    const others = byRelation.get(lock.relation) ?? []
    if (others.some(({ mode }) => coversMode(mode, lock.mode))) continue
    byRelation.set(lock.relation, [...others.filter(({ mode }) => !coversMode(lock.mode, mode)), lock])
  }
  return [...byRelation.values()].flat().sort(compareLocks)
}

function compareLocks(one: Lock, other: Lock): number {
  if (one.relation !== other.relation) return one.relation < other.relation ? -1 : 1
  return one.mode < other.mode ? -1 : 1
}
