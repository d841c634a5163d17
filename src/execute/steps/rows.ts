import { claimSql } from '../journal.ts'
import type { StepExecutor } from '../context.ts'
import { runUnderLocks } from '../lock-acquisition.ts'
import { allHold, judge } from '../look.ts'

/**
 * The author's own change of rows, exactly once: its journal row commits with it. So a row that still says running means
 * that it did not happen, whatever the rows look like by now.
 */
export const rows: StepExecutor<'rows'> = {
  look: async (step, context) => (allHold(await judge(context, step.before)) ? 'absent' : 'partial'),
  clean: () => Promise.resolve([]),
  apply: (step, context) =>
    runUnderLocks(
      {
        step,
        locks: step.locks,
        sql: [step.sql],
        lockTimeoutMs: step.lockTimeoutMs,
        statementTimeoutMs: step.statementTimeoutMs,
        claim: claimSql(context.plan.id, step.id, context.attempt),
      },
      context,
    ),
}
