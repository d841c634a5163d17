import type { ExplainedStep, OrderExplanation, OrderNeed } from '../model/order-explanation.ts'
import { counted } from './counted.ts'
import { paint } from './paint.ts'
import { phaseMeaning } from './plan-words.ts'

const shown = 3

/** The steps in their order, each with a number, what it needs and why it stands in its phase; why each stage begins. */
export function orderPretty(explanation: OrderExplanation, colored: boolean): string {
  const { bold, dim } = paint(colored)
  const { steps, stages } = explanation
  const numbers = new Map(steps.map(({ id }, at) => [id, at + 1]))
  const name = (id: string): string => `${numbers.get(id) ?? '?'} ${id}`
  const lines = [
    bold(
      `${explanation.plan}: ${counted(steps.length, 'step')} in ${counted(stages.length, 'stage')}, and why each stands there`,
    ),
  ]
  for (const { number, begins } of stages) {
    if (stages.length > 1) lines.push('', bold(`Stage ${number}`))
    lines.push(
      ...begins.map(
        ({ step, needs, objects }) =>
          `  begins because ${name(step)} needs ${name(needs)} to be done: ${objectsInWords(objects)}`,
      ),
    )
    const here = steps.filter(({ stage }) => stage === number)
    for (const phase of ['expand', 'backfill', 'contract'] as const) {
      const inPhase = here.filter((step) => step.phase === phase)
      if (inPhase.length === 0) continue
      lines.push('', `${bold(phase)}: ${phaseMeaning[phase]}`)
      for (const step of inPhase) {
        lines.push(`${name(step.id).padStart(4)}  ${dim(step.title)}`)
        lines.push(...wordsOf(step, name).map((line) => `      ${line}`))
      }
    }
  }
  return `${lines.join('\n')}\n`
}

function wordsOf(step: ExplainedStep, name: (id: string) => string): readonly string[] {
  const direct = step.needs.filter((need) => need.direct)
  const needs = direct.toReversed().map((need) => `needs ${name(need.step)}: ${needInWords(need)}`)
  const because = reasonInWords(step, name)
  return [
    ...(needs.length === 0 && step.because.kind !== 'gate' ? ['needs no step before it'] : needs),
    ...(because === null ? [] : [because]),
  ]
}

function needInWords({ objects, sameChange }: OrderNeed): string {
  if (sameChange) return 'both are parts of one change'
  return objectsInWords(objects)
}

function objectsInWords(objects: readonly string[]): string {
  const names = objects.map((object) =>
    object === 'statement any' ? 'a text that may name anything' : object,
  )
  const rest = names.length - shown
  return rest > 0 ? `${names.slice(0, shown).join(', ')} and ${rest} more` : names.join(', ')
}

/** Null: there is nothing to say that the phase does not say. */
function reasonInWords({ because, phase }: ExplainedStep, name: (id: string) => string): string | null {
  switch (because.kind) {
    case 'free':
      return null
    case 'work':
      return phase === 'backfill' ? 'moves rows, or proves something of them' : null
    case 'after':
      return `stands in ${phase} because ${name(because.step)} does`
    case 'takes-away':
      return `waits behind the gate because it takes away, or changes, ${objectsInWords(because.objects)}`
    case 'next-stage':
      return `cannot come before the gate that ${name(because.step)} waits behind`
    case 'gate':
      return 'what follows is for nobody but the application of after the deploy'
  }
}
