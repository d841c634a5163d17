import type { Disagreement, LockHeld, Trace, TracedPart, TracedStatement } from '../model/trace.ts'
import type { Stalls } from '../model/effect.ts'
import { lockModes } from '../postgres/lock-mode.ts'
import { bytesText } from './bytes.ts'
import { caretFrame, placeOf } from './caret-frame.ts'
import { counted } from './counted.ts'
import { duration } from './duration.ts'
import { paint } from './paint.ts'
import { printable } from './printable.ts'

/**
 * A table for a terminal of 100 columns: each statement in one line, below it what was seen of it, each with a tick where
 * the model agrees. `lineOf` gives a file's line, from 1, for the caret where it does not.
 */
export function tracePretty(
  trace: Trace,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
): string {
  return [
    `PostgreSQL ${trace.serverVersion}, up to ${counted(trace.rowsPerTable, 'generated row')} in each table`,
    ...trace.assumptions.flatMap((assumption) => wrapped(`assumed: ${assumption}`)),
    '',
    ...trace.parts.flatMap((part) => [...partLines(part, lineOf, colored), '']),
    ...trace.notRun.map((name) => `not run: ${name}`),
    summaryLine(trace, colored),
    '',
  ].join('\n')
}

const width = { place: 6, text: 52, duration: 10, wal: 8 }

const lineLengthMax = 100

/** Broken between words, the later lines further in. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = []
  let line = ' '
  for (const word of printable(text).split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > lineLengthMax) {
      lines.push(line)
      line = '   '
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

function partLines(
  part: TracedPart,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
): readonly string[] {
  const color = paint(colored)
  const how = {
    file: 'in one transaction',
    statement: 'each statement by itself',
    phase: 'each step as it is applied',
  }[part.transaction ?? 'phase']
  const head = row(['line', part.kind === 'phase' ? 'step' : 'statement', 'duration', 'WAL', 'who waits'])
  if (part.statements.length === 0) return [`${color.bold(part.name)}, nothing to run`]
  return [
    `${color.bold(part.name)}, ${how}`,
    color.dim(head),
    ...part.statements.flatMap((statement) => statementLines(statement, lineOf, colored)),
  ]
}

function row([place, text, took, wal, waits]: readonly [string, string, string, string, string]): string {
  return [
    place.padStart(width.place),
    shortened(text, width.text).padEnd(width.text),
    took.padStart(width.duration),
    wal.padStart(width.wal),
    waits,
  ]
    .join('  ')
    .trimEnd()
}

function shortened(text: string, length: number): string {
  const line = printable(text).replaceAll(/ +/g, ' ')
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`
}

const waitsInWords = {
  reads: 'SELECT waits',
  writes: 'writes wait',
  rows: 'same rows wait',
} satisfies Record<NonNullable<Stalls>, string>

function statementLines(
  statement: TracedStatement,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
): readonly string[] {
  const { position, waits } = statement
  const color = paint(colored)
  const [place, text] = [position === null ? '' : String(position.line), statement.text]
  if (statement.failure !== null) {
    return [row([place, text, '', '', 'failed']), ...failureLines(statement, lineOf, colored)]
  }
  const took = duration(statement.durationMs)
  const who = waits === null ? 'nobody' : waitsInWords[waits]
  return [
    row([place, text, took, bytesText(statement.walBytes), who]),
    ...seenLines(statement, colored),
    ...(statement.how === 'sampled'
      ? [color.dim(`${indent}  sampled from beside: a lock may be missed, scans and rows cannot be told`)]
      : []),
    ...disagreementLines(statement, lineOf, colored),
  ]
}

const indent = ' '.repeat(width.place + 2)

function failureLines(
  { position, failure }: TracedStatement,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
): readonly string[] {
  if (failure === null) return []
  const color = paint(colored)
  const { at, message, sqlstate } = failure
  const code = sqlstate === null ? '' : ` (${sqlstate})`
  const error = `${indent}${color.red('error')}: ${printable(message)}${code}`
  if (at === null) return [error]
  const isWhole = position?.line === at.line && position.column === at.column
  const stretch = isWhole ? position : { ...at, endLine: at.line, endColumn: at.column + 1 }
  const frame = caretFrame(stretch, lineOf(at.path, at.line))
  return [error, `${indent}${color.cyan(placeOf(at))}`, ...framed(frame)]
}

function framed(frame: string): readonly string[] {
  return frame.split('\n').map((line) => `${indent}${line}`)
}

/** What was seen: a tick where the model has it too, a cross where it has not, a dot where nothing is to be said. */
function seenLines(statement: TracedStatement, colored: boolean): readonly string[] {
  const color = paint(colored)
  const isNews = (what: Disagreement['what'], relation: string): boolean =>
    statement.disagreements.some(
      (one) => one.kind === 'not-predicted' && one.what === what && one.relation === relation,
    )
  const line = (what: Disagreement['what'], relation: string, words: string): string =>
    `${indent}${isNews(what, relation) ? color.red('✗') : color.green('✓')} ${words}`
  return [
    ...statement.locks.filter(isTelling).map((lock) => {
      const words = `${lock.mode} on ${lock.relation}`
      if (lock.carried) return color.dim(`${indent}· ${words}, carried`)
      const isCompared =
        isNews('lock', lock.relation) ||
        statement.predicted.locks.some(({ relation }) => relation === lock.relation)
      return isCompared ? line('lock', lock.relation, words) : color.dim(`${indent}· ${words}`)
    }),
    ...statement.rewrites.map((name) => line('rewrite', name, `${name} is written anew`)),
    ...statement.scans.map((name) => line('scan', name, `${name} is read from end to end`)),
    ...statement.builds.map((name) => line('build', name, `an index is built on ${name}`)),
    ...statement.rowsChanged.map(({ relation, rows }) =>
      line('rows', relation, `${counted(rows, 'row')} of ${relation} changed`),
    ),
  ]
}

/** Weaker modes stop nobody but the strongest, and every statement takes them: they are in the JSON. */
function isTelling({ mode }: LockHeld): boolean {
  return lockModes.indexOf(mode) >= lockModes.indexOf('ShareUpdateExclusive')
}

const whatInWords = {
  lock: ({ relation, mode }) => `${mode} on ${relation}`,
  rewrite: ({ relation }) => `a rewrite of ${relation}`,
  scan: ({ relation }) => `a scan of ${relation}`,
  build: ({ relation }) => `an index built on ${relation}`,
  rows: ({ relation }) => `rows of ${relation} changed`,
} satisfies Record<Disagreement['what'], (one: Disagreement) => string>

function disagreementLines(
  { position, disagreements }: TracedStatement,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
): readonly string[] {
  if (disagreements.length === 0) return []
  const color = paint(colored)
  const place =
    position === null
      ? []
      : [
          `${indent}${color.cyan(placeOf(position))}`,
          ...framed(caretFrame(position, lineOf(position.path, position.line))),
        ]
  return [
    ...place,
    ...disagreements.map((one) => {
      const which = one.kind === 'not-seen' ? 'predicted, not seen' : 'seen, not predicted'
      return `${indent}${color.red(which)}: ${whatInWords[one.what](one)}`
    }),
  ]
}

function summaryLine({ summary, parts, notRun }: Trace, colored: boolean): string {
  const { statements, disagreements, failures } = summary
  const kind = parts.some((part) => part.kind === 'phase') ? 'step' : 'statement'
  const counts = [
    disagreements === 0 ? 'the model agrees' : counted(disagreements, 'disagreement'),
    ...(failures === 0 ? [] : [`${failures} failed`]),
    ...(notRun.length === 0 ? [] : [`${notRun.length} not run`]),
  ]
  const line = `${counted(statements, kind)}: ${counts.join(', ')}`
  const color = paint(colored).bold
  return disagreements + failures > 0 ? color.red(line) : color.green(line)
}
