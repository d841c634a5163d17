import type { Migration, TransactionMode } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'
import { isSql } from './file-name.ts'
import type { Layout, SourceFile } from './layout.ts'
import { marked, unmarked } from './layouts.ts'
import { fileProblem } from './line-problem.ts'

export interface ReadMigrations {
  readonly layout: string
  /** In the order in which they run. */
  readonly up: readonly Migration[]
  /** Newest first, as a runner goes down. */
  readonly down: readonly Migration[]
  /** Paths of SQL files that the layout's runner does not run: of other names, or for other databases. */
  readonly passedOver: readonly string[]
}

/**
 * The migrations of one folder. `layout` null: found out from the files. `transaction` replaces what the layout's runner
 * does by default; a file that says otherwise by its own name or marker keeps its word.
 */
export function readMigrations(
  files: readonly SourceFile[],
  options: { readonly layout: string | null; readonly transaction: TransactionMode | null },
): Result<ReadMigrations> {
  const chosen = options.layout === null ? detected(files) : named(options.layout)
  if (!chosen.ok) return chosen
  const layout = chosen.value
  const read = layout.read(files)
  if (!read.ok) return read
  const { transaction } = options
  const migrations =
    transaction === null
      ? read.value
      : read.value.map((one) => (one.transaction === layout.transaction ? { ...one, transaction } : one))
  return {
    ok: true,
    value: {
      layout: layout.name,
      up: migrations.filter(({ direction }) => direction === 'up'),
      down: migrations.filter(({ direction }) => direction === 'down').toReversed(),
      passedOver: passedOver(files, migrations),
    },
  }
}

function passedOver(files: readonly SourceFile[], migrations: readonly Migration[]): readonly string[] {
  const read = new Set(migrations.map(({ path }) => path))
  return files.map(({ path }) => path).filter((path) => isSql(path) && !read.has(path))
}

function named(name: string): Result<Layout> {
  const layout = [...marked, ...unmarked].find((one) => one.name === name)
  if (layout !== undefined) return { ok: true, value: layout }
  return {
    ok: false,
    problems: [
      fileProblem('unknown-layout', `There is no layout ${name}`, `The layouts are ${layoutNames}.`),
    ],
  }
}

function detected(files: readonly SourceFile[]): Result<Layout> {
  const fitting = marked.filter((layout) => layout.detect(files))
  const layout = fitting[0] ?? unmarked.find((one) => one.detect(files))
  if (layout === undefined) return { ok: false, problems: [noLayout(files)] }
  if (fitting.length < 2) return { ok: true, value: layout }
  const names = fitting.map(({ name }) => name)
  return {
    ok: false,
    problems: [
      fileProblem(
        'ambiguous-layout',
        `The files have marks of several layouts: ${names.join(' and ')}`,
        `Say which one runs them: ${names.map((name) => `--layout ${name}`).join(' or ')}, or layout in the config.`,
      ),
    ],
  }
}

function noLayout(files: readonly SourceFile[]): Problem {
  const example = files.find(({ path }) => isSql(path))?.path ?? 'none of the files'
  return fileProblem(
    'no-layout',
    `The files follow no layout that is known: ${example} for one`,
    `Name them 0001_what_it_does.sql, or say --layout with one of ${layoutNames}.`,
  )
}

const layoutNames = [...unmarked, ...marked].map(({ name }) => name).join(', ')
