/** A runner that dies at each step, in each way that a step can be left, and is called again until it is through. */
import type { Session } from '../../src/database/session.ts'
import { applyPlan, type ApplyOptions } from '../../src/execute/apply.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { must, options } from '../execute/run-fixture.ts'
import { stepsOf } from '../support/plan-scenario.ts'

/** Goes as far as `through` says; null: it got there, else what it failed with. */
export type Drive = (
  plan: Plan,
  url: string,
  run: Pick<ApplyOptions, 'through' | 'afterStep' | 'beforeCommit'>,
) => Promise<string | null>

export const undisturbed: Drive = async (plan, url, run) => {
  const { status, steps } = must(await applyPlan(plan, url, options(run)))
  return status === 'failed' ? JSON.stringify(steps.find(({ outcome }) => isTrouble(outcome.status))) : null
}

function isTrouble(status: string): boolean {
  return !['applied', 'already-applied', 'waiting-at-gate', 'not-run'].includes(status)
}

/**
 * `started`: while it works, or just before. `uncommitted`: with all done but the COMMIT. `unheard`: committed, and the
 * journal does not know.
 */
type Death = 'started' | 'uncommitted' | 'unheard'

function deathsOf(step: Step): readonly Death[] {
  switch (step.kind) {
    case 'ddl':
    case 'rows':
      return ['uncommitted', 'unheard']
    case 'in-batches':
      return ['uncommitted', 'unheard', 'uncommitted']
    case 'patient':
    case 'create-index':
    case 'drop-index':
      return ['started', 'unheard']
    case 'check':
    case 'capture':
    case 'record-history':
    case 'gate':
      return ['started']
  }
}

/** `admin`: in the plan's database, and may end any backend. `deaths`: where it has died, growing. */
export function killer(admin: Session, deaths: string[]): Drive {
  const left = new Map<string, Death[]>()
  const end = async (spare: number): Promise<void> => {
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND starts_with(application_name, 'lockstep/') AND pid <> $1`,
      [spare],
    )
  }
  /** True: this is where it dies now. */
  const dies = (step: Step, death: Death): boolean => {
    const due = left.get(step.id)
    if (due?.[0] !== death) return false
    due.shift()
    deaths.push(`${step.id} ${death}`)
    return true
  }
  return async (plan, url, run) => {
    for (const step of stepsOf(plan)) if (!left.has(step.id)) left.set(step.id, [...deathsOf(step)])
    const byId = new Map(stepsOf(plan).map((step) => [step.id, step]))
    for (let call = 1; call < 200; call += 1) {
      const before = deaths.length
      const pending: Promise<void>[] = []
      const ended = await applyPlan(
        plan,
        url,
        options({
          ...run,
          observer: (event) => {
            const step = event.kind === 'step-started' ? byId.get(event.step) : undefined
            if (step !== undefined && dies(step, 'started')) pending.push(end(0))
          },
          beforeCommit: async (step, session) => {
            await run.beforeCommit?.(step, session)
            if (dies(step, 'uncommitted')) await end(0)
            else if (dies(step, 'unheard')) await end(session.pid)
          },
          afterStep: async (step, session) => {
            const hadTransaction = !deathsOf(step).includes('started')
            if (!hadTransaction && dies(step, 'unheard')) {
              await admin.query(`UPDATE lockstep.step SET state = 'running' WHERE plan = $1 AND step = $2`, [
                plan.id,
                step.id,
              ])
              await end(0)
              return
            }
            await run.afterStep?.(step, session)
          },
        }),
      )
      await Promise.all(pending)
      if (deaths.length > before) continue
      const { status, steps } = must(ended)
      if (status !== 'failed') return null
      return JSON.stringify(steps.find(({ outcome }) => isTrouble(outcome.status)))
    }
    return 'it was called 200 times and is not through'
  }
}
