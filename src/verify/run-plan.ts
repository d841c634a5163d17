/** One run of a plan on the shadow, from which everything is learnt at once: its end, its observations, its locks. */
import type { CatalogSnapshot } from '../model/catalog.ts'
import type { Observations } from '../model/observations.ts'
import type { RunReport } from '../model/outcome.ts'
import type { Plan, Step } from '../model/plan.ts'
import type { LocksSeen, Proof } from '../model/proof.ts'
import type { Result } from '../model/problem.ts'
import type { RunEvent } from '../model/run-event.ts'
import { readCatalog } from '../database/read-catalog.ts'
import { applyPlan } from '../execute/apply.ts'
import type { LockWatch } from './lock-watch.ts'
import { stepsOf, watchLocks } from './lock-watch.ts'
import { observePlan } from './observe.ts'
import type { ScratchDatabase } from './shadow.ts'
import { inDatabase } from './shadow.ts'
import type { Places, Writer } from './writer.ts'
import { openWriter } from './writer.ts'

export interface PlanRun {
  /** What the plan failed with; null: it ran to its end. */
  readonly failure: string | null
  readonly observations: Omit<Observations, 'proof'>
  readonly locksSeen: readonly LocksSeen[]
  readonly writer: Proof['writer']
  /** An application's write that the plan made impossible; null: none. */
  readonly broken: string | null
}

/** `base`: the catalog as the plan meets it, and so the one that the old application knows. */
export async function runPlan(
  plan: Plan,
  target: ScratchDatabase,
  from: { readonly base: CatalogSnapshot; readonly stock: ScratchDatabase },
): Promise<PlanRun> {
  return inDatabase(target.adminUrl, (looker) =>
    inDatabase(target.adminUrl, async (watcher) => {
      const writer = await inDatabase(from.stock.adminUrl, async (session) =>
        openWriter(target.url, from.base, placesOf(plan), {
          session,
          catalog: await readCatalog(session),
        }),
      )
      try {
        const observer = await observePlan(looker, plan)
        const watch = await watchLocks(watcher, plan, [looker.pid, writer.pid])
        const ended = await applyPlan(inSmallBatches(plan), target.url, {
          through: 'all-gates',
          // Jitter is for many runners; this one is alone, and its run must be the same every time.
          random: () => 0.5,
          now: () => performance.now(),
          observer: (event) => {
            follow(event, writer, watch)
          },
          beforeCommit: (step, session) => watch.beforeCommit(step, session),
          afterStep: async (step) => {
            if (isLastOfBackfill(plan, step.id)) await writer.stop()
            await observer.afterStep(step)
          },
        })
        await writer.stop()
        return {
          failure: failureOf(ended),
          observations: observer.observations(),
          locksSeen: await watch.stop(),
          writer: writer.record,
          broken: writer.broken,
        }
      } finally {
        await writer.close()
      }
    }),
  )
}

/** Far below what a plan allows, so that a few hundred rows have edges between batches too. */
const batchRowsMax = 37

function inSmallBatches(plan: Plan): Plan {
  const smaller = (step: Step): Step =>
    step.kind === 'in-batches' ? { ...step, batchRowsMax: Math.min(step.batchRowsMax, batchRowsMax) } : step
  return {
    ...plan,
    stages: plan.stages.map(({ number, phases }) => ({
      number,
      phases: phases.map((phase) => ({ ...phase, steps: phase.steps.map(smaller) })),
    })),
  }
}

function follow(event: RunEvent, writer: Writer, watch: LockWatch): void {
  if (event.kind === 'phase-started' && event.phase === 'backfill') writer.start()
  if (event.kind === 'step-started') watch.stepStarted(event.step)
}

function placesOf(plan: Plan): Places {
  const batches = stepsOf(plan).flatMap((step) => (step.kind === 'in-batches' ? [step] : []))
  const rows = batches.flatMap(({ touches }) => touches.reads.filter((object) => object.startsWith('rows ')))
  return {
    moved: new Set(batches.map(({ table }) => table)),
    read: new Set(rows.map((object) => object.slice('rows '.length))),
  }
}

function isLastOfBackfill(plan: Plan, step: string): boolean {
  return plan.stages.some(({ phases }) =>
    phases.some(({ name, steps }) => name === 'backfill' && steps.at(-1)?.id === step),
  )
}

function failureOf(ended: Result<RunReport>): string | null {
  if (!ended.ok) return `the plan is refused: ${ended.problems.map(({ message }) => message).join('; ')}`
  const { status, steps, invariants } = ended.value
  const failed = steps.flatMap(({ step, outcome }) => {
    if (outcome.status === 'failed') return [`step ${step} fails: ${outcome.message}`]
    if (outcome.status === 'lock-timeout') return [`step ${step} got no lock in ${outcome.waitedMs} ms`]
    return outcome.status === 'in-doubt' ? [`step ${step} is in doubt: ${outcome.message}`] : []
  })
  const broken = invariants.flatMap(({ name, at, held, detail }) =>
    held ? [] : [`invariant ${name} does not hold at ${at}${detail === null ? '' : `: ${detail}`}`],
  )
  const reasons = [...failed, ...broken]
  if (status !== 'done' && reasons.length === 0) return `the plan stops: ${status}`
  return reasons.length === 0 ? null : reasons.join('; ')
}
