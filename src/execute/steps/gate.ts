import type { StepExecutor } from '../context.ts'
import { allHold, judge } from '../look.ts'
import { unmetOutcome } from '../unmet.ts'

/** Called only for a gate that somebody has opened: whether that is so is the driver's to know. */
export const gate: StepExecutor<'gate'> = {
  look: () => Promise.resolve('absent'),
  clean: () => Promise.resolve([]),
  async apply(step, context) {
    const judged = await judge(context, step.before)
    if (!allHold(judged))
      return unmetOutcome('The gate was opened, but what it guards against is still so', judged)
    return { status: 'applied', ms: 0, attempts: 1, rows: null, longestLockMs: null }
  },
}
