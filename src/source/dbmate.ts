/**
 * `{version}….sql` in the order of file names, with `-- migrate:up` and `-- migrate:down` in it; files that do not begin with
 * digits are passed over (pkg/dbmate/db.go of amacneil/dbmate). A block is one transaction; one with `transaction:false`
 * behind its marker is sent as one message.
 */
import type { Migration, TransactionMode } from '../model/migration.ts'
import type { Problem } from '../model/problem.ts'
import { byFileName, isSql, leadingDigits, migrationOf, readEach, stemOf } from './file-name.ts'
import { type Layout, type ReadFile, type SourceFile, passedOver } from './layout.ts'
import { fileProblem, lineProblem } from './line-problem.ts'
import { type Line, linesOf } from './lines.ts'
import { onlySections } from './section.ts'

interface Marker {
  readonly direction: Migration['direction']
  readonly transaction: TransactionMode
  readonly line: Line
}

/** A line that begins with `--`, then the marker, then its options (`upRegExp` in pkg/dbmate/migration.go). */
function markerOf(line: Line): Marker | null {
  if (!line.text.startsWith('--')) return null
  const [marker, ...options] = line.text.slice(2).trim().split(/\s+/)
  if (marker !== 'migrate:up' && marker !== 'migrate:down') return null
  const direction = marker === 'migrate:up' ? 'up' : 'down'
  return { direction, transaction: options.includes('transaction:false') ? 'message' : 'file', line }
}

function readBlocks(file: SourceFile): ReadFile {
  const lines = linesOf(file.text)
  const markers = lines.flatMap((line) => markerOf(line) ?? [])
  const [up, down] = markers
  const problem = problemOf(file.path, lines, markers)
  if (problem !== null) return { migrations: [], problems: [problem] }
  if (up === undefined || down === undefined) return passedOver
  const version = leadingDigits(stemOf(file.path))
  const rest = stemOf(file.path).slice(version.length)
  const name = rest.startsWith('_') ? rest.slice(1) : rest
  const migration = ({ direction, transaction }: Marker, start: number, end: number) =>
    migrationOf(
      file,
      { version, name, direction, transaction },
      'dbmate',
      onlySections(file.text, [{ start, end }]),
    )
  return {
    migrations: [
      migration(up, up.line.start, down.line.start),
      migration(down, down.line.start, file.text.length),
    ],
    problems: [],
  }
}

/** What dbmate refuses, and what it takes and lockstep does not: several up blocks in one file. */
function problemOf(path: string, lines: readonly Line[], markers: readonly Marker[]): Problem | null {
  const [first, second, third] = markers
  const missing = (direction: string) =>
    fileProblem(
      'missing-marker',
      `${path} has no line -- migrate:${direction}, without which dbmate does not run it`,
      'Write -- migrate:up before the SQL and -- migrate:down before what takes it back.',
    )
  if (!markers.some(({ direction }) => direction === 'up') || first === undefined) return missing('up')
  if (!markers.some(({ direction }) => direction === 'down') || second === undefined) return missing('down')
  const early = lines.find(({ text, start }) => start < first.line.start && isStatement(text))
  if (early !== undefined || first.direction === 'down') {
    return lineProblem(path, early ?? first.line, {
      code: 'marker-order',
      message: 'dbmate takes nothing but comments before -- migrate:up',
      hint: 'Move it behind the line -- migrate:up.',
    })
  }
  const extra = third ?? (second.direction === 'up' ? second : undefined)
  if (extra === undefined) return null
  return lineProblem(path, extra.line, {
    code: 'several-sections',
    message: `This is the second -- migrate:${extra.direction} of the file, and lockstep reads one of each`,
    hint: 'Make it a file of its own.',
  })
}

function isStatement(line: string): boolean {
  const written = line.trim()
  return written !== '' && !written.startsWith('--')
}

export const dbmate: Layout = {
  name: 'dbmate',
  transaction: 'file',
  detect: (files) =>
    files.some(
      ({ path, text }) =>
        isSql(path) &&
        text.includes('migrate:up') &&
        linesOf(text).some((line) => markerOf(line)?.direction === 'up'),
    ),
  read: (files) =>
    readEach(files, { compare: byFileName, sameVersion: (version) => version, inPairs: false }, (file) =>
      leadingDigits(stemOf(file.path)) === '' ? passedOver : readBlocks(file),
    ),
}
