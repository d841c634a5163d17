/** Makes the table of `npm run faults` of a run of the faults' tests: step kinds by faults, and how many were survived. */
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { FaultResult } from './fault-case.ts'
import { stepKinds } from './fault-plan.ts'

export default class FaultReporter implements Reporter {
  private readonly results: FaultResult[] = []

  onTestCaseResult(test: TestCase): void {
    const results = test.meta().faults ?? []
    this.results.push(...results)
    if (results.length === 0) return
    const failed = results.filter(({ error }) => error !== null)
    process.stderr.write(`${test.fullName}: ${results.length - failed.length} of ${results.length}\n`)
    for (const { case: one, error } of failed) {
      const place = `${one.action}, ${one.when} message ${one.message} of ${one.step}, then ${one.next}`
      process.stderr.write(`  ${place}: ${error}\n`)
    }
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly { readonly message: string }[]): void {
    const all = [...modules.flatMap((module) => module.errors()), ...errors]
    for (const { message } of all) process.stderr.write(`${message}\n`)
    process.stdout.write(tableOf(this.results))
  }
}

function tableOf(results: readonly FaultResult[]): string {
  const names = [...new Set(results.map(({ case: { fault } }) => fault))]
  const of = (name: string): readonly FaultResult[] => results.filter(({ case: { fault } }) => fault === name)
  const rows = [
    ['', ...stepKinds, 'forth', 'back', 'survived'],
    ...names.map((name) => [
      name,
      ...stepKinds.map((kind) => survived(of(name).filter((one) => one.case.kind === kind))),
      survived(of(name).filter((one) => one.case.action === 'apply')),
      survived(of(name).filter((one) => one.case.action === 'rollback')),
      survived(of(name)),
    ]),
    [
      'all',
      ...stepKinds.map((kind) => survived(results.filter((one) => one.case.kind === kind))),
      survived(results.filter((one) => one.case.action === 'apply')),
      survived(results.filter((one) => one.case.action === 'rollback')),
      survived(results),
    ],
  ]
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0))) ?? []
  const lines = rows.map((cells) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  )
  const missed = results.filter(({ struck }) => !struck).length
  const places = (['before', 'during', 'after'] as const).map(
    (when) => `${when} ${survived(results.filter((one) => one.case.when === when))}`,
  )
  return `${lines.join('\n')}\n\nof a message: ${places.join(', ')}; ${missed} places were not come to\n`
}

/** `12`, or `11 of 12` where one was not. */
function survived(results: readonly FaultResult[]): string {
  const held = results.filter(({ error }) => error === null).length
  if (results.length === 0) return '–'
  return held === results.length ? String(held) : `${held} of ${results.length}`
}
