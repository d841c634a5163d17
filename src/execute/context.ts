import type { Session } from '../database/session.ts'
import type { FilledStepOf, Plan, Step, StepKind } from '../model/plan.ts'
import type { Outcome } from '../model/outcome.ts'
import type { RunObserver } from '../model/run-event.ts'
import type { Pacer } from './pacing.ts'
import type { Terminator } from './terminate-blockers.ts'
import type { WaitAccount } from './wait-account.ts'

/** What a run has at hand. `now` is a clock in milliseconds that never goes back; `random` is in [0, 1). */
export interface RunContext {
  readonly plan: Plan
  /** Steps run here, and the author's queries, under the role's own search path. */
  readonly work: Session
  /** Holds the runner's lock, writes the journal, watches `work`. Its search path is empty: names come out whole. */
  readonly control: Session
  readonly observer: RunObserver
  readonly random: () => number
  readonly now: () => number
  readonly signal: AbortSignal | null
  /** Of the step under way. */
  readonly account: WaitAccount
  /** How long an application's statement may wait for us, at most, in milliseconds. */
  readonly stallBudgetMs: number
  /** How long a step may wait for its lock in all. */
  readonly lockWaitMaxMs: number
  /** How long a concurrent build that a killed runner left may stand still before it is ended. */
  readonly orphanPatienceMs: number
  /** Null: a backfill goes as fast as its batches allow. */
  readonly pacer: Pacer | null
  /** Null: no session in our way is ever ended. */
  readonly terminator: Terminator | null
  /** Who runs the plan, for the journal. */
  readonly owner: string
  readonly beforeCommit: ((step: Step, session: Session) => Promise<void>) | null
}

export interface StepContext extends RunContext {
  /** Which try of this step it is, from 1: its journal row says the same, else another runner has taken over. */
  readonly attempt: number
}

/** What the database says about a step. It is asked on every start: a crash leaves no other witness. */
export type Found = 'absent' | 'running' | 'partial' | 'done'

export interface StepExecutor<K extends StepKind> {
  /** Asks the database, not the journal. */
  look(step: FilledStepOf<K>, context: StepContext): Promise<Found>
  /** Removes what an interrupted try left. Called only when `look` said partial; says what it removed. */
  clean(step: FilledStepOf<K>, context: StepContext): Promise<readonly string[]>
  /** Called only when `look` said absent. What the server refuses is an outcome, not an exception. */
  apply(step: FilledStepOf<K>, context: StepContext): Promise<Outcome>
}

export function isStopped(context: RunContext): boolean {
  return context.signal?.aborted === true
}
