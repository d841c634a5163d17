/** Does a database still hold what a plan left behind? Asked after the fact, of the database and of no journal. */
import type { Condition } from '../model/condition.ts'
import type { Plan, Step } from '../model/plan.ts'
import type { Result } from '../model/problem.ts'
import { succeed } from '../model/problem.ts'
import type { Verification } from '../model/verification.ts'
import type { Session } from '../database/session.ts'
import { connect } from '../database/session.ts'
import { judge } from '../execute/look.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
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
  const promises = lastPromises(plan)
  const judged = await judge(
    sessions,
    promises.map(({ condition }) => condition),
  )
  const conditions = judged.map(({ condition, holds, instead, rows }, at) => ({
    step: promises[at]?.step ?? '',
    condition,
    holds,
    instead,
    rows: [...rows],
  }))
  const invariants: Verification['invariants'] = []
  for (const { name, sql, expect } of plan.invariants) {
    if (expect !== 'no-rows') continue
    const rows = await sessions.work.query<Record<string, unknown>>(sql)
    invariants.push({ name, holds: rows.length === 0, rows: rows.slice(0, rowsShown) })
  }
  const holds = [...conditions, ...invariants].every((one) => one.holds)
  return { plan: plan.id, holds, conditions, invariants }
}

interface Promised {
  readonly step: string
  readonly condition: Condition
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
function goesWith(condition: Condition, step: Step): boolean {
  return 'table' in condition && step.touches.drops.includes(`table ${condition.table}`)
}

/** Spelled as in a step's `touches`. */
function objectOf(condition: Condition): string {
  switch (condition.kind) {
    case 'table':
      return `table ${condition.table}`
    case 'column':
    case 'column-default':
    case 'column-not-null':
      return `column ${condition.table}.${quoteIdentifier(condition.column)}`
    case 'constraint':
      return `constraint ${condition.table}.${quoteIdentifier(condition.constraint)}`
    case 'index':
      return `index ${condition.index}`
    case 'trigger':
      return `trigger ${condition.table}.${quoteIdentifier(condition.trigger)}`
    case 'no-rows':
      return `no rows ${condition.sql}`
  }
}
