import type { Lock } from '../model/effect.ts'
import { strongerLockMode } from '../postgres/lock-mode.ts'

/** One lock a relation, sorted by relation. */
export function strongest(locks: readonly Lock[]): readonly Lock[] {
  const modes = new Map<string, Lock['mode']>()
  for (const { relation, mode } of locks) {
    modes.set(relation, strongerLockMode(modes.get(relation) ?? mode, mode))
  }
  return [...modes]
    .map(([relation, mode]) => ({ relation, mode }))
    .sort((one, other) => (one.relation < other.relation ? -1 : 1))
}
