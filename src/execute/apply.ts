/** The driver: takes a plan through its phases, and says of every step what became of it. */
import { DatabaseError, type Session } from '../database/session.ts'
import type { Outcome, RunReport } from '../model/outcome.ts'
import type { Phase, Plan, Step } from '../model/plan.ts'
import { succeed, type Result } from '../model/problem.ts'
import type { Waits } from '../model/waits.ts'
import { adoptPlan, fingerprintMismatch, replanHint } from './adopt-plan.ts'
import { writeAudit } from './audit.ts'
import { audited } from './audited-run.ts'
import { isStopped, type RunContext } from './context.ts'
import { failed, outcomeOfError } from './failure.ts'
import { askAtEnd, askAtStart, askedAt } from './invariants.ts'
import {
  endPhase,
  endStep,
  readAnswers,
  readPhases,
  readSteps,
  setPlanStatus,
  startPhase,
  startStep,
  type PhaseRow,
  type Place,
  type StepRow,
} from './journal.ts'
import { withRun, type RunOptions } from './open-run.ts'
import { endOrphans } from './orphan.ts'
import { passageOf, type Passage, type Through } from './passage.ts'
import { reportOf } from './run-report.ts'
import { runStep } from './run-step.ts'
import { holdLease } from './runner-lock.ts'
import { openAccount } from './wait-account.ts'

export interface ApplyOptions extends RunOptions {
  readonly through: Through
  /** Take the place of an open plan whose rollback had to stop halfway. */
  readonly supersede?: boolean
  /** Paths of sources that differ from what the plan was made of: refused before the first step, a warning after. */
  readonly changedSources?: readonly string[]
  /** After each step that this run has applied or found done, committed; `session` is free for questions. */
  readonly afterStep?: (step: Step, session: Session) => Promise<void>
}

/**
 * Runs a plan from wherever it stands to where `through` says. Problems: the plan may not run here at all. Whatever
 * happens to its steps is in the report. Safe to call again after a crash at any instant.
 */
export async function applyPlan(plan: Plan, url: string, options: ApplyOptions): Promise<Result<RunReport>> {
  return withRun(plan, url, options, async (context) => {
    const adopted = await adoptPlan(context, {
      supersede: options.supersede ?? false,
      changedSources: options.changedSources ?? [],
    })
    if (!adopted.ok) return adopted
    const stored = { ...context, plan: adopted.value }
    const phases = await readPhases(context.control, plan.id)
    const passage = passageOf(stored.plan, options.through, phases)
    if (!passage.ok) return passage
    const lease = await holdLease(context.control, plan.id, context.owner)
    try {
      await endOrphans(stored)
      const steps = await readSteps(context.control, plan.id)
      const drive = (): Promise<RunReport> =>
        driveThrough({
          context: stored,
          phases,
          steps,
          passage: passage.value,
          afterStep: options.afterStep ?? null,
          outcomes: new Map(),
          waits: new Map(),
          invariants: [],
        })
      return await audited(stored, 'apply', { through: options.through }, async () => succeed(await drive()))
    } finally {
      await lease.release().catch(ignoreLoss)
    }
  })
}

function ignoreLoss(error: unknown): void {
  if (!(error instanceof DatabaseError)) throw error
}

interface Run {
  readonly context: RunContext
  /** As the journal had them when the run began. */
  readonly phases: readonly PhaseRow[]
  readonly steps: ReadonlyMap<string, StepRow>
  readonly passage: Passage
  readonly afterStep: ApplyOptions['afterStep'] | null
  /** What this run has to say, growing. */
  readonly outcomes: Map<string, Outcome>
  readonly waits: Map<string, Waits>
  readonly invariants: RunReport['invariants']
}

/** `on`: go on. `gate`: somebody must act. `end`: this run was to go no further. `failed`: it cannot. */
type Ended = 'on' | 'end' | 'failed' | { readonly gate: string }

async function driveThrough(run: Run): Promise<RunReport> {
  const { plan, control } = run.context
  let ended: Ended = 'on'
  for (const { number, phases } of plan.stages) {
    for (const phase of phases) {
      if (ended === 'on') ended = await runPhase(run, { stage: number, phase: phase.name }, phase)
    }
  }
  if (ended === 'on') await setPlanStatus(control, plan.id, 'done')
  return reportOf(plan, run, {
    status: ended === 'on' ? 'done' : ended === 'failed' ? 'failed' : 'at-gate',
    gate: typeof ended === 'string' ? null : ended.gate,
    invariants: run.invariants,
  })
}

async function runPhase(run: Run, place: Place, phase: Phase): Promise<Ended> {
  const row = run.phases.find(({ stage, phase }) => stage === place.stage && phase === place.phase)
  const isApplied = ({ id }: Step): boolean => run.steps.get(id)?.state === 'applied'
  if (row?.ended === true && phase.steps.every(isApplied)) {
    for (const { id } of phase.steps) run.outcomes.set(id, { status: 'already-applied' })
    return 'on'
  }
  if (!run.passage.mayEnter(place)) return 'end'
  run.context.observer({ kind: 'phase-started', stage: place.stage, phase: place.phase })
  // The gates before a phase come before it begins: what it is held against must not be days old.
  const begins = phase.steps.findIndex(({ kind }) => kind !== 'gate')
  const gates = begins === -1 ? phase.steps : phase.steps.slice(0, begins)
  const atGates = await runSteps(run, place, gates)
  if (atGates !== 'on') return atGates
  try {
    if (row === undefined && !(await beginPhase(run, place, phase))) return 'failed'
    const atSteps = await runSteps(run, place, phase.steps.slice(gates.length))
    return atSteps === 'on' ? await finishPhase(run, place) : atSteps
  } catch (error) {
    // Between steps only the journal and the invariants are asked, so no step is in doubt.
    const next = phase.steps.find(({ id }) => !run.outcomes.has(id)) ?? phase.steps.at(-1)
    if (next === undefined) throw error
    run.outcomes.set(next.id, outcomeOfError(error))
    return 'failed'
  }
}

async function beginPhase(run: Run, place: Place, phase: Phase): Promise<boolean> {
  const { context } = run
  const [first] = phase.steps.filter(({ id }) => !run.outcomes.has(id))
  const hasRun = phase.steps.some(
    ({ kind, id }) => kind !== 'gate' && (run.steps.get(id)?.state ?? 'undone') !== 'undone',
  )
  const mismatch = hasRun ? null : await fingerprintMismatch(context, phase.fingerprint)
  if (mismatch !== null) {
    if (first !== undefined) run.outcomes.set(first.id, failed(mismatch, { hint: replanHint }))
    return false
  }
  const at = `stage ${place.stage} ${place.phase} start`
  const { verdicts, answers } = await askAtStart(
    context.work,
    askedAt(context.plan, { ...place, at: 'start' }),
    at,
  )
  run.invariants.push(...verdicts)
  if (verdicts.some(({ held }) => !held)) return false
  await startPhase(context.control, context.plan.id, place, answers)
  return true
}

async function finishPhase(run: Run, place: Place): Promise<Ended> {
  const { context } = run
  const answers = await readAnswers(context.control, context.plan.id, place)
  const at = `stage ${place.stage} ${place.phase} end`
  const verdicts = await askAtEnd(context.work, askedAt(context.plan, { ...place, at: 'end' }), at, answers)
  run.invariants.push(...verdicts)
  if (verdicts.some(({ held }) => !held)) return 'failed'
  await endPhase(context.control, context.plan.id, place)
  return 'on'
}

async function runSteps(run: Run, place: Place, steps: readonly Step[]): Promise<Ended> {
  for (const step of steps) {
    if (run.steps.get(step.id)?.state === 'applied') {
      run.outcomes.set(step.id, { status: 'already-applied' })
      continue
    }
    if (isStopped(run.context)) return 'failed'
    if (step.kind === 'gate' && !run.passage.mayPass(step.id)) {
      run.outcomes.set(step.id, { status: 'waiting-at-gate', waitFor: step.waitFor })
      return { gate: step.id }
    }
    const outcome = await runJournaled(run, place, step)
    run.outcomes.set(step.id, outcome)
    if (outcome.status !== 'applied' && outcome.status !== 'already-applied') return 'failed'
  }
  return 'on'
}

/** The journal row is written before and after. In doubt it stays `running`, for the next run to look. */
async function runJournaled(run: Run, place: Place, step: Step): Promise<Outcome> {
  const context = { ...run.context, account: openAccount() }
  const { control, plan, observer, owner } = context
  observer({ kind: 'step-started', step: step.id, title: step.title })
  let outcome: Outcome
  try {
    const attempt = await startStep(control, plan.id, step.id, place)
    outcome = await runStep(step, { ...context, attempt })
    const isApplied = outcome.status === 'applied' || outcome.status === 'already-applied'
    if (outcome.status !== 'in-doubt') {
      await endStep(control, plan.id, step.id, {
        state: isApplied ? 'applied' : 'stopped',
        outcome,
        waits: context.account.total(),
        ...(step.kind === 'gate' && isApplied ? { confirmedBy: owner } : {}),
      })
    }
    if (step.kind === 'gate' && outcome.status === 'applied') {
      await writeAudit(control, { action: 'gate-confirmed', plan, owner, detail: { gate: step.id } })
    }
    if (isApplied && run.afterStep !== null) await run.afterStep?.(step, context.work)
  } catch (error) {
    outcome = outcomeOfError(error)
  }
  const waits = context.account.total()
  run.waits.set(step.id, waits)
  observer({ kind: 'step-ended', step: step.id, outcome, waits })
  return outcome
}
