/**
 * `{version}_{name}.sql` with `-- +goose Up` and `-- +goose Down` in it; versions are numbers; files of other names are passed
 * over (provider_collect.go of pressly/goose). One transaction a file, unless it says `-- +goose NO TRANSACTION`: then each
 * statement is sent by itself. What `-- +goose ENVSUB ON` fills in is not known here.
 */
import type { Migration, TransactionMode } from '../model/migration.ts'
import type { Problem } from '../model/problem.ts'
import { byNumber, isSql, leadingDigits, migrationOf, numberKey, readEach, stemOf } from './file-name.ts'
import { type Layout, type ReadFile, type SourceFile, passedOver } from './layout.ts'
import { fileProblem, lineProblem } from './line-problem.ts'
import { type Line, linesOf } from './lines.ts'
import { type Section, onlySections } from './section.ts'

const annotations = [
  'up',
  'down',
  'statementbegin',
  'statementend',
  'no transaction',
  'envsub on',
  'envsub off',
] as const

type Annotation = (typeof annotations)[number]

/** A comment line with `+goose` in it, wherever it stands (`extractAnnotation` in internal/sqlparser/parser.go). */
function annotationOf({ text }: Line): Annotation | 'unknown' | null {
  if (!text.trim().startsWith('--') || !text.includes('+goose')) return null
  const written = text.replaceAll('--', '').replace('+goose', '').trim().toLowerCase()
  const isIndented = text.startsWith(' ') || text.startsWith('\t')
  return (isIndented ? undefined : annotations.find((known) => known === written)) ?? 'unknown'
}

interface State {
  direction: Migration['direction'] | null
  /** The line of a StatementBegin that waits for its end. */
  open: Line | null
  transaction: TransactionMode
  readonly sections: Record<Migration['direction'], Section[]>
  readonly problems: Problem[]
}

function readSections(file: SourceFile): State {
  const state: State = {
    direction: null,
    open: null,
    transaction: 'file',
    sections: { up: [], down: [] },
    problems: [],
  }
  const lines = linesOf(file.text)
  for (const line of lines) readLine(file.path, line, state)
  if (state.open !== null) {
    state.problems.push(
      markerProblem(file.path, state.open, 'This StatementBegin has no -- +goose StatementEnd'),
    )
  }
  if (state.direction === null && state.problems.length === 0) {
    state.problems.push(
      fileProblem(
        'missing-marker',
        `${file.path} has no line -- +goose Up, without which goose does not run it`,
        'Write -- +goose Up before the SQL, and -- +goose Down before what takes it back.',
      ),
    )
  }
  return state
}

function readLine(path: string, line: Line, state: State): void {
  const annotation = annotationOf(line)
  const message = annotation === null ? misplaced(line, state) : complaint(annotation, state)
  if (message !== null) {
    state.problems.push(markerProblem(path, line, message))
    // Once is enough: what follows is told apart as if the marker were there.
    state.direction ??= 'up'
    return
  }
  switch (annotation) {
    case 'up':
    case 'down':
      state.direction = annotation
      break
    case 'statementbegin':
      state.open = line
      break
    case 'statementend':
      state.open = null
      break
    case 'no transaction':
      state.transaction = 'statement'
      break
    case 'envsub on':
    case 'envsub off':
    case 'unknown':
    case null:
      break
  }
  if (state.direction !== null) state.sections[state.direction].push({ start: line.start, end: line.end })
}

function misplaced({ text }: Line, { direction }: State): string | null {
  const written = text.trim()
  if (direction !== null || written === '' || written.startsWith('--')) return null
  return 'goose takes nothing but comments before -- +goose Up'
}

/** What goose refuses of an annotation where it stands; null: nothing. */
function complaint(annotation: Annotation | 'unknown', { direction, open }: State): string | null {
  switch (annotation) {
    case 'unknown':
      return 'goose knows no such annotation, and takes none that is indented'
    case 'up':
      return direction === null ? null : 'This is the second -- +goose Up of the file'
    case 'down':
      if (open !== null) return 'The StatementBegin before it has no -- +goose StatementEnd'
      return direction === 'up'
        ? null
        : 'There must be one -- +goose Up before it, and no other -- +goose Down'
    case 'statementbegin':
      return direction !== null && open === null
        ? null
        : 'It must stand behind -- +goose Up or Down, once a statement'
    case 'statementend':
      return open === null ? 'There is no -- +goose StatementBegin before it' : null
    case 'no transaction':
    case 'envsub on':
    case 'envsub off':
      return null
  }
}

function markerProblem(path: string, line: Line, message: string): Problem {
  return lineProblem(path, line, {
    code: 'marker-order',
    message,
    hint: 'goose refuses the file: https://pressly.github.io/goose/documentation/annotations/',
  })
}

function readFile(file: SourceFile): ReadFile {
  const stem = stemOf(file.path)
  const version = leadingDigits(stem)
  if (version === '' || stem[version.length] !== '_') return passedOver
  const { sections, transaction, problems, direction } = readSections(file)
  if (problems.length > 0) return { migrations: [], problems }
  const directions = direction === 'down' ? (['up', 'down'] as const) : (['up'] as const)
  const name = stem.slice(version.length + 1)
  const migrations = directions.map((one) =>
    migrationOf(
      file,
      { version, name, direction: one, transaction },
      'goose',
      onlySections(file.text, sections[one]),
    ),
  )
  return { migrations, problems: [] }
}

export const goose: Layout = {
  name: 'goose',
  transaction: 'file',
  detect: (files) =>
    files.some(
      ({ path, text }) =>
        isSql(path) && text.includes('+goose') && linesOf(text).some((line) => annotationOf(line) === 'up'),
    ),
  read: (files) => readEach(files, { compare: byNumber, sameVersion: numberKey, inPairs: false }, readFile),
}
