import type { DraftStepOf } from '../model/plan.ts'
import type { Placeable } from './order.ts'
import { noTouches } from './touches.ts'

const shown = 5

/**
 * The first step of a contract phase: what follows takes away what the application of before still uses, so a deploy
 * must have ended. `stages` is the number of stages of the whole plan, each of which waits for a deploy of its own.
 */
export function gateFor(stage: number, stages: number, contract: readonly Placeable[]): DraftStepOf<'gate'> {
  const deploy = stages === 1 ? 'the deploy' : `deploy ${stage} of ${stages}`
  const taken = contract.flatMap(({ touches }) => touches.drops)
  const names = taken.slice(0, shown).join(', ')
  const rest = taken.length > shown ? ` and ${taken.length - shown} more` : ''
  const consequence = taken.length === 0 ? '' : ` What follows drops ${names}${rest}.`
  return {
    kind: 'gate',
    slug: `gate ${stage}`,
    title: `Wait for ${deploy}`,
    phase: 'contract',
    touches: noTouches,
    locks: [],
    before: [],
    after: [],
    undo: { kind: 'nothing', because: 'a gate changes nothing' },
    waitFor: `${deploy}: the new application runs everywhere, and no process of the one before it is left.${consequence}`,
  }
}
