import type { FilledStepOf } from '../../model/plan.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import type { StepContext, StepExecutor } from '../context.ts'
import { claimSql } from '../journal.ts'
import { runUnderLocks } from '../lock-acquisition.ts'
import { allHold, judge } from '../look.ts'

type RecordHistory = FilledStepOf<'record-history'>

/**
 * One row in the runner's own table, and in the same transaction in the journal whether it was ours: what the runner had
 * written down itself is not taken back with the plan.
 */
export const recordHistory: StepExecutor<'record-history'> = {
  look: async (step, context) => (allHold(await judge(context, step.before)) ? 'absent' : 'partial'),
  clean: () => Promise.resolve([]),
  async apply(step, context) {
    if (!(await hasHistory(step, context))) {
      context.observer({
        kind: 'warning',
        message: `${step.table} does not exist: the migrations' own runner has never run here, so there is nothing to tell it`,
      })
      return { status: 'applied', ms: 0, attempts: 1, rows: 0, longestLockMs: null }
    }
    return runUnderLocks(
      {
        step,
        locks: step.locks,
        sql: [insertSql(step, context.plan.id)],
        lockTimeoutMs: step.lockTimeoutMs,
        statementTimeoutMs: step.statementTimeoutMs,
        claim: claimSql(context.plan.id, step.id, context.attempt),
      },
      context,
    ).then(async (outcome) =>
      outcome.status === 'applied' ? { ...outcome, rows: await rowsWritten(step, context) } : outcome,
    )
  },
}

/** Its row there is the plan's own, and goes with it. */
export async function hasHistory(
  { table }: RecordHistory,
  { work }: Pick<StepContext, 'work'>,
): Promise<boolean> {
  const [row] = await work.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table])
  return row?.found ?? false
}

function insertSql({ id, table, row }: RecordHistory, plan: string): string {
  const columns = row.map(({ column }) => quoteIdentifier(column))
  const values = row.map(({ value }) => quoteLiteral(value))
  const same = columns.map((column, at) => `${column} = ${values[at]}`).join(' AND ')
  return `WITH written AS (
  INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')}
   WHERE NOT EXISTS (SELECT FROM ${table} WHERE ${same}) RETURNING 1)
UPDATE lockstep.step SET rows = (SELECT count(*) FROM written)
 WHERE plan = ${quoteLiteral(plan)} AND step = ${quoteLiteral(id)}`
}

async function rowsWritten({ id }: RecordHistory, { control, plan }: StepContext): Promise<number> {
  const [row] = await control.query<{ rows: number }>(
    'SELECT rows::float8 AS rows FROM lockstep.step WHERE plan = $1 AND step = $2',
    [plan.id, id],
  )
  return row?.rows ?? 0
}
