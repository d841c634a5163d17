import type { Comparison, VerificationReport } from '../model/bluegreen-run.ts'
import { duration } from './duration.ts'
import { paint } from './paint.ts'
import { printable } from './printable.ts'

/** Each comparison in a line; of those that are not equal, where. */
export function bluegreenVerification(report: VerificationReport, colored: boolean): string {
  const color = paint(colored)
  const verdict = report.clean ? color.green('clean') : color.red('not clean')
  return [
    ...report.comparisons.flatMap((one) => comparisonLines(one, colored)),
    `${verdict}: green is ${duration(report.lagMs)} behind blue`,
    '',
  ].join('\n')
}

function comparisonLines({ what, verdict, rows, detail }: Comparison, colored: boolean): readonly string[] {
  const color = paint(colored)
  const mark = {
    equal: color.green('✓'),
    different: color.red('✗'),
    undecided: color.yellow('?'),
  } satisfies Record<Comparison['verdict'], string>
  const word = {
    equal: '',
    different: ': differ',
    undecided: ': kept changing while they were looked at',
  } satisfies Record<Comparison['verdict'], string>
  const count = rows === null ? '' : ` (${rows})`
  return [
    `  ${mark[verdict]} ${printable(what)}${count}${word[verdict]}`,
    ...detail.map((line) => `      ${printable(line)}`),
  ]
}
