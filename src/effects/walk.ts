import type { Catalog } from '../catalog/catalog.ts'
import type { Effect, Lock, Stalls } from '../model/effect.ts'
import type { Action, Statement } from '../model/statement.ts'

/** An action with what PostgreSQL does for it, in the transaction and the catalog that it meets. */
export interface JudgedAction {
  readonly statement: Statement
  readonly action: Action
  /** As it is just before the action. */
  readonly catalog: Catalog
  readonly effect: Effect
  /** Locks that earlier actions of the same transaction took and still hold, on relations that are not new. */
  readonly held: readonly Lock[]
  readonly stalls: Stalls
  readonly transaction: {
    /** Counts the transactions of a file from 0; in autocommit each statement is its own. */
    readonly number: number
    /** `file`: the runner's; `explicit`: the author wrote BEGIN; `statement`: autocommit. */
    readonly kind: 'file' | 'explicit' | 'statement'
    /** A lock_timeout the author has put in force by then, in milliseconds; null: none, or 0. */
    readonly lockTimeoutMs: number | null
  }
}
