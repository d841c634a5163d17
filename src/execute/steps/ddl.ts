import { claimSql } from '../journal.ts'
import type { StepExecutor } from '../context.ts'
import { runUnderLocks } from '../lock-acquisition.ts'
import { lookByConditions } from '../look.ts'

/** Catalog-only SQL: one transaction, all of it or nothing, so there is never anything to clean up. */
export const ddl: StepExecutor<'ddl'> = {
  look: (step, context) => lookByConditions(step, context),
  clean: () => Promise.resolve([]),
  async apply(step, context) {
    const outcome = await runUnderLocks(
      {
        step,
        locks: step.locks,
        sql: step.sql,
        lockTimeoutMs: step.lockTimeoutMs,
        statementTimeoutMs: step.statementTimeoutMs,
        // What leaves no trace in the catalog must leave one in the journal, in the same transaction.
        claim: step.after.length === 0 ? claimSql(context.plan.id, step.id, context.attempt) : null,
      },
      context,
    )
    return outcome.status === 'applied' ? { ...outcome, rows: null } : outcome
  },
}
