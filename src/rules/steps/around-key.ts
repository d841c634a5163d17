/** What a transaction says around a primary key that it drops and adds, and that must be done in the same instant. */
import type { JudgedAction } from '../../effects/walk.ts'
import type { ActionOf } from '../../model/statement.ts'
import { formatRelation, type RelationName } from '../../postgres/relation-name.ts'

/** Indexes into the transaction's actions. */
export interface AroundKey {
  /** REPLICA IDENTITY behind the new key: without it a published table refuses UPDATE and DELETE. */
  readonly identities: readonly number[]
  /** DROP NOT NULL of columns of the old key, which may not be NULL before. */
  readonly nullable: readonly number[]
  /** DROP and ADD of foreign keys that hang on the old key's index, or will hang on the new one's. */
  readonly leaving: readonly number[]
  readonly coming: readonly number[]
  /** What needs the old key to be gone, and cannot go with it. */
  readonly inTheWay: readonly number[]
}

/** The DROP of the old key, the ADD of the new one, and their places. */
export interface KeyPair {
  readonly dropped: number
  readonly added: number
}

export function aroundKey(actions: readonly JudgedAction[], pair: KeyPair): AroundKey {
  const { dropped, added } = pair
  const keys = keysOf(actions, pair)
  const where = (isIt: (one: JudgedAction, at: number) => boolean) =>
    actions.flatMap((one, at) => (isIt(one, at) ? [at] : []))
  const isOfTable = (one: JudgedAction) =>
    'table' in one.action && spelledIn(one, one.action.table) === keys.table
  const coming = where((one, at) => at > dropped && isComing(one, at > added, keys))
  const children = coming.map((at) => childOf(actions[at]))
  return {
    coming,
    leaving: where((one, at) => at < dropped && isLeaving(one, keys) && children.includes(childOf(one))),
    identities: where((one, at) => at > added && isOfTable(one) && subcommandOf(one) === 'REPLICA IDENTITY'),
    nullable: where(
      (one, at) =>
        at > dropped &&
        isOfTable(one) &&
        one.action.kind === 'drop-not-null' &&
        keys.old.includes(one.action.column) &&
        (at < added || !keys.new.includes(one.action.column)),
    ),
    inTheWay: where((one, at) => at > dropped && at < added && isOfTable(one) && isInTheWay(one, keys)),
  }
}

interface Keys {
  readonly table: string
  readonly old: readonly string[]
  readonly new: readonly string[]
}

function keysOf(actions: readonly JudgedAction[], { dropped, added }: KeyPair): Keys {
  const [drop, add] = [actions[dropped], actions[added]]
  if (drop?.action.kind !== 'drop-constraint' || add?.action.kind !== 'add-constraint') {
    throw new TypeError('a key is replaced by one DROP CONSTRAINT and one ADD PRIMARY KEY')
  }
  const old = drop.catalog.constraint(drop.action.table, drop.action.constraint)
  const { constraint } = add.action
  return {
    table: spelledIn(add, add.action.table),
    old: typeof old === 'object' ? old.columns : [],
    new: constraint.kind === 'primary-key' ? constraint.columns : [],
  }
}

function spelledIn({ catalog }: JudgedAction, table: RelationName): string {
  return formatRelation(catalog.resolve(table))
}

function childOf(one: JudgedAction | undefined): string | null {
  return one !== undefined && 'table' in one.action ? spelledIn(one, one.action.table) : null
}

function subcommandOf({ action }: JudgedAction): string | null {
  return action.kind === 'alter-table' ? action.subcommand : null
}

function isInTheWay({ action }: JudgedAction, keys: Keys): boolean {
  return (
    (action.kind === 'drop-column' ||
      action.kind === 'rename-column' ||
      action.kind === 'alter-column-type') &&
    keys.old.includes(action.column)
  )
}

/** A foreign key of a table in use, to the columns of one of the two keys. */
function isComing(one: JudgedAction, isBehindNew: boolean, keys: Keys): boolean {
  const { action, catalog } = one
  if (action.kind !== 'add-constraint' || action.constraint.kind !== 'foreign-key') return false
  if (catalog.isNew(action.table) || spelledIn(one, action.constraint.references) !== keys.table) return false
  const columns = referencedColumns(action.constraint, isBehindNew ? keys.new : [])
  return (isBehindNew && isSameSet(columns, keys.new)) || isSameSet(columns, keys.old)
}

function isLeaving(one: JudgedAction, keys: Keys): boolean {
  const { action, catalog } = one
  if (action.kind !== 'drop-constraint') return false
  const found = catalog.constraint(action.table, action.constraint)
  const references = typeof found === 'object' ? found.references : null
  return (
    references !== null &&
    formatRelation(references) === keys.table &&
    isSameSet(references.columns, keys.old)
  )
}

/** Where the author left them out: those of the primary key. */
export function referencedColumns(
  constraint: Extract<ActionOf<'add-constraint'>['constraint'], { readonly kind: 'foreign-key' }>,
  key: readonly string[],
): readonly string[] {
  return constraint.referencedColumns.length > 0 ? constraint.referencedColumns : key
}

export function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name))
}
