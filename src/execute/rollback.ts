/** The way back: what the journal says was done is taken back in reverse, each step as carefully as it was applied. */
import { DatabaseError } from '../database/session.ts'
import type { Outcome, RunReport } from '../model/outcome.ts'
import type { FilledStep, Plan, Step, Undo } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import type { Waits } from '../model/waits.ts'
import { blocksWrites } from '../postgres/lock-mode.ts'
import { audited } from './audited-run.ts'
import { withCaptured } from './captured-value.ts'
import { bindStep } from './bound-step.ts'
import { isStopped, type RunContext } from './context.ts'
import { failed, failedWith, outcomeOfError, stopped } from './failure.ts'
import {
  readPlanRow,
  readSteps,
  readStoredPlan,
  setPlanStatus,
  setRollbackStop,
  undoClaimSql,
  undoStepRow,
  type StepRow,
} from './journal.ts'
import { runUnderLocks } from './lock-acquisition.ts'
import { allHold, isCatalogCondition, judge } from './look.ts'
import { withRun, type RunOptions } from './open-run.ts'
import { endOrphans } from './orphan.ts'
import { stepsOf } from './passage.ts'
import { rowsOf } from './rows-of.ts'
import { reportOf } from './run-report.ts'
import { settle } from './run-step.ts'
import { runWatched } from './run-watched.ts'
import { holdLease } from './runner-lock.ts'
import { openAccount } from './wait-account.ts'
import { writtenSince } from './written-data.ts'

export interface RollbackOptions extends RunOptions {
  /** Drop columns and tables of the plan's even when something has been written to them. */
  readonly loseData?: boolean
}

type UndoSql = Extract<Undo, { kind: 'sql' }>

/** Undo is catalog work, like the ddl that it takes back. */
const lockTimeoutMs = 50
const statementTimeoutMs = 5_000

/**
 * Takes a plan back as far as it can be taken. In the report `applied` is a step taken back now, `already-applied` one
 * of which nothing was left. Stops at the first `never`, and says why. Safe to call again after a crash at any instant.
 */
export async function rollbackPlan(
  plan: Plan,
  url: string,
  options: RollbackOptions,
): Promise<Result<RunReport>> {
  return withRun(plan, url, options, async (context) => {
    const stored = await readOwn(context)
    if (!stored.ok) return stored
    const lease = await holdLease(context.control, plan.id, context.owner)
    try {
      const run = { ...context, plan: stored.value }
      await endOrphans(run)
      const loseData = options.loseData ?? false
      return await audited(run, 'rollback', { loseData }, () => takeBack(run, loseData))
    } finally {
      await lease.release().catch(ignoreLoss)
    }
  })
}

function ignoreLoss(error: unknown): void {
  if (!(error instanceof DatabaseError)) throw error
}

/** The plan as it was applied; a problem where this one was not. */
async function readOwn({ plan, control }: RunContext): Promise<Result<Plan>> {
  const row = await readPlanRow(control, plan.id)
  if (row === null) {
    return fail('plan-not-applied', `Plan ${plan.id} has never been applied here.`, 'Check the database URL.')
  }
  if (row.digest !== plan.digest) {
    return fail(
      'plan-changed',
      `Plan ${plan.id} was applied here with digest ${row.digest}; the plan given has ${plan.digest}.`,
      'Give the plan as it was applied.',
    )
  }
  if (row.status === 'superseded') {
    return fail('plan-superseded', `Plan ${plan.id} was superseded by another.`, 'Roll that one back.')
  }
  return readStoredPlan(control, plan.id)
}

async function takeBack(context: RunContext, loseData: boolean): Promise<Result<RunReport>> {
  const { plan, control } = context
  const rows = await readSteps(control, plan.id)
  const todo = stepsOf(plan)
    .filter(({ id }) => (rows.get(id)?.state ?? 'undone') !== 'undone')
    .reverse()
  if (!loseData) {
    const lost = await lostBy(context, todo, rows)
    if (lost.length > 0) {
      return fail(
        'data-would-be-lost',
        `Rolling plan ${plan.id} back would lose data: ${lost.join('; ')}.`,
        'Save what is needed, then say --lose-data.',
      )
    }
  }
  const [first] = todo
  // Where the last step is one that stays, nothing is taken back, and a plan that is done remains so.
  if (first !== undefined && first.undo.kind !== 'never') await setPlanStatus(control, plan.id, 'open')
  const outcomes = new Map<string, Outcome>()
  const waits = new Map<string, Waits>()
  for (const step of todo) {
    const account = openAccount()
    const outcome = isStopped(context)
      ? stopped('stopped on request')
      : await undoJournaled(step, rows, { ...context, account })
    outcomes.set(step.id, outcome)
    waits.set(step.id, account.total())
    if (outcome.status === 'applied' || outcome.status === 'already-applied') continue
    return succeed(reportOf(plan, { outcomes, waits }, { status: 'failed', gate: null, invariants: [] }))
  }
  await setPlanStatus(control, plan.id, 'rolled-back')
  return succeed(reportOf(plan, { outcomes, waits }, { status: 'done', gate: null, invariants: [] }))
}

/** As far as this rollback will come: what stands before a `never` is not going to be dropped. */
async function lostBy(
  context: RunContext,
  todo: readonly Step[],
  rows: ReadonlyMap<string, StepRow>,
): Promise<readonly string[]> {
  const lost: string[] = []
  for (const step of todo) {
    if (step.undo.kind === 'never') break
    lost.push(...(await writtenSince(context.control, context.plan, step)))
    const { undo } = step
    if (undo.kind !== 'sql' || undo.loses === undefined || rows.get(step.id)?.state !== 'applied') continue
    const [row] = await rowsOf(context.work, undo.loses, 1)
    if (row !== undefined) lost.push(`values that do not fit into what was there before “${step.title}”`)
  }
  return lost
}

async function undoJournaled(
  step: Step,
  rows: ReadonlyMap<string, StepRow>,
  context: RunContext,
): Promise<Outcome> {
  const { plan, control, observer } = context
  observer({ kind: 'step-started', step: step.id, title: `Take back: ${step.title}` })
  let outcome: Outcome
  try {
    const filled = await withCaptured(step, plan.id, control)
    outcome = filled.ok
      ? await undoStep(filled.value, rows.get(step.id), context)
      : failedWith(filled.problems)
    if (outcome.status === 'applied' || outcome.status === 'already-applied') {
      await undoStepRow(control, plan.id, step.id)
    } else if (step.undo.kind === 'never') {
      await setRollbackStop(control, plan.id, step.id)
    }
  } catch (error) {
    outcome = outcomeOfError(error)
  }
  observer({ kind: 'step-ended', step: step.id, outcome, waits: context.account.total() })
  return outcome
}

async function undoStep(step: FilledStep, row: StepRow | undefined, context: RunContext): Promise<Outcome> {
  const { undo } = step
  if (undo.kind === 'nothing') return { status: 'already-applied' }
  if (undo.kind === 'never') {
    return (await tookEffect(step, row, context))
      ? failed(`${step.title} cannot be taken back: ${undo.because}`, {
          hint: 'What came after it has been taken back. Go forward from here: apply the plan again, or a new one with --supersede.',
        })
      : { status: 'already-applied' }
  }
  // What a crash left half done is finished off or cleaned away first, so that the undo meets a state it knows.
  const bound = bindStep(step, { ...context, attempt: row?.attempt ?? 1 })
  const settled = await settle(step, bound, context)
  if (typeof settled !== 'string') return settled
  // Forward, an index that is half dropped is dropped on; here it makes room for the one that is built again.
  if (step.kind === 'drop-index') await bound.clean()
  return (await isGone(step, row, context)) ? { status: 'already-applied' } : runUndo(step, undo, context)
}

/** Of rows and of what leaves no trace, the journal alone knows. */
async function tookEffect(step: FilledStep, row: StepRow | undefined, context: RunContext): Promise<boolean> {
  if (row?.state === 'applied') return true
  if (step.kind === 'in-batches') return (await batchesOf(step, context)) > 0
  const asked = step.after.filter(isCatalogCondition)
  return asked.length > 0 && allHold(await judge(context, asked))
}

async function batchesOf({ id }: Step, { control, plan }: RunContext): Promise<number> {
  const [row] = await control.query<{ rows: number }>(
    'SELECT rows::float8 AS rows FROM lockstep.checkpoint WHERE plan = $1 AND step = $2',
    [plan.id, id],
  )
  return row?.rows ?? 0
}

/** Nothing is left to take back: what the step brought is not there, and what was there before it is. */
async function isGone(step: FilledStep, row: StepRow | undefined, context: RunContext): Promise<boolean> {
  const after = step.after.filter(isCatalogCondition)
  if (step.kind === 'record-history') return (row?.rows ?? 0) === 0
  // These two commit their journal row with their doing, so without it they have not happened.
  if (after.length === 0) return row?.state !== 'applied' && (step.kind === 'rows' || step.kind === 'ddl')
  if (allHold(await judge(context, after))) return false
  return allHold(await judge(context, step.before.filter(isCatalogCondition)))
}

async function runUndo(step: FilledStep, undo: UndoSql, context: RunContext): Promise<Outcome> {
  const { locks, sql } = undo
  if (undo.concurrently) return runOneByOne(step, undo, context)
  // Should the connection go before we hear of its end, looking tells; or the journal, where there is nothing to see.
  const claim = step.after.some(isCatalogCondition) ? null : undoClaimSql(context.plan.id, step.id)
  return runUnderLocks({ step, locks, sql, lockTimeoutMs, statementTimeoutMs, claim }, context)
}

async function runOneByOne(step: FilledStep, undo: UndoSql, context: RunContext): Promise<Outcome> {
  const started = context.now()
  let attempts = 1
  let longestLockMs: number | null = null
  for (const [at, statement] of undo.sql.entries()) {
    const locks = undo.locksOfEach?.[at] ?? []
    if (!locks.some(({ mode }) => blocksWrites(mode))) {
      await runWatched(step, context, statement)
      continue
    }
    const work = { step, locks, sql: [statement], lockTimeoutMs, statementTimeoutMs, claim: null }
    const outcome = await runUnderLocks(work, context)
    if (outcome.status !== 'applied') return outcome
    attempts = Math.max(attempts, outcome.attempts)
    longestLockMs = Math.max(longestLockMs ?? 0, outcome.longestLockMs ?? 0)
  }
  return { status: 'applied', ms: context.now() - started, attempts, rows: null, longestLockMs }
}
