/** Reads the journal and looks at what is in flight. Changes nothing, and waits for nobody. */
import { connect, DatabaseError, type Session } from '../database/session.ts'
import type { Plan, Step } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import type { Status, StepStatus } from '../model/status.ts'
import type { Found } from './context.ts'
import { readCheckpoint } from './checkpoint.ts'
import {
  checkFormat,
  journalExists,
  readCurrentPlan,
  readStoredPlan,
  readSteps,
  type PlanRow,
  type StepRow,
} from './journal.ts'
import { readIndex } from './invalid-index.ts'
import { isCatalogCondition, lookByConditions, type Lookers } from './look.ts'
import { hintFor } from './open-run.ts'
import { builderOf } from './orphan.ts'
import { stepsOf } from './passage.ts'
import { readDebris } from './read-debris.ts'
import { readLease, readLockHolder } from './runner-lock.ts'

export async function readStatus(url: string): Promise<Result<Status>> {
  const sessions: Session[] = []
  try {
    for (const name of ['lockstep status', 'lockstep status']) {
      const connected = await connect(url, { applicationName: name })
      if (!connected.ok) return connected
      sessions.push(connected.value)
    }
    const [control, work] = sessions
    if (control === undefined || work === undefined) throw new Error('two sessions were opened')
    await control.execute(`SET search_path = ''`)
    return await read({ control, work })
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    return fail('database-error', `The database answered: ${error.message}`, error.hint ?? hintFor(error))
  } finally {
    for (const session of sessions) await session.close()
  }
}

async function read(lookers: Lookers): Promise<Result<Status>> {
  const { control } = lookers
  const debris = [...(await readDebris(control))]
  if (!(await journalExists(control))) {
    return succeed({ plan: null, runner: null, steps: [], gate: null, debris })
  }
  const format = await checkFormat(control)
  if (!format.ok) return format
  const row = await readCurrentPlan(control)
  const runner = await readRunner(control)
  if (row === null) return succeed({ plan: null, runner, steps: [], gate: null, debris })
  const stored = await readStoredPlan(control, row.id)
  if (!stored.ok) return stored
  const plan = stored.value
  const journaled = await readSteps(control, plan.id)
  return succeed({
    plan: planOf(row),
    runner,
    steps: await stepStatuses(plan, journaled, lookers),
    gate: nextGate(plan, journaled, row),
    debris,
  })
}

function planOf({ id, digest, status, startedBy, startedAt, rollbackStoppedAt }: PlanRow): Status['plan'] {
  return { id, digest, status, startedBy, startedAt, rollbackStoppedAt }
}

async function readRunner(control: Session): Promise<Status['runner']> {
  const holder = await readLockHolder(control)
  if (holder === null) return null
  const lease = await readLease(control)
  if (lease?.backend !== holder.pid) {
    return { owner: holder.application ?? 'unknown', backend: holder.pid, heartbeatAgeMs: null }
  }
  return { owner: lease.owner, backend: holder.pid, heartbeatAgeMs: lease.heartbeatAgeMs }
}

async function stepStatuses(
  plan: Plan,
  journaled: ReadonlyMap<string, StepRow>,
  lookers: Lookers,
): Promise<StepStatus[]> {
  const statuses: StepStatus[] = []
  for (const { number, phases } of plan.stages) {
    for (const phase of phases) {
      for (const step of phase.steps) {
        const row = journaled.get(step.id)
        const inFlight = row?.state === 'running' || row?.state === 'stopped'
        const checkpoint = inFlight ? await readCheckpoint(lookers.control, plan.id, step.id) : null
        statuses.push({
          stage: number,
          phase: phase.name,
          step: step.id,
          title: step.title,
          state: row?.state ?? 'pending',
          found: inFlight ? await lookAt(step, lookers) : null,
          attempts: row?.attempt ?? 0,
          rows: row?.rows ?? checkpoint?.rows ?? null,
          outcome: row?.outcome ?? null,
        })
      }
    }
  }
  return statuses
}

/** By the catalog alone: a query over rows may take long, and a status is asked for in a hurry. */
async function lookAt(step: Step, lookers: Lookers): Promise<Found | null> {
  if (step.kind === 'create-index' || step.kind === 'drop-index') {
    if ((await builderOf(step, lookers)) !== null) return 'running'
    const index = await readIndex(lookers.control, step)
    if (index !== null && !index.valid) return 'partial'
  }
  const after = step.after.filter(isCatalogCondition)
  if (after.length === 0) return null
  return lookByConditions({ ...step, before: step.before.filter(isCatalogCondition), after }, lookers)
}

function nextGate(plan: Plan, journaled: ReadonlyMap<string, StepRow>, { status }: PlanRow): string | null {
  if (status !== 'open') return null
  const closed = stepsOf(plan).find(
    ({ kind, id }) => kind === 'gate' && journaled.get(id)?.state !== 'applied',
  )
  return closed?.id ?? null
}
