import type { JudgedAction } from '../../effects/walk.ts'
import type { ActionOf } from '../../model/statement.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import type { TriggerDecision } from './update-in-batches-steps.ts'

/** Its work grows with the table, as far as the effect model can tell. */
export function isMassChange({ effect, stalls }: JudgedAction): boolean {
  return effect.changesRows.length > 0 && stalls !== null
}

/** No WHERE, or one that says the same of every row. */
export function isUnrestricted({ where }: ActionOf<'update' | 'delete'>): boolean {
  return where === null || where.constant
}

/** `-- lockstep: triggers fire because …`, which needs its reason. */
export function triggerDecision(comments: readonly LockstepComment[]): TriggerDecision {
  const decision = comments.find(({ directive, because }) => directive === 'triggers' && because !== null)
  if (decision === undefined) return null
  const word = decision.arguments.trim()
  return word === 'fire' || word === 'suppress' ? word : null
}
