import type { ApplicationName, DemoReport, DemoRun, DemoTarget } from '../model/demo.ts'
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
    ...whoWasAtWork(report),
    row('transactions', report, ({ load }) => String(load.transactions)),
    row('failed transactions', report, ({ load }) => String(load.failed)),
    ...failedByApplication(report),
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
    ...report.runs.flatMap((run) => footnotes(run, report.applications)),
    'Rows differ between runs by what the load itself inserted and deleted. A wait is the upgrade’s when the chain of',
    'blockers that the server names leads to it. Latency counts from when a transaction was due.',
    '',
    color.bold('Next'),
    ...next[report.to],
    '',
  ].join('\n')
}

const next = {
  '1.x': [
    '  npx migrate lint migrations/1.x     what the stock migrations would do to a busy server, and why',
    '  npx migrate plan migrations/1.x --through 20190617000200 --format markdown       the steps in their place',
    '  npx migrate explain replace-index-order     one rule: what, why, what to do instead',
  ],
  '2.x': [
    '  npx migrate lint migrations/2.x     what the stock migrations would do to a busy server, and why',
    '  npx migrate plan migrations/1.x migrations/2.x --through 20220801000300 --format markdown',
    '                                      the steps in their place, and the gate where the deploy comes',
    '  npx migrate explain rename-column   one rule: what, why, what to do instead',
  ],
} as const satisfies Record<DemoTarget, readonly string[]>

/** Nothing where one application is at work from the beginning to the end. */
function whoWasAtWork(report: DemoReport): readonly (readonly string[])[] {
  const { old, new: deployed } = report.applications
  if (deployed === null) return []
  return [
    row(`${old} alone at work`, report, ({ atWork }) => duration(atWork.oldMs)),
    row(`${old} and ${deployed} at work`, report, ({ atWork }) => orDash(atWork.bothMs)),
    row(`${deployed} alone at work`, report, ({ atWork }) => orDash(atWork.newMs)),
  ]
}

function failedByApplication(report: DemoReport): readonly (readonly string[])[] {
  const { old, new: deployed } = report.applications
  if (deployed === null) return []
  return [old, deployed].map((application) =>
    row(`  of ${application}`, report, ({ load }) => {
      const figures = load.byApplication.find((one) => one.application === application)
      return figures === undefined ? '–' : `${figures.failed} of ${figures.transactions}`
    }),
  )
}

function orDash(ms: number | null): string {
  return ms === null ? '–' : duration(ms)
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

/** A table that would be wider has its cells, not its labels, on several lines. */
const charactersMax = 110
const cellCharactersMax = 19

function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const whole = padded(lines)
  if (whole.every((line) => line.length <= charactersMax)) return whole
  return padded(lines.flatMap((line) => folded(line)))
}

function padded(lines: readonly (readonly string[])[]): readonly string[] {
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

/** The cells of one line on as many lines as the longest of them needs. */
function folded([label = '', ...cells]: readonly string[]): readonly (readonly string[])[] {
  const parts = cells.map((cell) => foldedCell(cell))
  return Array.from({ length: Math.max(1, ...parts.map(({ length }) => length)) }, (_, line) => [
    line === 0 ? label : '',
    ...parts.map((part) => part[line] ?? ''),
  ])
}

function foldedCell(cell: string): readonly string[] {
  return cell.split(' ').reduce<readonly string[]>((lines, word) => {
    const longer = [...lines.slice(-1), word].join(' ')
    return longer.length <= cellCharactersMax ? [...lines.slice(0, -1), longer] : [...lines, word]
  }, [])
}

function footnotes(run: DemoRun, applications: DemoReport['applications']): readonly string[] {
  const broken = run.invariants.filter(({ held }) => !held)
  const withheld = run.upgradeMs !== null && applications.new !== null && run.atWork.bothMs === null
  return [
    ...[...new Set(run.upgradeFailures)].map((failure) => `${run.name}: ${failure}${times(run, failure)}`),
    ...(withheld
      ? [
          `${run.name}: the ${applications.new} application was not deployed, for the upgrade did not complete`,
        ]
      : []),
    ...failedTransactions(run, applications.new),
    ...broken.map(({ name, detail }) => `${run.name}: broken: ${name} (${detail ?? ''})`),
  ]
}

/** Says whose they were, where two applications were at work. */
function failedTransactions({ name, load }: DemoRun, deployed: ApplicationName | null): readonly string[] {
  if (deployed === null) {
    return Object.entries(load.failures).map(
      ([code, count]) => `${name}: ${count} transactions failed with ${code}`,
    )
  }
  return load.byApplication.flatMap(({ application, failures }) =>
    Object.entries(failures).map(
      ([code, count]) => `${name}: ${count} transactions of ${application} failed with ${code}`,
    ),
  )
}

function times(run: DemoRun, failure: string): string {
  const count = run.upgradeFailures.filter((other) => other === failure).length
  return count === 1 ? '' : ` (${count} times)`
}
