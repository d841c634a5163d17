/** Why each step of a plan stands where it stands: what `migrate plan --explain-order --format json` prints. */
import { z } from 'zod'
import { phaseName } from './plan.ts'
import { position } from './position.ts'

/** An earlier step that a step must not overtake. */
const need = z.strictObject({
  /** Its id. */
  step: z.string(),
  /** What the two have in common, spelled as in a step's `touches`; `statement any`: a text that may name anything. */
  objects: z.array(z.string()),
  /** Both come from one statement, and keep the order in which its rule gave them. */
  sameChange: z.boolean(),
  /** False: it follows from the other needs, one after another. */
  direct: z.boolean(),
})

const reason = z.discriminatedUnion('kind', [
  /** Nothing holds it: as early as it can be. */
  z.strictObject({ kind: z.literal('free') }),
  /** It moves rows, proves something of them, or builds on what has: a matter of the backfill. */
  z.strictObject({ kind: z.literal('work') }),
  /** This step, which it needs, stands in the same phase, and nothing else has put it there. */
  z.strictObject({ kind: z.literal('after'), step: z.string() }),
  /** It takes away what the application of before may still use, and waits behind the gate. */
  z.strictObject({ kind: z.literal('takes-away'), gate: z.string(), objects: z.array(z.string()) }),
  /** It needs this step, which stands behind the gate of the stage before. */
  z.strictObject({ kind: z.literal('next-stage'), step: z.string() }),
  /** It is a gate itself. */
  z.strictObject({ kind: z.literal('gate') }),
])

export const orderExplanation = z.strictObject({
  formatVersion: z.literal(1),
  plan: z.string(),
  stages: z.array(
    z.strictObject({
      number: z.int().positive(),
      /** Of every stage but the first: which of its steps need which contract of the stage before, finished, at first hand. */
      begins: z.array(z.strictObject({ step: z.string(), needs: z.string(), objects: z.array(z.string()) })),
    }),
  ),
  /** In the order in which they run. */
  steps: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      stage: z.int().positive(),
      phase: phaseName,
      source: position.omit({ endLine: true, endColumn: true }).nullable(),
      because: reason,
      needs: z.array(need),
    }),
  ),
})

export type OrderExplanation = z.infer<typeof orderExplanation>
export type ExplainedStep = OrderExplanation['steps'][number]
export type OrderNeed = z.infer<typeof need>
export type OrderReason = z.infer<typeof reason>
