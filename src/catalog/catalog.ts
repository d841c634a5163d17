import type {
  ColumnSnapshot,
  ConstraintSnapshot,
  IndexSnapshot,
  ServerFacts,
  TableSnapshot,
} from '../model/catalog.ts'
import type { QualifiedName, RelationName } from '../postgres/relation-name.ts'

/** Offline, what no statement has created may still exist: unknown is not absent, and is treated as the worse case. */
export type Lookup<T> = T | 'absent' | 'unknown'
export type Answer = 'yes' | 'no' | 'unknown'

/** What is known of the database at one moment. Immutable: `replay` gives the catalog that an action leaves behind. */
export interface Catalog {
  /** False: objects that nobody has told of may exist. */
  readonly complete: boolean
  /** What the server said of itself before the first statement; null: none was asked. */
  readonly server: ServerFacts | null
  /** Schemas that an unqualified name is looked up in, in order. */
  readonly searchPath: readonly string[]
  /** Settles an unqualified name: the first schema of the search path that has it, else the first of the path. */
  resolve(name: RelationName): QualifiedName
  table(name: RelationName): Lookup<TableSnapshot>
  column(table: RelationName, column: string): Lookup<ColumnSnapshot>
  constraint(table: RelationName, constraint: string): Lookup<ConstraintSnapshot>
  /** An index and the table it stands on. An unqualified index name is looked up along the search path. */
  index(name: RelationName): Lookup<{ readonly index: IndexSnapshot; readonly table: TableSnapshot }>
  /** Foreign keys of other tables (and of itself) that reference `table`. Only the known ones: see `complete`. */
  foreignKeysTo(table: RelationName): readonly {
    readonly table: TableSnapshot
    readonly constraint: ConstraintSnapshot
  }[]
  /** Partitions, transitively, that are known. */
  partitionsOf(table: RelationName): readonly TableSnapshot[]
  /** Tables that inherit from one that is not partitioned, transitively, that are known. */
  heirsOf(table: RelationName): readonly TableSnapshot[]
  /** Null: not known. */
  isUnlogged(table: RelationName): boolean | null
  /** The session's TimeZone; null: the statements do not say. */
  readonly timeZone: string | null
  /** Created since the batch began (`startBatch`): nobody else reads or writes it yet. */
  isNew(table: RelationName): boolean
  /** A type created since the batch began: no column of a table that is in use has it. */
  isNewType(name: RelationName): boolean
  /** Settles an unqualified type name as `resolve` does a relation's. */
  resolveType(name: RelationName): QualifiedName
  /** Has `column` come since the first batch began? The application that runs cannot have written to it. */
  isFresh(table: RelationName, column: string): boolean
  /**
   * What a pending UPDATE has put in place of every NULL in `column`: an expression over the row that gives the same for
   * a row at any time. Null: none has, or not all of them.
   */
  fillOf(table: RelationName, column: string): string | null
  /** Is `column` proved not null, by the column itself or by a validated CHECK? */
  isProvedNotNull(table: RelationName, column: string): Answer
  /** Is `name` taken in this schema by a relation (tables, indexes, views and sequences share one name space)? */
  isRelationNameTaken(schema: string, name: string): Answer
}
