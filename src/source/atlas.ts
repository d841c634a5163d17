/**
 * `{version}_{name}.sql` in the order of file names, beside `atlas.sum` (sql/migrate/dir.go of ariga/atlas). One transaction a
 * file; after `-- atlas:txmode none` each statement by itself (`txmodeFor` in cmd/atlas/internal/cmdapi/migrate.go). Checkpoint
 * files are for empty databases only, and passed over. There is no way down.
 */
import type { Migration, TransactionMode } from '../model/migration.ts'
import type { Problem } from '../model/problem.ts'
import { baseName, byFileName, isSql, migrationOf, readEach, splitDirection, stemOf } from './file-name.ts'
import { type Layout, type ReadFile, type SourceFile, passedOver } from './layout.ts'
import { lineProblem } from './line-problem.ts'
import { type Line, linesOf } from './lines.ts'

/** The checksums that Atlas keeps beside the files it has written. */
export const atlasSum = 'atlas.sum'

interface Directive {
  readonly name: string
  readonly value: string
  readonly line: Line
}

/** The comments that a file begins with, if an empty line parts them from its statements (`LocalFile.comments`). */
function headerOf(text: string): readonly Line[] {
  const lines = linesOf(text)
  const end = lines.findIndex((line) => !line.text.startsWith('--') && !line.text.startsWith('#'))
  if (end < 0) return lines
  return lines[end]?.text.trim() === '' ? lines.slice(0, end) : []
}

function directivesOf(lines: readonly Line[]): readonly Directive[] {
  return lines.flatMap((line) => directiveOf(line) ?? [])
}

/** `-- atlas:name value` (`reDirective`). */
function directiveOf(line: Line): Directive | null {
  const marker = 'atlas:'
  const at = line.text.indexOf(marker)
  if (at < 0) return null
  const [name = '', ...rest] = line.text.slice(at + marker.length).split(' ')
  return { name, value: rest.join(' ').trim(), line }
}

function readFile(file: SourceFile): ReadFile {
  const directives = directivesOf(headerOf(file.text))
  if (directives.some(({ name }) => name === 'checkpoint')) return passedOver
  const modes = directives.filter(({ name }) => name === 'txmode')
  const wrong = modes.find(({ value }, index) => index > 0 || (value !== 'none' && value !== 'file'))
  if (wrong !== undefined) return { migrations: [], problems: [txmodeProblem(file.path, wrong)] }
  const transaction: TransactionMode = modes[0]?.value === 'none' ? 'statement' : 'file'
  const delimited = withDelimiters(file)
  if ('code' in delimited) return { migrations: [], problems: [delimited] }
  const [version = '', ...rest] = stemOf(file.path).split('_')
  const read: Pick<Migration, 'version' | 'name' | 'direction'> = {
    version,
    name: rest.join('_'),
    direction: 'up',
  }
  return { migrations: [migrationOf(file, { ...read, transaction }, 'atlas', delimited.text)], problems: [] }
}

function txmodeProblem(path: string, { line }: Directive): Problem {
  return lineProblem(path, line, {
    code: 'unknown-marker',
    message: 'Atlas takes one txmode in a file, none or file',
    hint: 'Write -- atlas:txmode none for a file that cannot run in a transaction.',
  })
}

/** The text with semicolons where `-- atlas:delimiter` in its first line ends statements by something else. */
function withDelimiters(file: SourceFile): { readonly text: string } | Problem {
  const [first, ...lines] = linesOf(file.text)
  const directive = first?.text.startsWith('-- atlas:') === true ? directiveOf(first) : null
  if (first === undefined || directive?.name !== 'delimiter') return { text: file.text }
  const delimiter = directive.value.replaceAll('\\n', '\n').replaceAll('\\r', '\r').replaceAll('\\t', '\t')
  const head = file.text.slice(0, first.end)
  const parts = file.text.slice(first.end).split(delimiter)
  let text = head
  for (const [index, part] of parts.entries()) {
    text += part
    if (index === parts.length - 1) break
    const isEnded = ['', ';'].includes(part.trim().slice(-1))
    if (!isEnded && delimiter.trim() === '') return unendedStatement(file.path, lines, text.length)
    text += isEnded || delimiter === ';' ? blankDelimiter(delimiter) : `;${' '.repeat(delimiter.length - 1)}`
  }
  return { text }
}

/** A delimiter of line ends keeps them; one of other characters is not SQL. */
function blankDelimiter(delimiter: string): string {
  return Array.from({ length: delimiter.length }, (_, at) =>
    '\r\n'.includes(delimiter.charAt(at)) ? delimiter.charAt(at) : ' ',
  ).join('')
}

function unendedStatement(path: string, lines: readonly Line[], end: number): Problem {
  const line = lines.findLast(({ start, text }) => start < end && text.trim() !== '')
  return lineProblem(path, line ?? { text: '', number: 1, start: 0, end: 0 }, {
    code: 'unended-statement',
    message: 'This statement ends by the delimiter of the file alone, which is empty lines',
    hint: 'End it with a semicolon as well: Atlas takes both.',
  })
}

export const atlas: Layout = {
  name: 'atlas',
  transaction: 'file',
  // Of files in pairs it keeps the sum too, but those are another runner's.
  detect: (files) =>
    files.some(({ path }) => baseName(path) === atlasSum) &&
    files.every(({ path }) => !isSql(path) || splitDirection(stemOf(path)).direction === null),
  read: (files) =>
    readEach(files, { compare: byFileName, sameVersion: (version) => version, inPairs: false }, readFile),
}
