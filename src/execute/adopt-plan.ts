/** Whether a plan may run on this database, and its entry into the journal, which is the truth from then on. */
import { planFingerprint } from '../database/fingerprint.ts'
import { readCatalog } from '../database/read-catalog.ts'
import type { Plan } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import type { RunContext } from './context.ts'
import {
  deletePlan,
  insertPlan,
  readCurrentPlan,
  readPlanRow,
  readStoredPlan,
  readSteps,
  reopenPhases,
  setPlanStatus,
  setRollbackStop,
  type PlanRow,
} from './journal.ts'

export interface AdoptOptions {
  /** Take the place of an open plan whose rollback had to stop at a step that cannot be taken back. */
  readonly supersede: boolean
  /** Source files that differ from what the plan was made of. */
  readonly changedSources: readonly string[]
}

/** The plan as it is stored; or why not, naming what is in the way. */
export async function adoptPlan(context: RunContext, options: AdoptOptions): Promise<Result<Plan>> {
  const { plan, control } = context
  const current = await readCurrentPlan(control)
  const inTheWay = current?.status === 'open' && current.id !== plan.id ? current : null
  if (inTheWay !== null && !(options.supersede && inTheWay.rollbackStoppedAt !== null)) {
    return refuseSecond(plan, inTheWay)
  }
  const existing = await readPlanRow(control, plan.id)
  const isKnown = existing !== null && existing.status !== 'rolled-back'
  return isKnown ? goOn(context, existing, options) : begin(context, { existing, inTheWay }, options)
}

function refuseSecond(plan: Plan, open: PlanRow): Result<never> {
  return fail(
    'another-plan-open',
    `Plan ${open.id}, begun by ${open.startedBy}, is still open on this database, so ${plan.id} cannot begin.`,
    open.rollbackStoppedAt === null
      ? 'Apply it to its end, or roll it back.'
      : `Its rollback stopped at ${open.rollbackStoppedAt}: apply it to its end, or say --supersede.`,
  )
}

async function goOn(
  { plan, control, observer }: RunContext,
  existing: PlanRow,
  { changedSources }: AdoptOptions,
): Promise<Result<Plan>> {
  if (existing.status === 'superseded') {
    return fail('plan-superseded', `Plan ${plan.id} was superseded by another.`, 'Make a new plan.')
  }
  if (existing.digest !== plan.digest) {
    return fail(
      'plan-changed',
      `Plan ${plan.id} has begun here with digest ${existing.digest}; the plan given has ${plan.digest}.`,
      'Give the plan as it was when it began, or roll that one back first.',
    )
  }
  if (changedSources.length > 0) {
    const hasRun = [...(await readSteps(control, plan.id)).values()].some(({ state }) => state === 'applied')
    if (!hasRun) return refuseSources(plan, changedSources)
    observer({
      kind: 'warning',
      message: `Sources have changed since plan ${plan.id} was made and are not looked at: ${changedSources.join(', ')}`,
    })
  }
  await setRollbackStop(control, plan.id, null)
  await reopenPhases(control, plan.id)
  return readStoredPlan(control, plan.id)
}

function refuseSources(plan: Plan, changedSources: readonly string[]): Result<never> {
  return fail(
    'sources-changed',
    `Sources have changed since plan ${plan.id} was made: ${changedSources.join(', ')}.`,
    'Make the plan again.',
  )
}

async function begin(
  context: RunContext,
  found: { readonly existing: PlanRow | null; readonly inTheWay: PlanRow | null },
  { changedSources }: AdoptOptions,
): Promise<Result<Plan>> {
  const { plan, control, owner } = context
  if (changedSources.length > 0) return refuseSources(plan, changedSources)
  const mismatch = await fingerprintMismatch(context, plan.stages[0]?.phases[0]?.fingerprint ?? null)
  if (mismatch !== null) return fail('fingerprint-mismatch', mismatch, replanHint)
  if (found.inTheWay !== null) await setPlanStatus(control, found.inTheWay.id, 'superseded')
  // What was rolled back has left nothing; it begins anew, perhaps with another text.
  if (found.existing !== null) await deletePlan(control, plan.id)
  await insertPlan(control, plan, owner)
  return succeed(plan)
}

export const replanHint = 'Make the plan again for the database as it is: migrate plan --database-url …'

/** A sentence, or null when the tables are what the plan expects as a phase begins. */
export async function fingerprintMismatch(
  { plan, control }: RunContext,
  expected: string | null,
): Promise<string | null> {
  if (expected === null) return null
  const found = planFingerprint(await readCatalog(control), plan)
  if (found === expected) return null
  return `The tables that plan ${plan.id} relies on are not what they were when it was made (fingerprint ${found.slice(0, 12)}…, expected ${expected.slice(0, 12)}…): one of ${plan.relations.join(', ')} has changed since`
}
