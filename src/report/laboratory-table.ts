import type { LaboratoryReport } from '../model/laboratory.ts'
import { paint } from './paint.ts'

/** Cases by major, those that agree and those that do not; then each disagreement with both sides. */
export function laboratoryTable({ measured, disagreements }: LaboratoryReport, colored: boolean): string {
  const color = paint(colored)
  const rows = measured.servers.map((version) => {
    const major = Number.parseInt(version, 10)
    const tried = measured.cases.filter(({ seen }) => seen.some(({ majors }) => majors.includes(major)))
    const wrong = new Set(disagreements.filter((one) => one.major === major).map(({ sql }) => sql))
    return [version, tried.length, tried.length - wrong.size, wrong.size] as const
  })
  const cells = [['PostgreSQL', 'cases', 'agree', 'disagree'], ...rows.map((row) => row.map(String))]
  return [
    ...cells.map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(12) : cell.padStart(9))).join('')),
    `${'all'.padEnd(12)}${String(measured.cases.length).padStart(9)}`,
    ...disagreements.flatMap(({ major, sql, catalog, said, seen }) => [
      '',
      color.red(`${major}, catalog ${catalog}: ${sql}`),
      `  model   ${said}`,
      `  server  ${seen}`,
    ]),
    '',
  ].join('\n')
}
