import type { Migration, TransactionMode } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'
import { isSql } from './file-name.ts'
import type { Layout, SourceFile } from './layout.ts'
import { layouts } from './layouts.ts'

export interface ReadMigrations {
  readonly layout: string
  /** In the order in which they run. */
  readonly up: readonly Migration[]
  /** Newest first, as a runner goes down. */
  readonly down: readonly Migration[]
}

/**
 * The migrations of one folder. `layout` null: found out from the names. `transaction` replaces what the layout's runner
 * does by default; a file that says otherwise by its own name keeps its word.
 */
export function readMigrations(
  files: readonly SourceFile[],
  options: { readonly layout: string | null; readonly transaction: TransactionMode | null },
): Result<ReadMigrations> {
  const layout =
    options.layout === null ? detected(files) : layouts.find(({ name }) => name === options.layout)
  if (layout === undefined) return { ok: false, problems: [noLayout(files, options.layout)] }
  const read = layout.read(files)
  if (!read.ok) return read
  const migrations = read.value.map((one) =>
    options.transaction === null || one.transaction !== 'file'
      ? one
      : { ...one, transaction: options.transaction },
  )
  return {
    ok: true,
    value: {
      layout: layout.name,
      up: migrations.filter(({ direction }) => direction === 'up'),
      down: migrations.filter(({ direction }) => direction === 'down').toReversed(),
    },
  }
}

function detected(files: readonly SourceFile[]): Layout | undefined {
  const paths = files.map(({ path }) => path).filter(isSql)
  return layouts.find((layout) => layout.detect(paths))
}

function noLayout(files: readonly SourceFile[], asked: string | null): Problem {
  const names = layouts.map(({ name }) => name).join(', ')
  const problem = { position: null, excerpt: null }
  if (asked !== null) {
    return {
      ...problem,
      code: 'unknown-layout',
      message: `There is no layout ${asked}`,
      hint: `The layouts are ${names}.`,
    }
  }
  const example = files.find(({ path }) => isSql(path))?.path ?? 'none of the files'
  return {
    ...problem,
    code: 'no-layout',
    message: `The files follow no layout that is known: ${example} for one`,
    hint: `Name them 0001_what_it_does.sql, or say --layout with one of ${names}.`,
  }
}
