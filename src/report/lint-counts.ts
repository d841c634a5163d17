import type { LintReport, Severity } from '../model/finding.ts'
import { counted } from './counted.ts'

/** From the gravest on. */
export const gravity = { error: 0, warning: 1, info: 2 } satisfies Record<Severity, number>

/** `2 errors, 1 warning in 12 statements of 3 files`: the line that every report for people ends or begins with. */
export function countsLine({ summary, staleBaseline }: LintReport): string {
  const { files, statements, errors, warnings, infos, problems, suppressed, baselined } = summary
  const counts = [
    counted(errors, 'error'),
    counted(warnings, 'warning'),
    infos > 0 ? counted(infos, 'hint') : '',
    problems > 0 ? `${counted(problems, 'place')} not understood` : '',
    suppressed > 0 ? `${suppressed} suppressed` : '',
    baselined > 0 ? `${baselined} in the baseline` : '',
    staleBaseline.length > 0 ? `${counted(staleBaseline.length, 'entry', 'entries')} of it stale` : '',
  ].filter((part) => part !== '')
  return `${counts.join(', ')} in ${counted(statements, 'statement')} of ${counted(files, 'file')}`
}
