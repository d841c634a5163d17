import type { Status, StepStatus } from '../model/status.ts'
import { debrisWords } from './debris-words.ts'
import { counted } from './counted.ts'
import { failureLines } from './outcome-lines.ts'
import { paint } from './paint.ts'
import { printable } from './printable.ts'

type PlanStatus = NonNullable<Status['plan']>

/** The plan in the journal, how far it is, who runs it, what an interrupted run left, and what comes next. */
export function statusPretty(status: Status, colored: boolean): string {
  const color = paint(colored)
  const { plan, steps, runner } = status
  const leftOver = status.debris.map((left) =>
    color.yellow(printable(`  left over: ${debrisWords(left)}; ${left.advice}`)),
  )
  if (plan === null) return ['No plan has been applied to this database.', ...leftOver, ''].join('\n')
  const undone = steps.filter(({ state }) => state === 'undone').length
  return [
    `${color.bold(`plan ${plan.id}`)}: ${plan.status}, ${countLine(steps)}`,
    `begun ${secondOf(plan.startedAt)} by ${plan.startedBy}`,
    ...(runner === null ? [] : [`at work now: ${runner.owner}`]),
    ...steps.filter(isTelling).flatMap((step) => stepLines(step, colored)),
    ...leftOver,
    ...(undone === 0 ? [] : [`${counted(undone, 'step')} taken back`]),
    ...rollbackLine(plan, steps),
    ...nextLine(status),
    '',
  ].join('\n')
}

function countLine(steps: readonly StepStatus[]): string {
  const applied = steps.filter(({ state }) => state === 'applied').length
  return `${applied} of ${counted(steps.length, 'step')} applied`
}

/** `2026-11-23 23:24:10.135281+00` → `2026-11-23 23:24:10+00`. */
function secondOf(timestamp: string): string {
  const [second = '', fraction = ''] = timestamp.split('.')
  const zone = Array.from(fraction).findIndex((character) => character === '+' || character === '-')
  return zone === -1 ? second : `${second}${fraction.slice(zone)}`
}

/** Steps that are done, taken back or not begun say nothing that the counts do not. */
function isTelling({ state }: StepStatus): boolean {
  return state === 'running' || state === 'stopped'
}

function stepLines(step: StepStatus, colored: boolean): readonly string[] {
  const { state, phase, outcome, found, rows } = step
  const color = paint(colored)
  const facts = [
    phase,
    ...(found === null ? [] : [`the database says ${found}`]),
    ...(rows === null ? [] : [`${counted(rows, 'row')} so far`]),
  ]
  const title = printable(`${step.title} (${facts.join('; ')})`)
  const isFailure =
    outcome?.status === 'failed' || outcome?.status === 'lock-timeout' || outcome?.status === 'in-doubt'
  return state === 'stopped' && isFailure
    ? failureLines(title, outcome, colored)
    : [`  ${color.yellow(state)} ${title}`]
}

function rollbackLine({ rollbackStoppedAt }: PlanStatus, steps: readonly StepStatus[]): readonly string[] {
  if (rollbackStoppedAt === null) return []
  const title = steps.find(({ step }) => step === rollbackStoppedAt)?.title ?? rollbackStoppedAt
  return [`its rollback stopped at “${printable(title)}”, which cannot be taken back`]
}

/** Steps before the gate come first: only when all of them are applied is it the gate that the plan waits for. */
function nextLine({ plan, runner, steps, gate }: Status): readonly string[] {
  if (plan?.status !== 'open' || runner !== null) return []
  const next = steps.find(({ state }) => state !== 'applied')
  if (next === undefined) return ['every step is applied: migrate apply PLAN closes the plan']
  return next.step === gate
    ? [`at gate ${gate}; when what it waits for is true: migrate apply PLAN --confirm ${gate}`]
    : [`next: migrate apply PLAN goes on with “${printable(next.title)}”`]
}
