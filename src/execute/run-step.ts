/** One step: look, clean up what an earlier try left, do it, and verify what came of it. */
import { DatabaseError } from '../database/session.ts'
import type { Outcome } from '../model/outcome.ts'
import type { FilledStep, Step } from '../model/plan.ts'
import { withCaptured } from './captured-value.ts'
import { bindStep, type BoundStep } from './bound-step.ts'
import { isStopped, type Found, type RunContext, type StepContext } from './context.ts'
import { failedWith, outcomeOfError, stopped } from './failure.ts'
import { allHold, judge } from './look.ts'
import { describeBackend, settleBuild } from './orphan.ts'
import { unmetOutcome } from './unmet.ts'

/** Whatever happens to it on the server is an outcome; only bugs throw. */
export async function runStep(step: Step, context: StepContext): Promise<Outcome> {
  try {
    const filled = await withCaptured(step, context.plan.id, context.control)
    return filled.ok ? await runFilled(filled.value, context) : failedWith(filled.problems)
  } catch (error) {
    return outcomeOfError(error)
  }
}

async function runFilled(step: FilledStep, context: StepContext): Promise<Outcome> {
  const bound = bindStep(step, context)
  const settled = await settle(step, bound, context)
  if (typeof settled !== 'string') return settled
  if (settled === 'done') return { status: 'already-applied' }
  if (settled === 'partial') return outcomeOfPartial(step, context)
  const outcome = await bound.apply()
  return outcome.status === 'applied' ? verified(step, outcome, context) : outcome
}

/** Looks until there is nothing more to wait for or to clean up; an outcome where that cannot be had. */
export async function settle(
  step: FilledStep,
  bound: BoundStep,
  context: RunContext,
): Promise<Exclude<Found, 'running'> | Outcome> {
  let found = await bound.look()
  if (found === 'running' && 'index' in step) {
    const pid = await settleBuild(step, context)
    if (isStopped(context)) return stopped('stopped on request while it waited for a build that goes on')
    if (pid !== null) {
      const blockers = [...(await describeBackend(context.control, pid))]
      return { status: 'lock-timeout', waitedMs: context.lockWaitMaxMs, blockers }
    }
    found = await bound.look()
  }
  if (found === 'partial') {
    for (const what of await bound.clean()) context.observer({ kind: 'cleaned-up', step: step.id, what })
    found = await bound.look()
  }
  if (found === 'running') throw new DatabaseError(`somebody else works on ${step.title}`)
  return found
}

/** Neither what was there before nor what should be there after: somebody else has had a hand in it. */
async function outcomeOfPartial(step: FilledStep, context: StepContext): Promise<Outcome> {
  const before = (await judge(context, step.before)).filter(({ holds }) => !holds)
  return unmetOutcome(
    'The step cannot begin',
    before,
    'Put right what differs, then run the same apply again; or make a new plan for the database as it is now.',
  )
}

async function verified(step: FilledStep, outcome: Outcome, context: StepContext): Promise<Outcome> {
  const after = await judge(context, step.after)
  return allHold(after)
    ? outcome
    : unmetOutcome(
        'It ran without an error, and yet',
        after,
        'Somebody else may have changed the same thing.',
      )
}
