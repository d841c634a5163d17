import type { Plan } from '../model/plan.ts'
import type { Verification } from '../model/verification.ts'
import { counted } from './counted.ts'
import { paint } from './paint.ts'
import { allSteps } from './plan-words.ts'

/** What a database no longer holds of what a plan left behind, with the rows that show it; else one line. */
export function verifyPretty(verification: Verification, plan: Plan, colored: boolean): string {
  const color = paint(colored)
  const { conditions, invariants } = verification
  const titles = new Map(allSteps(plan).map(({ id, title }) => [id, title]))
  const broken = [
    ...conditions
      .filter(({ holds }) => !holds)
      .map(({ step, instead, rows }) => ({ title: titles.get(step) ?? step, instead, rows })),
    ...invariants
      .filter(({ holds }) => !holds)
      .map(({ name, rows }) => ({ title: `invariant ${name}`, instead: 'it must return no row', rows })),
  ]
  const asked = `${counted(conditions.length, 'condition')} and ${counted(invariants.length, 'invariant')}`
  if (verification.holds) return `${color.green(`holds: ${asked} of plan ${plan.id}`)}\n`
  return [
    ...broken.flatMap(({ title, instead, rows }) => [
      `  ${color.red('✗')} ${title}`,
      `      ${instead}`,
      ...rows.map((row) => `      ${JSON.stringify(row)}`),
    ]),
    '',
    color.red(`does not hold: ${broken.length} of ${asked} of plan ${plan.id}`),
    '',
  ].join('\n')
}
