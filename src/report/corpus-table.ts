import type { CorpusLoad, CorpusReport, CorpusRun, CorpusStalls } from '../model/corpus.ts'
import { configDefaults } from '../model/config-defaults.ts'
import { counted } from './counted.ts'
import { duration } from './duration.ts'
import { paint } from './paint.ts'
import { printable } from './printable.ts'

/** What became of a folder's migrations, in numbers; then each refusal and each failure with its reason. */
export function corpusTable(report: CorpusReport, colored: boolean): string {
  const color = paint(colored)
  const { read, pending } = report
  const lines: readonly (readonly [string, number | string, string])[] = [
    ['files', read.files, `layout ${report.layout}, PostgreSQL ${report.serverVersion}`],
    ['statements', read.statements, counted(read.syntaxErrors, 'syntax error')],
    ['opaque', read.opaque, 'statements of which it is not known what they do or reach'],
    [
      'findings',
      read.findings.errors + read.findings.warnings + read.findings.infos,
      `${counted(read.findings.errors, 'error')}, ${counted(read.findings.warnings, 'warning')}, ${counted(read.findings.infos, 'info')}`,
    ],
    ['applied before', report.base, ''],
    ['pending', pending.files, counted(pending.statements, 'statement')],
    ['planned', filesOf(report, 'planned'), plannedNote(report)],
    ['refused', filesOf(report, 'refused'), ''],
    ['failed', filesOf(report, 'failed') + read.crashes.length, ''],
    ['differences', report.differences.length, rowsNote(report)],
  ]
  return [
    ...lines.map(([label, value, note]) =>
      `${label.padEnd(16)}${String(value).padStart(6)}   ${note}`.trimEnd(),
    ),
    ...report.runs.filter(({ status }) => status === 'refused').flatMap((run) => reasons(run, color.yellow)),
    ...report.runs.filter(({ status }) => status === 'failed').flatMap((run) => reasons(run, color.red)),
    ...read.crashes.map((crash) => color.red(`\nfailed  ${printable(crash)}`)),
    ...(report.differences.length === 0 ? [] : ['', ...report.differences.map((line) => printable(line))]),
    ...(report.load === null ? [] : ['', ...loadLines(report.load)]),
    ...(report.stalls === null ? [] : ['', ...stallLines(report.stalls)]),
    '',
  ].join('\n')
}

/** The promise that the corpus is held to. */
export function corpusHolds({ read, runs, rows, differences, load }: CorpusReport): boolean {
  return (
    read.crashes.length === 0 &&
    rows.missing === null &&
    differences.length === 0 &&
    runs.every(({ status }) => status !== 'failed') &&
    (load === null || bearsLoad(load))
  )
}

function bearsLoad({ stopped, figures, longestWaitOfPlan }: CorpusLoad): boolean {
  return (
    stopped === null &&
    figures.failed === 0 &&
    (longestWaitOfPlan === null || longestWaitOfPlan.ms <= configDefaults.stallBudgetMs)
  )
}

function filesOf({ runs }: CorpusReport, status: CorpusRun['status']): number {
  return runs.filter((run) => run.status === status).reduce((sum, { files }) => sum + files.length, 0)
}

function plannedNote({ runs }: CorpusReport): string {
  const planned = runs.filter(({ status }) => status === 'planned')
  const steps = planned.reduce((sum, run) => sum + run.steps, 0)
  const writes = planned.reduce((sum, { proof }) => sum + (proof?.writes ?? 0), 0)
  return `in ${counted(planned.length, 'plan')} of ${counted(steps, 'step')}, proved with ${counted(writes, 'write')} beside the backfills`
}

function rowsNote({ rows }: CorpusReport): string {
  if (rows.missing !== null) return `of the schema alone, for there are no rows: ${printable(rows.missing)}`
  return `from the author’s own end, with ${counted(rows.rows, 'row')} in ${counted(rows.tables, 'table')} before the first`
}

function reasons({ status, files, because }: CorpusRun, color: (text: string) => string): readonly string[] {
  return [
    '',
    ...files.map((file) => color(`${status}  ${printable(file)}`)),
    ...because.map((reason) => `  ${printable(reason)}`),
  ]
}

function stallLines({ known, unknown, notRun }: NonNullable<CorpusReport['stalls']>): readonly string[] {
  const line = (label: string, value: (one: CorpusStalls) => number): string =>
    `  ${label.padEnd(28)}${String(value(known)).padStart(14)}${String(value(unknown)).padStart(12)}`
  const all = (list: (one: CorpusStalls) => readonly string[], what: string): readonly string[] =>
    [...new Set([...list(known), ...list(unknown)])].map((one) => `  ${what}  ${printable(one)}`)
  return [
    `${'stalls by lint'.padEnd(30)}${'catalog known'.padStart(14)}${'unknown'.padStart(12)}`,
    line('statements measured', ({ statements }) => statements),
    line('real stalls', ({ real }) => real),
    line('missed', ({ missed }) => missed.length),
    line('false alarms', ({ falseAlarms }) => falseAlarms.length),
    line('changes that met no row', ({ metNoRow }) => metNoRow),
    ...all(({ missed }) => missed, 'missed'),
    ...all(({ falseAlarms }) => falseAlarms, 'false alarm'),
    ...(notRun.length === 0 ? [] : [`  ${counted(notRun.length, 'file')} not run`]),
  ]
}

function loadLines(load: CorpusLoad): readonly string[] {
  const { figures, longestWaitOfPlan: ours, longestWaitOfOthers: others } = load
  const waited = (wait: typeof ours): string =>
    wait === null ? 'none seen' : `${duration(wait.ms)}  ${printable(wait.waiting)}`
  return [
    `load             ${counted(load.tokens, 'access token')}, the plan took ${duration(load.applyMs)}`,
    ...(load.stopped === null ? [] : [`  stopped: ${printable(load.stopped)}`]),
    `  transactions       ${figures.transactions}, p50 ${duration(figures.latencyMs.p50)}, p99 ${duration(figures.latencyMs.p99)}, max ${duration(figures.latencyMs.max)}`,
    `  failed             ${figures.failed}${Object.entries(figures.failures)
      .map(([code, count]) => `, ${count} with ${printable(code)}`)
      .join('')}`,
    `  longest wait ours  ${waited(ours)}`,
    `  longest of others  ${waited(others)}`,
  ]
}
