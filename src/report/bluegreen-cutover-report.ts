import type { CutoverReport } from '../model/bluegreen-run.ts'
import { duration } from './duration.ts'
import { paint } from './paint.ts'

/** How long writers waited, and for what. */
export function bluegreenCutoverReport(report: CutoverReport, colored: boolean): string {
  const color = paint(colored)
  if (report.pauseMs === null)
    return `${color.green(`Writes go to ${report.to}`)}: what was cut off is done.\n`
  const attempts = report.attempts === 1 ? '' : `, at attempt ${report.attempts}`
  return [
    ...report.steps.map(({ name, ms }) => `  ${name.padEnd(8)} ${duration(ms)}`),
    `${color.green(`Writes go to ${report.to}`)}: they were paused for ${duration(report.pauseMs)}${attempts}`,
    '',
  ].join('\n')
}
