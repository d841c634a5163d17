import type { FilledStepOf } from '../../model/plan.ts'
import type { Outcome } from '../../model/outcome.ts'
import { keepCaptured, readCaptured, type CapturedValue } from '../captured-value.ts'
import type { StepContext, StepExecutor } from '../context.ts'
import { failed, outcomeOfError } from '../failure.ts'
import { allHold, judge } from '../look.ts'
import { withoutSemicolon } from '../rows-of.ts'

type Capture = FilledStepOf<'capture'>

/**
 * Asks once, and takes NULL for an answer, and no row for NULL, as a subquery in an expression does
 * (https://www.postgresql.org/docs/current/sql-expressions.html#SQL-SYNTAX-SCALAR-SUBQUERIES): which step needs a value asks for it
 * itself. What was found is read from the journal ever after, by every step that needs it: were it asked for again, two
 * steps could work with two values.
 */
export const capture: StepExecutor<'capture'> = {
  look: async (step, context) => {
    if ((await readCaptured(context.control, context.plan.id)).has(step.id)) return 'done'
    return allHold(await judge(context, step.before)) ? 'absent' : 'partial'
  },
  clean: () => Promise.resolve([]),
  async apply(step, context) {
    const started = context.now()
    const found = await ask(step, context)
    if ('status' in found) return found
    await keepCaptured(context.control, context.plan.id, step.id, found)
    return { status: 'applied', ms: context.now() - started, attempts: 1, rows: null, longestLockMs: null }
  },
}

interface Row {
  readonly value: string | null
  readonly type: number
  readonly columns: number
}

/** Values are read in forms that mean the same in every session. */
const settings = `SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 3;
SET LOCAL bytea_output = 'hex'`

async function ask(step: Capture, context: StepContext): Promise<CapturedValue | Outcome> {
  const { work, control } = context
  let rows: readonly Row[]
  try {
    await work.execute(
      `BEGIN READ ONLY;\n${settings};\nSET LOCAL statement_timeout = ${step.statementTimeoutMs}`,
    )
    rows = await work.query<Row>(`SELECT value::text AS value, pg_typeof(value)::oid AS type,
       (SELECT count(*)::int FROM jsonb_object_keys(to_jsonb(captured))) AS columns
  FROM (SELECT) AS always LEFT JOIN (\n${withoutSemicolon(step.sql)}\n) AS captured (value) ON true LIMIT 2`)
  } catch (error) {
    return outcomeOfError(error)
  } finally {
    if (!work.closed) await work.execute('ROLLBACK')
  }
  const [row] = rows
  if (row === undefined) throw new Error('a LEFT JOIN of one row gives one')
  if (rows.length > 1) return notOne(step, 'it gives more than one row')
  if (row.columns > 1) return notOne(step, `it gives ${row.columns} columns`)
  // With -1 for its length: without it `character` and `bit` would be of one character.
  const [named] = await control.query<{ type: string }>('SELECT format_type($1::oid, -1) AS type', [row.type])
  return { type: named?.type ?? 'text', value: row.value }
}

function notOne({ title, sql }: Capture, what: string): Outcome {
  return failed(`${title}: ${what}, and one value is needed: ${sql}`, {
    hint: 'Put the data right, then run the same apply again; or write the value itself into the migration and plan anew.',
  })
}
