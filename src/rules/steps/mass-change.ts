import type { JudgedAction } from '../../effects/walk.ts'
import type { ActionOf } from '../../model/statement.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import type { RuleContext } from '../define-rule.ts'
import type { TriggerDecision } from './batches.ts'
import { deleteInBatchesSteps } from './delete-in-batches-steps.ts'
import type { Recipe } from './recipe.ts'
import { updateInBatchesSteps } from './update-in-batches-steps.ts'

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

/** What a mass change becomes, for the rules that speak of one. */
export function massChangeSteps(
  action: ActionOf<'update' | 'delete'>,
  { catalog, comments }: Pick<RuleContext, 'catalog' | 'comments'>,
): Recipe {
  const options = { catalog, triggers: triggerDecision(comments) }
  return action.kind === 'update'
    ? updateInBatchesSteps(action, options)
    : deleteInBatchesSteps(action, options)
}
