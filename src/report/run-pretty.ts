import type { RunReport, StepOutcome } from '../model/outcome.ts'
import type { Plan, StepKind } from '../model/plan.ts'
import type { Waits } from '../model/waits.ts'
import { counted } from './counted.ts'
import { duration } from './duration.ts'
import { appliedDetail, failureLines, placeTitle } from './outcome-lines.ts'
import { paint } from './paint.ts'
import { allSteps } from './plan-words.ts'
import { printable } from './printable.ts'

/** What a report of a run needs to know beside the run. */
export interface RunSetting {
  readonly plan: Plan
  /** The plan file, as the user named it. */
  readonly path: string
  /** A person has asked it to stop. */
  readonly interrupted: boolean
}

/** What became of every step of a plan, the ones not reached too, what the plan waits for, and how to go on. */
export function runPretty(report: RunReport, setting: RunSetting, colored: boolean): string {
  const kinds = kindsOf(setting.plan)
  const broken = report.invariants.filter(({ held }) => !held)
  return [
    ...phasesOf(report.steps).flatMap((steps) => phaseLines(steps, { ...setting, kinds }, colored)),
    ...broken.map(
      ({ name, at, detail }) => `${paint(colored).red('invariant broken')} ${name} (${at}): ${detail ?? ''}`,
    ),
    '',
    ...waitLines(report),
    closingLine(report, setting, colored),
    '',
  ].join('\n')
}

type Setting = RunSetting & { readonly kinds: ReadonlyMap<string, StepKind> }

function kindsOf(plan: Plan): ReadonlyMap<string, StepKind> {
  return new Map(allSteps(plan).map(({ id, kind }) => [id, kind]))
}

/** Steps in their order, cut where the phase changes. */
export function phasesOf(steps: readonly StepOutcome[]): readonly (readonly StepOutcome[])[] {
  const phases: StepOutcome[][] = []
  for (const step of steps) {
    const [previous] = phases.at(-1) ?? []
    if (previous?.stage === step.stage && previous.phase === step.phase) phases.at(-1)?.push(step)
    else phases.push([step])
  }
  return phases
}

/** A phase that was finished before this run is one line: its steps were told of when they ran. */
function phaseLines(steps: readonly StepOutcome[], setting: Setting, colored: boolean): readonly string[] {
  const color = paint(colored)
  const [first] = steps
  if (first === undefined) return []
  const title = color.bold(placeTitle(first, setting.plan.stages.length))
  if (steps.every(({ outcome }) => outcome.status === 'already-applied')) {
    return [title, `  ${color.green('✓')} ${counted(steps.length, 'step')} applied before`]
  }
  return [title, ...steps.flatMap((step) => stepLines(step, setting, colored))]
}

function stepLines(done: StepOutcome, setting: Setting, colored: boolean): string[] {
  const color = paint(colored)
  const { step, outcome } = done
  const title = printable(done.title)
  switch (outcome.status) {
    case 'applied': {
      const kind = setting.kinds.get(step) ?? null
      const detail = kind === 'gate' ? 'opened' : appliedDetail(outcome, kind)
      return [`  ${color.green('✓')} ${title} ${color.dim(`(${detail})`)}`]
    }
    case 'already-applied':
      return [`  ${color.green('✓')} ${title} ${color.dim('(applied before)')}`]
    case 'not-run':
      return [`  ${color.dim('·')} ${color.dim(title)}`]
    case 'waiting-at-gate':
      return [`  ${color.yellow('▮')} ${title}`, `      for ${printable(outcome.waitFor)}`]
    case 'failed':
    case 'lock-timeout':
    case 'in-doubt':
      return failureLines(title, outcome, colored)
  }
}

/** What waited for what, in all steps of this run; nothing where nothing waited. */
export function waitLines({ steps }: RunReport): readonly string[] {
  const sum = (kind: keyof Waits): number => steps.reduce((ms, { waits }) => ms + (waits?.[kind] ?? 0), 0)
  const looking = sum('lookingMs')
  const locking = sum('lockingMs')
  const queueing = sum('queueingMs')
  const parts = [
    ...(looking >= 1 ? [`${duration(looking)} with nothing of ours queued`] : []),
    ...(queueing >= 1 ? [`${duration(queueing)} queued where no statement waits behind`] : []),
    ...(locking >= 1 ? [`${duration(locking)} for strong locks asked for and held`] : []),
  ]
  return parts.length === 0 ? [] : [`waits: ${parts.join(', ')}`]
}

function closingLine(report: RunReport, setting: RunSetting, colored: boolean): string {
  const color = paint(colored)
  const { plan, status, gate, steps } = report
  const toCome = steps.filter(({ outcome }) => outcome.status === 'not-run').length
  const left = `${counted(toCome, 'step')} to come`
  if (status === 'done') {
    const isNews = steps.some(({ outcome }) => outcome.status === 'applied')
    return color.green(isNews ? `done: plan ${plan} is applied` : `done: plan ${plan} was applied before`)
  }
  if (status === 'failed') return color.red(failedLine(report, setting.interrupted))
  const goOn = `migrate apply ${setting.path}`
  return color.yellow(
    gate === null
      ? `done as far as asked, ${left}; go on with ${goOn}`
      : `at gate ${gate}, ${left}; when what it waits for is true: ${goOn} --confirm ${gate}`,
  )
}

/** Why it ends here, and what the next run will do about it. */
function failedLine({ plan, steps, invariants }: RunReport, interrupted: boolean): string {
  const lead = `stopped: plan ${plan} is not applied to its end;`
  if (interrupted) return `${lead} run the same command again to go on`
  if (invariants.some(({ held }) => !held)) return `${lead} look into the broken invariant before you go on`
  const statuses = new Set(steps.map(({ outcome }) => outcome.status))
  if (statuses.has('in-doubt')) {
    return `${lead} run the same command again: it looks what became of the step in doubt, and goes on`
  }
  if (statuses.has('lock-timeout')) {
    return `${lead} end what holds the lock or let it end, then run the same command again`
  }
  return `${lead} mend the cause, then run the same command again: it goes on with this step`
}
