import type { Catalog } from '../catalog/catalog.ts'
import { endSession, endTransaction, replay } from '../catalog/replay.ts'
import type { Effect, Lock, Stalls } from '../model/effect.ts'
import type { TransactionMode } from '../model/migration.ts'
import type { Action, ActionOf, Statement } from '../model/statement.ts'
import { blocksReads, blocksWrites } from '../postgres/lock-mode.ts'
import { timeParameterMs } from '../postgres/time-parameter.ts'
import { splitName } from '../postgres/type-name.ts'
import { effectOf } from './effect-of.ts'
import { mergeLocks } from './lock-set.ts'
import { type SettledTransaction, settledTransaction } from './settled-transaction.ts'
import { stallsOf } from './stalls.ts'

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
    /** What the runner does with the file, whatever the author writes. */
    readonly runner: TransactionMode
    /** A lock_timeout the author has put in force by then, in milliseconds; null: none, or 0. */
    readonly lockTimeoutMs: number | null
  }
}

export interface WalkOptions {
  readonly transaction: TransactionMode
  /** As it is before the first statement. */
  readonly catalog: Catalog
  readonly serverVersion: { readonly min: number; readonly max: number }
}

/**
 * One file's statements in order, each action in the transaction and the catalog that it meets. Locks are held to the end
 * of the transaction, ROLLBACK TO included: which savepoint they were taken after, the action does not say.
 */
export function walk(
  statements: readonly Statement[],
  options: WalkOptions,
): { readonly judged: readonly JudgedAction[]; readonly catalog: Catalog } {
  const judged: JudgedAction[] = []
  const settled = { ...options, transaction: settledTransaction(options.transaction, statements) }
  let session = startSession(settled)
  for (const statement of statements) {
    const step = walkStatement(statement, session, settled)
    judged.push(...step.judged)
    session = step.session
  }
  return { judged, catalog: endSession(session.catalog) }
}

interface SettledOptions extends WalkOptions {
  readonly transaction: SettledTransaction
}

/** What one connection carries from statement to statement. */
interface Session {
  readonly number: number
  readonly kind: JudgedAction['transaction']['kind']
  readonly catalog: Catalog
  readonly held: readonly Lock[]
  /** What ROLLBACK goes back to. */
  readonly atBegin: { readonly catalog: Catalog; readonly lockTimeoutMs: number | null }
  readonly savepoints: readonly Catalog[]
  readonly lockTimeout: LockTimeout
}

interface LockTimeout {
  readonly session: number | null
  /** SET LOCAL, until the transaction ends; undefined: none. */
  readonly local: number | null | undefined
}

function startSession({ transaction, catalog }: SettledOptions): Session {
  return {
    number: 0,
    kind: transaction,
    catalog,
    held: [],
    atBegin: { catalog, lockTimeoutMs: null },
    savepoints: [],
    lockTimeout: { session: null, local: undefined },
  }
}

function walkStatement(
  statement: Statement,
  session: Session,
  options: SettledOptions,
): { readonly judged: readonly JudgedAction[]; readonly session: Session } {
  const [first] = statement.actions
  const opened =
    first?.kind === 'transaction' && first.verb === 'begin'
      ? { ...session, kind: 'explicit' as const }
      : session
  const effects = effectsOf(statement, opened.catalog, options)
  // One ALTER TABLE takes the strongest lock of all its actions before the first of them runs.
  const ofStatement = effects.flatMap(({ effect }) => effect.locks)
  const judged: JudgedAction[] = []
  let { held } = opened
  for (const { action, catalog, effect } of effects) {
    judged.push({
      statement,
      action,
      catalog,
      effect,
      held,
      stalls: stallsIn(catalog, effect, [...held, ...ofStatement]),
      transaction: {
        number: opened.number,
        kind: opened.kind,
        runner: options.transaction,
        lockTimeoutMs: inForce(opened.lockTimeout),
      },
    })
    if (effect.locks.length > 0) held = mergeLocks([...held, ...effect.locks])
  }
  const last = effects.at(-1)
  if (last === undefined) throw new Error('a statement without an action')
  const after = { ...opened, held, catalog: replay(last.catalog, last.action) }
  return { judged, session: afterAction(last.action, after, options.transaction) }
}

/** A materialized view has no writers but REFRESH: a lock on it that lets readers be stops nobody. */
function stallsIn(catalog: Catalog, effect: Effect, held: readonly Lock[]): Stalls {
  const stops = ({ relation, mode }: Lock) => {
    if (blocksReads(mode) || !blocksWrites(mode)) return true
    const table = catalog.table(splitName(relation))
    return typeof table !== 'object' || table.kind !== 'materialized-view'
  }
  return stallsOf({ ...effect, locks: effect.locks.filter(stops) }, held.filter(stops))
}

interface ActionEffect {
  readonly action: Action
  readonly catalog: Catalog
  readonly effect: Effect
}

/** In one ALTER TABLE the drops run first, so a CHECK that goes proves nothing: ATRewriteCatalogs, tablecmds.c. */
function effectsOf(statement: Statement, start: Catalog, { serverVersion }: WalkOptions): ActionEffect[] {
  const drops = statement.actions.filter(({ kind }) => kind === 'drop-constraint' || kind === 'drop-not-null')
  let catalog = start
  return statement.actions.map((action) => {
    const before = catalog
    catalog = replay(catalog, action)
    const needsProof = action.kind === 'set-not-null' || action.kind === 'add-constraint'
    const met = needsProof && drops.length > 0 ? drops.reduce<Catalog>(replay, before) : before
    return { action, catalog: before, effect: effectOf(action, met, serverVersion) }
  })
}

/** COMMIT, ROLLBACK, savepoints and SET. A statement with several actions is none of them. */
function afterAction(action: Action, session: Session, mode: SettledTransaction): Session {
  if (action.kind === 'transaction') return afterVerb(action.verb, session, mode)
  const after =
    action.kind === 'set' ? { ...session, lockTimeout: afterSet(action, session.lockTimeout) } : session
  // In autocommit every statement ends its own transaction.
  return session.kind === 'statement' ? ended(after, mode, committed(after)) : after
}

function afterVerb(
  verb: ActionOf<'transaction'>['verb'],
  session: Session,
  mode: SettledTransaction,
): Session {
  switch (verb) {
    case 'begin':
      return session
    case 'commit':
      return ended(session, mode, committed(session))
    case 'rollback':
      return ended(session, mode, session.atBegin)
    case 'savepoint':
      return { ...session, savepoints: [...session.savepoints, session.catalog] }
    case 'rollback-to':
      return { ...session, catalog: session.savepoints.at(-1) ?? session.catalog }
    case 'release':
      return { ...session, savepoints: session.savepoints.slice(0, -1) }
    case 'prepare':
      // The prepared transaction keeps its locks until somebody commits it.
      return { ...ended(session, mode, committed(session)), held: session.held }
  }
}

function committed(session: Session): Session['atBegin'] {
  return { catalog: session.catalog, lockTimeoutMs: session.lockTimeout.session }
}

/** The next statement is in a new transaction: the runner's, or its own. */
function ended(session: Session, mode: SettledTransaction, kept: Session['atBegin']): Session {
  const catalog = endTransaction(kept.catalog)
  return {
    number: session.number + 1,
    kind: mode,
    catalog,
    held: [],
    atBegin: { catalog, lockTimeoutMs: kept.lockTimeoutMs },
    savepoints: [],
    lockTimeout: { session: kept.lockTimeoutMs, local: undefined },
  }
}

function inForce({ session, local }: LockTimeout): number | null {
  return local === undefined ? session : local
}

/** SET, SET LOCAL, RESET and RESET ALL of lock_timeout; 0 switches it off. */
function afterSet(action: ActionOf<'set'>, timeout: LockTimeout): LockTimeout {
  if (action.parameter === 'all') return { session: null, local: undefined }
  if (action.parameter !== 'lock_timeout') return timeout
  const value = action.value === null ? null : timeParameterMs(action.value)
  return action.local ? { ...timeout, local: value } : { session: value, local: undefined }
}
