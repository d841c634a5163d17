/** The ways of upgrading that the demonstration compares. */
import { applyPlan } from '../execute/apply.ts'
import type { Migration } from '../model/migration.ts'
import type { RunReport } from '../model/outcome.ts'
import type { Plan } from '../model/plan.ts'
import type { Result } from '../model/problem.ts'
import { stockUpgrade, type StockPolicy } from './stock-upgrade.ts'

/** What a way of upgrading gives back. */
interface Upgraded {
  readonly completed: boolean
  readonly failures: readonly string[]
}

export interface Contender {
  readonly name: string
  /** Prefix of the application_name of its sessions, by which waits are told to be its fault. */
  readonly sessions: string
  /**
   * Null: the idle control, a load without an upgrade. Else upgrades, and calls `deploy` when it is time, or not at all:
   * nobody deploys an application whose schema is not there. It resolves when nothing of the old application is left,
   * and is null where there is no new one.
   */
  readonly upgrade: ((url: string, deploy: (() => Promise<void>) | null) => Promise<Upgraded>) | null
}

export interface ContenderInput {
  readonly pending: readonly Migration[]
  readonly plan: Plan
  readonly random: () => number
  readonly now: () => number
}

export function contenders(input: ContenderInput): readonly Contender[] {
  return [
    { name: 'idle control', sessions: 'nobody', upgrade: null },
    stock('stock', input.pending, { lockTimeoutMs: null, pauseMs: 1000, attemptsMax: 2 }),
    stock('stock, lock_timeout 500 ms and retry', input.pending, {
      lockTimeoutMs: 500,
      pauseMs: 1000,
      attemptsMax: 3,
    }),
    planned(input),
  ]
}

function stock(name: string, pending: readonly Migration[], policy: StockPolicy): Contender {
  return {
    name,
    sessions: 'stock-upgrade',
    upgrade: async (url, deploy) => {
      const upgraded = await stockUpgrade(url, 'stock-upgrade', pending, policy)
      if (upgraded.completed && deploy !== null) await deploy()
      return upgraded
    },
  }
}

/** Without a new application every gate is open from the start; else the plan waits at its gate for the deploy. */
function planned({ plan, random, now }: ContenderInput): Contender {
  const apply = (url: string, through: 'first-gate' | 'all-gates'): Promise<Result<RunReport>> =>
    applyPlan(plan, url, { through, observer: () => undefined, random, now })
  return {
    name: 'lockstep plan',
    sessions: 'lockstep/',
    upgrade: async (url, deploy) => {
      if (deploy === null) return upgradedBy(await apply(url, 'all-gates'))
      const toGate = await apply(url, 'first-gate')
      if (!toGate.ok || toGate.value.status !== 'at-gate') return upgradedBy(toGate)
      await deploy()
      return upgradedBy(await apply(url, 'all-gates'))
    },
  }
}

function upgradedBy(applied: Result<RunReport>): Upgraded {
  if (!applied.ok) return { completed: false, failures: applied.problems.map(({ message }) => message) }
  const failures = applied.value.steps.flatMap(({ title, outcome }) =>
    outcome.status === 'failed' ? [`${title}: ${outcome.message}`] : [],
  )
  return { completed: applied.value.status === 'done', failures }
}
