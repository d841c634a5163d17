import type { RepairReport } from '../model/repair.ts'
import { counted } from './counted.ts'
import { debrisWords } from './debris-words.ts'
import { appliedDetail, failureLines } from './outcome-lines.ts'
import { paint } from './paint.ts'
import { printable } from './printable.ts'

/** What lies about and what to do about it; of what was to be mended, what became of it. */
export function repairPretty({ debris }: RepairReport, colored: boolean): string {
  if (debris.length === 0) return 'nothing is left over here\n'
  const waiting = debris.filter(({ outcome, repair }) => outcome === null && repair !== null)
  return [
    ...debris.flatMap((one) => linesOf(one, colored)),
    ...(waiting.length === 0
      ? []
      : [
          '',
          `${counted(waiting.length, 'thing')} can be mended: migrate repair --all, or by name: migrate repair '${waiting[0]?.object ?? ''}'`,
        ]),
    '',
  ].join('\n')
}

function linesOf(one: RepairReport['debris'][number], colored: boolean): readonly string[] {
  const color = paint(colored)
  const { repair, advice, outcome } = one
  const name = printable(debrisWords(one))
  if (outcome === null || outcome.status === 'not-run' || outcome.status === 'waiting-at-gate') {
    return [`  ${color.yellow('left over')} ${name}`, `      ${printable(advice)}`]
  }
  const title = repair === null ? name : printable(repair.title)
  if (outcome.status === 'applied') {
    return [`  ${color.green('✓')} ${title} ${color.dim(`(${appliedDetail(outcome, null)})`)}`]
  }
  if (outcome.status === 'already-applied') return [`  ${color.green('✓')} ${title}`]
  return failureLines(title, outcome, colored)
}
