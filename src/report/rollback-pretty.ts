import type { RunReport, StepOutcome } from '../model/outcome.ts'
import { counted } from './counted.ts'
import { duration } from './duration.ts'
import { failureLines, placeTitle } from './outcome-lines.ts'
import { paint } from './paint.ts'
import { allSteps } from './plan-words.ts'
import { printable } from './printable.ts'
import { phasesOf, type RunSetting } from './run-pretty.ts'

/** What a rollback took back, last step first; where it stopped, and what stays. */
export function rollbackPretty(report: RunReport, setting: RunSetting, colored: boolean): string {
  const steps = report.steps.toReversed()
  const color = paint(colored)
  const reached = steps.filter(({ step, outcome }) => outcome.status !== 'not-run' && !isGate(setting, step))
  const lines = phasesOf(reached).flatMap((phase) => [
    ...phase.slice(0, 1).map((first) => color.bold(placeTitle(first, setting.plan.stages.length))),
    ...phase.flatMap((step) => stepLines(step, colored)),
  ])
  const stays = report.status === 'failed' ? stayLines(steps) : []
  const blank = lines.length === 0 ? [] : ['']
  return [...lines, ...stays, ...blank, closingLine(report, reached, setting, colored), ''].join('\n')
}

function isGate({ plan }: RunSetting, id: string): boolean {
  return allSteps(plan).some((step) => step.id === id && step.kind === 'gate')
}

/** `steps` last first: what comes after the one that stopped it was not reached. */
function stayLines(steps: readonly StepOutcome[]): readonly string[] {
  const stop = steps.findLastIndex(({ outcome }) => outcome.status !== 'not-run')
  const left = steps.length - stop - 1
  return left === 0 ? [] : [`  · ${counted(left, 'step')} before it not reached`]
}

function stepLines(done: StepOutcome, colored: boolean): readonly string[] {
  const color = paint(colored)
  const { outcome } = done
  const title = printable(done.title)
  switch (outcome.status) {
    case 'applied':
      return [`  ${color.green('↩')} ${title} ${color.dim(`(taken back in ${duration(outcome.ms)})`)}`]
    case 'already-applied':
      return [`  ${color.dim('–')} ${title} ${color.dim('(nothing to take back)')}`]
    case 'waiting-at-gate':
    case 'not-run':
      return []
    case 'failed':
    case 'lock-timeout':
    case 'in-doubt':
      return failureLines(title, outcome, colored)
  }
}

function closingLine(
  { plan, status, steps }: RunReport,
  reached: readonly StepOutcome[],
  setting: RunSetting,
  colored: boolean,
): string {
  const color = paint(colored)
  if (status !== 'failed') {
    const taken = reached.filter(({ outcome }) => outcome.status === 'applied').length
    return color.green(
      reached.length === 0
        ? `done: no step of plan ${plan} was left to take back`
        : `done: plan ${plan} is rolled back, ${counted(taken, 'step')} taken back`,
    )
  }
  if (setting.interrupted) {
    return color.red(`stopped: plan ${plan} is rolled back in part; run the same command again to go on`)
  }
  const stopped = steps.find(({ outcome }) => outcome.status === 'failed')
  const never = allSteps(setting.plan).some(({ id, undo }) => id === stopped?.step && undo.kind === 'never')
  return color.red(
    never
      ? `stopped: plan ${plan} can be rolled back no further`
      : `stopped: plan ${plan} is rolled back in part; mend the cause, then run the same command again`,
  )
}
