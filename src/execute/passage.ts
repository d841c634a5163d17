/** How far a run may go: which gates are open to it, and after which phase it ends. */
import type { PhaseName, Plan, Step } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import type { PhaseRow, Place } from './journal.ts'

/**
 * `first-gate`: up to the first gate that nobody has opened yet. `phase`: to the end of that phase in the first stage
 * that is not finished, through the gates on the way. `confirm`: through the gates named. `all-gates`: to the end.
 */
export type Through =
  | 'first-gate'
  | 'all-gates'
  | { readonly phase: PhaseName }
  | { readonly confirm: readonly string[] }

export interface Passage {
  mayEnter(place: Place): boolean
  mayPass(gate: string): boolean
}

const order: readonly PhaseName[] = ['expand', 'backfill', 'contract']

export function passageOf(plan: Plan, through: Through, phases: readonly PhaseRow[]): Result<Passage> {
  if (through === 'first-gate') return succeed({ mayEnter: always, mayPass: never })
  if (through === 'all-gates') return succeed({ mayEnter: always, mayPass: always })
  if ('confirm' in through) return confirming(plan, through.confirm)
  const isEnded = ({ stage, phase }: Place): boolean =>
    phases.some((row) => row.stage === stage && row.phase === phase && row.ended)
  const unfinished = plan.stages.find(({ number, phases }) =>
    phases.some(({ name }) => !isEnded({ stage: number, phase: name })),
  )
  const limit = order.indexOf(through.phase)
  return succeed({
    mayEnter: ({ stage, phase }) =>
      unfinished === undefined ||
      stage < unfinished.number ||
      (stage === unfinished.number && order.indexOf(phase) <= limit),
    mayPass: always,
  })
}

function confirming(plan: Plan, confirmed: readonly string[]): Result<Passage> {
  const gates = stepsOf(plan).flatMap(({ kind, id }) => (kind === 'gate' ? [id] : []))
  const unknown = confirmed.filter((id) => !gates.includes(id))
  if (unknown.length > 0) {
    return fail(
      'gate-unknown',
      `Plan ${plan.id} has no gate ${unknown.join(', ')}.`,
      gates.length === 0 ? 'It has no gate at all.' : `Its gates: ${gates.join(', ')}.`,
    )
  }
  return succeed({ mayEnter: always, mayPass: (gate) => confirmed.includes(gate) })
}

export function stepsOf(plan: Plan): readonly Step[] {
  return plan.stages.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
}

function always(): boolean {
  return true
}

function never(): boolean {
  return false
}
