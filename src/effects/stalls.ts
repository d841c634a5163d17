import type { Effect, Lock, Stalls } from '../model/effect.ts'
import { blocksReads, blocksWrites } from '../postgres/lock-mode.ts'

/**
 * Who waits for as long as the action's work takes: judged over its own locks and those its transaction holds by then,
 * because none is let go before the end. Both lists speak of relations that others use.
 */
export function stallsOf(effect: Effect, held: readonly Lock[]): Stalls {
  const changes = effect.changesRows.length > 0
  const works = changes || effect.rewrites.length + effect.scans.length + effect.builds.length > 0
  if (!works) return null
  const locks = [...effect.locks, ...held]
  if (locks.some(({ mode }) => blocksReads(mode))) return 'reads'
  if (locks.some(({ mode }) => blocksWrites(mode))) return 'writes'
  return changes ? 'rows' : null
}
