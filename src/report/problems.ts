import type { Problem } from '../model/problem.ts'
import { caretFrame, placeOf } from './caret-frame.ts'
import { paint } from './paint.ts'

/** Every problem: what happened, where with a caret, what to do. */
export function problemsReport(problems: readonly Problem[], colored: boolean): string {
  return problems.map((problem) => problemReport(problem, colored)).join('\n')
}

function problemReport(problem: Problem, colored: boolean): string {
  const color = paint(colored)
  const lines = [`${color.red('error')} ${color.bold(problem.code)}: ${problem.message}`]
  if (problem.position !== null) {
    lines.push(`  ${color.cyan(placeOf(problem.position))}`)
    if (problem.excerpt !== null) lines.push(indented(caretFrame(problem.position, problem.excerpt)))
  }
  if (problem.hint !== null) lines.push(`  ${color.dim('→')} ${problem.hint}`)
  return `${lines.join('\n')}\n`
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
