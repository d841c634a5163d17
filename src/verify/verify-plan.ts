/** Does a database still hold what a plan left behind? Asked after the fact, of the database; of the journal only what the plan has captured. */
import { capturesOfCondition, fillCondition } from '../model/filled-step.ts'
import type { PlannedCondition } from '../model/condition.ts'
import type { Plan, Step } from '../model/plan.ts'
import type { Result } from '../model/problem.ts'
import { succeed } from '../model/problem.ts'
import type { Verification } from '../model/verification.ts'
import type { Session } from '../database/session.ts'
import { connect } from '../database/session.ts'
import { literalOf, readCaptured, type CapturedValues } from '../execute/captured-value.ts'
import { journalExists } from '../execute/journal.ts'
import { judge } from '../execute/look.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { stepsOf } from './lock-watch.ts'

const applicationName = 'lockstep verify'
const rowsShown = 20

export async function verifyPlan(plan: Plan, url: string): Promise<Result<Verification>> {
  const work = await connect(url, { applicationName })
  if (!work.ok) return work
  const control = await connect(url, { applicationName })
  if (!control.ok) {
    await work.value.close()
    return control
  }
  try {
    await control.value.execute(`SET search_path = ''`)
    return succeed(await verifyIn({ work: work.value, control: control.value }, plan))
  } finally {
    await work.value.close()
    await control.value.close()
  }
}

async function verifyIn(
  sessions: { readonly work: Session; readonly control: Session },
  plan: Plan,
): Promise<Verification> {
  const values = await valuesOf(sessions.control, plan)
  const conditions: Verification['conditions'] = []
  for (const { step, condition } of lastPromises(plan)) {
    conditions.push({ step, condition, ...(await verdictOn(condition, values, sessions)) })
  }
  const invariants: Verification['invariants'] = []
  for (const { name, sql, expect, during } of plan.invariants) {
    // What held between two boundaries need not hold when somebody asks, long after.
    if (expect !== 'no-rows' || during !== undefined) continue
    const rows = await sessions.work.query<Record<string, unknown>>(sql)
    invariants.push({ name, holds: rows.length === 0, rows: rows.slice(0, rowsShown) })
  }
  const holds = [...conditions, ...invariants].every((one) => one.holds)
  return { plan: plan.id, holds, conditions, invariants }
}

/** The one thing that only the journal knows: which values the plan has worked with. */
async function valuesOf(control: Session, plan: Plan): Promise<CapturedValues> {
  const isNeeded = stepsOf(plan).some(({ kind }) => kind === 'capture')
  return isNeeded && (await journalExists(control)) ? readCaptured(control, plan.id) : new Map()
}

async function verdictOn(
  condition: PlannedCondition,
  values: CapturedValues,
  sessions: { readonly work: Session; readonly control: Session },
): Promise<Pick<Verification['conditions'][number], 'holds' | 'instead' | 'rows'>> {
  const missing = capturesOfCondition(condition).filter((capture) => !values.has(capture))
  if (missing.length > 0) {
    return { holds: false, instead: `the journal has no value of ${missing.join(', ')}`, rows: [] }
  }
  const [judged] = await judge(sessions, [fillCondition(condition, (capture) => literalOf(values, capture))])
  if (judged === undefined) throw new Error('one condition, one verdict')
  return { holds: judged.holds, instead: judged.instead, rows: [...judged.rows] }
}

interface Promised {
  readonly step: string
  readonly condition: PlannedCondition
}

/** A step that touches an object puts its own word in place of all that was said of the object before. */
export function lastPromises(plan: Plan): readonly Promised[] {
  let standing: readonly Promised[] = []
  for (const step of stepsOf(plan)) {
    const touched = [
      ...step.touches.creates,
      ...step.touches.changes,
      ...step.touches.drops,
      ...step.after.map(objectOf),
    ]
    standing = [
      ...standing.filter(
        ({ condition }) => !touched.includes(objectOf(condition)) && !goesWith(condition, step),
      ),
      ...step.after.map((condition) => ({ step: step.id, condition })),
    ]
  }
  return standing
}

/** What hangs on a table that a step drops is gone with it. */
function goesWith(condition: PlannedCondition, step: Step): boolean {
  return 'table' in condition && step.touches.drops.includes(`table ${condition.table}`)
}

/** Spelled as in a step's `touches`. */
function objectOf(condition: PlannedCondition): string {
  switch (condition.kind) {
    case 'table':
      return `table ${condition.table}`
    case 'column':
    case 'column-default':
    case 'column-not-null':
    case 'column-identity':
      return `column ${condition.table}.${quoteIdentifier(condition.column)}`
    case 'constraint':
      return `constraint ${condition.table}.${quoteIdentifier(condition.constraint)}`
    case 'index':
      return `index ${condition.index}`
    case 'trigger':
      return `trigger ${condition.table}.${quoteIdentifier(condition.trigger)}`
    case 'enum-value':
      return `value ${quoteLiteral(condition.value)} of ${condition.type}`
    case 'no-rows':
      return `no rows ${JSON.stringify(condition.sql)}`
  }
}
