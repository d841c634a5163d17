import type { Migration, TransactionMode } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'

/** A file as the command line hands it over. `path`: relative, with forward slashes. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** How a migration runner names its files, orders them and wraps them in transactions. */
export interface Layout {
  readonly name: string
  /** What its runner does with a file that says nothing of transactions itself. */
  readonly transaction: TransactionMode
  /** Do these look like this layout's files? */
  detect(files: readonly SourceFile[]): boolean
  /** Both directions, in the order in which the runner goes up. All that is wrong is said at once. */
  read(files: readonly SourceFile[]): Result<readonly Migration[]>
}

/** What became of one file. Neither: its runner passes it over, and so do we. */
export interface ReadFile {
  readonly migrations: readonly Migration[]
  readonly problems: readonly Problem[]
}

export const passedOver: ReadFile = { migrations: [], problems: [] }
