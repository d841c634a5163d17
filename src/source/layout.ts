import type { Migration } from '../model/migration.ts'
import type { Result } from '../model/problem.ts'

/** A file as the command line hands it over. `path`: relative, with forward slashes. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** How a migration runner names its files, orders them and wraps them in transactions. */
export interface Layout {
  readonly name: string
  /** Do these look like this layout's files? Paths that do not end in `.sql` are not asked for. */
  detect(paths: readonly string[]): boolean
  /** Both directions, in the order in which the runner goes up. All that is wrong is said at once. */
  read(files: readonly SourceFile[]): Result<readonly Migration[]>
}
