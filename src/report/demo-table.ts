import type { DemoReport, DemoRun } from '../model/demo.ts'
import { duration } from './duration.ts'
import { paint } from './paint.ts'

/** The runs side by side, what failed in them, and what to do next. */
export function demoTable(report: DemoReport, colored: boolean): string {
  const color = paint(colored)
  const lines: readonly (readonly string[])[] = [
    ['', ...report.runs.map(({ name }) => name)],
    row('upgrade took', report, upgradeTook),
    row('migrations failed', report, ({ upgradeMs, upgradeFailures }) =>
      upgradeMs === null ? '–' : String(upgradeFailures.length),
    ),
    row('transactions', report, ({ load }) => String(load.transactions)),
    row('failed transactions', report, ({ load }) => String(load.failed)),
    row('slower than 100 ms', report, ({ load }) => String(load.slowerThan100Ms)),
    row('longest wait for the upgrade', report, ({ longestWaitOfUpgrade }) => waited(longestWaitOfUpgrade)),
    row('longest wait for others', report, ({ longestWaitOfOthers }) => waited(longestWaitOfOthers)),
    row('latency p50', report, ({ load }) => duration(load.latencyMs.p50)),
    row('latency p99', report, ({ load }) => duration(load.latencyMs.p99)),
    row('latency max', report, ({ load }) => duration(load.latencyMs.max)),
    row('rows before', report, ({ rows }) => String(rows.reduce((sum, { before }) => sum + before, 0))),
    row('rows after', report, ({ rows }) => String(rows.reduce((sum, { after }) => sum + after, 0))),
    row('invariants held', report, ({ invariants }) => {
      const held = invariants.filter((invariant) => invariant.held).length
      return `${held} of ${invariants.length}`
    }),
  ]
  return [
    color.bold(
      `PostgreSQL ${report.serverVersion}, ${report.tokens} access tokens, ${report.transactionsPerSecond} transactions a second`,
    ),
    '',
    ...aligned(lines),
    '',
    ...report.runs.flatMap((run) => footnotes(run)),
    'Rows differ between runs by what the load itself inserted and deleted. A wait is the upgrade’s when the chain of',
    'blockers that the server names leads to it. Latency counts from when a transaction was due.',
    '',
    color.bold('Next'),
    '  npx migrate lint migrations/1.x     what the stock migrations would do to a busy server, and why',
    '  npx migrate plan migrations/1.x --through 20190617000200 --format markdown       the steps in their place',
    '  npx migrate explain replace-index-order     one rule: what, why, what to do instead',
    '',
  ].join('\n')
}

function row(label: string, { runs }: DemoReport, cell: (run: DemoRun) => string): readonly string[] {
  return [label, ...runs.map(cell)]
}

function upgradeTook({ upgradeMs, completed }: DemoRun): string {
  if (upgradeMs === null) return '–'
  return completed ? duration(upgradeMs) : `${duration(upgradeMs)}, not completed`
}

function waited(wait: DemoRun['longestWaitOfUpgrade']): string {
  return wait === null ? 'none seen' : duration(wait.ms)
}

function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
  return lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd(),
  )
}

function footnotes(run: DemoRun): readonly string[] {
  const broken = run.invariants.filter(({ held }) => !held)
  const failures = Object.entries(run.load.failures)
  return [
    ...[...new Set(run.upgradeFailures)].map((failure) => `${run.name}: ${failure}${times(run, failure)}`),
    ...failures.map(([code, count]) => `${run.name}: ${count} transactions failed with ${code}`),
    ...broken.map(({ name, detail }) => `${run.name}: broken: ${name} (${detail ?? ''})`),
  ]
}

function times(run: DemoRun, failure: string): string {
  const count = run.upgradeFailures.filter((other) => other === failure).length
  return count === 1 ? '' : ` (${count} times)`
}
