/** Mends what interrupted runs left, ours and other tools', as carefully as a plan's steps are run. */
import { connect, DatabaseError, type Session } from '../database/session.ts'
import type { Debris } from '../model/debris.ts'
import type { Outcome } from '../model/outcome.ts'
import type { Plan, Step } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import type { RepairReport } from '../model/repair.ts'
import { writeAudit } from './audit.ts'
import { isStopped, type RunContext } from './context.ts'
import { stopped } from './failure.ts'
import { contextOf, hintFor, withRunner, type RunOptions } from './open-run.ts'
import { readDebris } from './read-debris.ts'
import { runStep } from './run-step.ts'
import { openAccount } from './wait-account.ts'

export interface RepairOptions extends RunOptions {
  /** `object` of each debris that is to be mended, as `migrate status` spells it; `all`: whatever can be. */
  readonly objects: 'all' | readonly string[]
}

const stallBudgetMs = 200

/** What lies about; nothing is changed. */
export async function listDebris(url: string): Promise<Result<RepairReport>> {
  const connected = await connect(url, { applicationName: 'lockstep repair' })
  if (!connected.ok) return connected
  try {
    await connected.value.execute(`SET search_path = ''`)
    const debris = await readDebris(connected.value)
    return succeed({ debris: debris.map((one) => ({ ...one, outcome: null })) })
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    return fail('database-error', `The database answered: ${error.message}`, error.hint ?? hintFor(error))
  } finally {
    await connected.value.close()
  }
}

/** One runner at a time, like a plan. A thing that cannot be mended does not hold up the others. */
export async function repairDatabase(url: string, options: RepairOptions): Promise<Result<RepairReport>> {
  const run = { name: 'repair', refusal: () => null }
  return withRunner(run, url, options, async (opened) => {
    const debris = await readDebris(opened.control)
    const unknown = unknownOf(options.objects, debris)
    if (unknown !== null) return unknown
    const context = contextOf(repairPlan(opened.control), opened, { stallBudgetMs, ...options })
    const mended: RepairReport['debris'] = []
    for (const one of debris) {
      const isWanted = options.objects === 'all' || options.objects.includes(one.object)
      const { repair } = one
      mended.push({ ...one, outcome: isWanted && repair !== null ? await mend(repair, one, context) : null })
    }
    return succeed({ debris: mended })
  })
}

/** Names that are not there, or that are not for us to mend. */
function unknownOf(objects: RepairOptions['objects'], debris: readonly Debris[]): Result<never> | null {
  if (objects === 'all') return null
  for (const object of objects) {
    const found = debris.find((one) => one.object === object)
    if (found === undefined) {
      const known = debris.map((one) => `“${one.object}”`).join(', ')
      return fail(
        'no-such-debris',
        `Nothing that is left over is called “${object}”.`,
        known === '' ? 'There is nothing left over here.' : `There is ${known}.`,
      )
    }
    if (found.repair === null)
      return fail('not-repairable', `${object} is not for repair to mend.`, found.advice)
  }
  return null
}

async function mend(step: Step, { object }: Debris, context: RunContext): Promise<Outcome> {
  const { control, observer, owner } = context
  if (isStopped(context)) return stopped('stopped on request')
  const account = openAccount()
  observer({ kind: 'step-started', step: step.id, title: step.title })
  const outcome = await runStep(step, { ...context, account, attempt: 1 })
  observer({ kind: 'step-ended', step: step.id, outcome, waits: account.total() })
  if (outcome.status === 'applied') {
    await writeAudit(control, { action: 'repaired', plan: null, owner, detail: { object } })
  }
  return outcome
}

/** Of the plan, the executors want to know no more than what it is called. It is in no journal. */
function repairPlan({ serverVersionNum }: Session): Plan {
  return {
    formatVersion: 1,
    id: 'repair',
    digest: '',
    sources: [],
    base: { from: 'nothing', versions: [] },
    server: { major: Math.floor(serverVersionNum / 10_000), stallBudgetMs },
    relations: [],
    stages: [],
    invariants: [],
    differences: [],
    notes: [],
    proof: null,
  }
}
