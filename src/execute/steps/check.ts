import type { StepExecutor } from '../context.ts'
import { allHold, judge } from '../look.ts'
import { unmetOutcome } from '../unmet.ts'

/** Asks, and changes nothing. Always asked anew: what held yesterday need not hold now. */
export const check: StepExecutor<'check'> = {
  look: () => Promise.resolve('absent'),
  clean: () => Promise.resolve([]),
  async apply(step, context) {
    const started = context.now()
    const judged = await judge(context, step.before)
    if (!allHold(judged)) return unmetOutcome(`${step.title}: no`, judged)
    return { status: 'applied', ms: context.now() - started, attempts: 1, rows: null, longestLockMs: null }
  },
}
