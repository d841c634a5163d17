import type { Debris, Status, StepStatus } from '../model/status.ts'
import { counted } from './counted.ts'
import { paint } from './paint.ts'

/** The plan in the journal, how far it is, who runs it, what an interrupted run left, and what it waits for. */
export function statusPretty(status: Status, colored: boolean): string {
  const color = paint(colored)
  if (status.plan === null) return 'No plan has been applied to this database.\n'
  const { id, status: state, startedBy, startedAt, rollbackStoppedAt } = status.plan
  const applied = status.steps.filter((step) => step.state === 'applied').length
  return [
    `${color.bold(`plan ${id}`)}: ${state}, ${applied} of ${counted(status.steps.length, 'step')} applied`,
    `begun ${startedAt} by ${startedBy}`,
    ...(status.runner === null ? [] : [`at work now: ${status.runner.owner}`]),
    ...status.steps.filter(isTelling).map((step) => stepLine(step, colored)),
    ...status.debris.map((left) => color.yellow(debrisLine(left))),
    ...(rollbackStoppedAt === null
      ? []
      : [`rolled back down to step ${rollbackStoppedAt}, which cannot be undone`]),
    ...(status.gate === null
      ? []
      : [`next gate: ${status.gate} (migrate apply PLAN --confirm ${status.gate})`]),
    '',
  ].join('\n')
}

/** Steps that are done or have not begun say nothing that the counts do not. */
function isTelling({ state }: StepStatus): boolean {
  return state === 'running' || state === 'stopped' || state === 'undone'
}

function stepLine(step: StepStatus, colored: boolean): string {
  const found = step.found === null ? '' : `, the database says ${step.found}`
  const rows = step.rows === null ? '' : `, ${counted(step.rows, 'row')} so far`
  const color = paint(colored)
  return `  ${color.yellow(step.state)} ${step.title} (stage ${step.stage}, ${step.phase}${found}${rows})`
}

function debrisLine({ kind, object, step }: Debris): string {
  const words = {
    'invalid-index': 'INVALID index',
    'not-valid-constraint': 'constraint that is not validated',
  } satisfies Record<Debris['kind'], string>
  return `  left over: ${words[kind]} ${object} of step ${step}; migrate apply goes on from it`
}
