/** The database that runs are applied to, one after the other: by their plan, or where there is none by their own SQL. */
import { applyPlan } from '../execute/apply.ts'
import type { RunReport } from '../model/outcome.ts'
import type { Plan } from '../model/plan.ts'
import type { Result } from '../model/problem.ts'
import { runSources } from '../verify/run-sources.ts'
import { inDatabase, type ScratchDatabase, type Workbench } from '../verify/shadow.ts'
import { sourceSqlOf, type CorpusFile } from './corpus-file.ts'
import { thrown } from './cut-runs.ts'
import type { Watchman } from './watchman.ts'

export interface CorpusTarget {
  readonly database: ScratchDatabase
  /** By the plan; what went wrong, null: nothing. Then the files have been applied by their own SQL all the same. */
  applyPlan(plan: Plan, files: readonly CorpusFile[]): Promise<string | null>
  applyStock(files: readonly CorpusFile[]): Promise<string | null>
}

export interface TargetOptions {
  readonly workbench: Workbench
  readonly start: ScratchDatabase
  readonly watchman: Watchman
  readonly random: () => number
  readonly now: () => number
}

export async function openTarget(options: TargetOptions): Promise<CorpusTarget> {
  const { workbench, watchman } = options
  const done: CorpusFile[] = []
  let database = await workbench.create('target', options.start)
  const stock = (files: readonly CorpusFile[]): Promise<string | null> =>
    inDatabase(database.url, async (session) => {
      const failure = await runSources(session, files.map(sourceSqlOf))
      return failure?.message ?? null
    })
  const replace = async (by: ScratchDatabase): Promise<void> => {
    await workbench.drop(database)
    database = by
  }
  const applyStock = async (files: readonly CorpusFile[]): Promise<string | null> => {
    const failure = await stock(files)
    done.push(...files)
    if (failure === null) return null
    // What plans have left behind is at fault, for the author's SQL alone has been seen to work.
    await replace(await workbench.create('target', options.start))
    await stock(done)
    return `after the plans before it, its own SQL fails: ${failure}`
  }
  return {
    get database() {
      return database
    },
    applyStock,
    async applyPlan(plan, files) {
      const before = await workbench.create('before', database)
      let failure: string | null
      try {
        failure = failureOf(
          await watchman.within(() =>
            applyPlan(plan, database.url, {
              through: 'all-gates',
              observer: () => undefined,
              random: options.random,
              now: options.now,
            }),
          ),
        )
      } catch (error) {
        failure = `apply crashed: ${thrown(error)}`
      }
      if (failure === null) {
        await workbench.drop(before)
        done.push(...files)
        return null
      }
      await replace(before)
      const alone = await applyStock(files)
      return alone === null ? failure : `${failure}; ${alone}`
    },
  }
}

export function failureOf(ended: Result<RunReport>): string | null {
  if (!ended.ok) return `apply refuses: ${ended.problems.map(({ message }) => message).join('; ')}`
  const { status, steps, invariants } = ended.value
  if (status === 'done') return null
  const said = steps.flatMap(({ step, outcome }) => {
    switch (outcome.status) {
      case 'failed':
      case 'in-doubt':
        return [`step ${step}: ${outcome.message}`]
      case 'lock-timeout':
        return [`step ${step} got no lock in ${outcome.waitedMs} ms`]
      case 'applied':
      case 'already-applied':
      case 'waiting-at-gate':
      case 'not-run':
        return []
    }
  })
  const broken = invariants.filter(({ held }) => !held).map(({ name }) => `invariant ${name} is broken`)
  return `apply ends ${status}: ${[...said, ...broken].join('; ')}`
}
