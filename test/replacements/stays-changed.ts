import type { Step } from '../../src/model/plan.ts'

/**
 * A step whose undo is nothing may leave something changed that was there before: a validated constraint. Batches without
 * an undo of their own fill a column that goes with the undo of another step.
 */
export function staysChanged(steps: readonly Step[]): boolean {
  const created = new Set(steps.flatMap(({ touches }) => touches.creates))
  return steps.some(
    ({ kind, undo, touches }) =>
      undo.kind === 'nothing' &&
      kind !== 'in-batches' &&
      touches.changes.some((object) => !created.has(object)),
  )
}
