/**
 * What a table's sync trigger must do while old and new application are both at work. Drafts carry it until the plan is
 * put together, so that one trigger serves all that is changed of a table; a plan holds only the SQL that comes of it.
 */
import type { QualifiedName } from '../postgres/relation-name.ts'

/** SQL in pieces; between each two stands the column that the value is made of. `['', '::bigint']`: its cast. */
export type SyncValue = readonly [string, string, ...string[]]

/**
 * `two-way`: two columns of which each application knows one; what is written to either reaches the other. `up` makes
 * the new value and `down` the old one; both must give exactly the type of their column, without a length
 * (`varchar`, not `varchar(40)`), so that a value that does not fit is an error and not cut.
 * `one-way`: the column holds what `up` makes of the other, whatever is written to it: at every write, or (`on: 'change'`)
 * only when the other one comes or changes, so that what `up` cannot tell is kept for as long as it can be.
 * `fill`: NULL that is written becomes `value`: an application that does not know better writes it.
 * `computed`: whatever is written, the column holds `value`, an expression over the row as a GENERATED column has it.
 */
export type SyncPiece =
  | {
      readonly kind: 'two-way'
      readonly old: string
      readonly column: string
      readonly up: SyncValue
      readonly down: SyncValue
    }
  | {
      readonly kind: 'one-way'
      readonly from: string
      readonly column: string
      readonly up: SyncValue
      readonly on: 'write' | 'change'
    }
  | { readonly kind: 'fill'; readonly column: string; readonly value: string }
  | { readonly kind: 'computed'; readonly column: string; readonly value: string }

/** What one step changes of a table's sync trigger. */
export interface SyncChange {
  readonly table: QualifiedName
  /** Schemas that the author's expressions look names up in. */
  readonly searchPath: readonly string[]
  /** By the column that a piece writes. */
  readonly removes: readonly string[]
  readonly adds: readonly SyncPiece[]
  /** The step's other statements, before those for the trigger; and those that undo them, null where nothing can. */
  readonly ownSql: readonly string[]
  readonly ownUndo: readonly string[] | null
  /** `SELECT 1 FROM …`: rows of which the way back would lose something. Left out: it loses nothing. */
  readonly loses?: string
}
