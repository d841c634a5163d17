import { alone } from '../catalog/state.ts'
import { isHeap, sourcesOf, viewsOver } from '../catalog/dependents.ts'
import { provesBounds } from '../catalog/partition-facts.ts'
import type { ActionOf } from '../model/statement.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { changedEnforcement, newAccessMethod, restartsIdentity, skipsData } from '../sql/statement-facts.ts'
import { storageParameters, typeOfTable } from '../sql/statement-facts.ts'
import { readTable } from './read-table.ts'
import { familyOf, heapsOf, isSameRelation, lockFamily, lockDefaultPartition } from './relatives.ts'
import { lockIdentity, lockReferenced, lockSequences, referencingOf } from './relatives.ts'
import { ownForeignKeys, tableOf, type Setting } from './relatives.ts'

type TableAction = ActionOf<
  | 'create-table'
  | 'drop-table'
  | 'rename-table'
  | 'rename-constraint'
  | 'set-schema'
  | 'alter-table'
  | 'truncate'
  | 'lock-table'
>

export function tableEffect(action: TableAction, setting: Setting): void {
  switch (action.kind) {
    case 'create-table':
      return createTable(action, setting)
    case 'drop-table':
      return dropTable(action, setting)
    case 'rename-table':
      return renameTable(action, setting)
    case 'rename-constraint':
      return renameConstraint(action, setting)
    case 'set-schema':
      setting.draft.lock(action.table, 'AccessExclusive')
      return lockSequences(setting, action.table, null, 'AccessExclusive')
    case 'alter-table':
      return alterTable(action, setting)
    case 'truncate':
      return truncate(action, setting)
    case 'lock-table':
      return lockTable(action.table, action.mode, setting)
  }
}

/** LOCK of a view goes on to what it reads. */
function lockTable(table: RelationName, mode: LockMode, setting: Setting): void {
  lockFamily(setting, table, mode)
  if (tableOf(setting.catalog, table)?.kind !== 'view') return
  for (const source of sourcesOf(setting.catalog, table) ?? []) lockTable(source, mode, setting)
}

function createTable(action: ActionOf<'create-table'>, setting: Setting): void {
  const { catalog, draft } = setting
  // IF NOT EXISTS looks the name up without a lock on what bears it.
  if (action.ifNotExists && tableOf(catalog, action.table) !== null) return
  const own = catalog.resolve(action.table)
  const constraints = [...action.columns.flatMap(({ constraints }) => constraints), ...action.constraints]
  for (const constraint of constraints) {
    if (constraint.kind !== 'foreign-key') continue
    if (isSameRelation(catalog.resolve(constraint.references), own)) continue
    lockFamily(setting, constraint.references, 'ShareRowExclusive')
  }
  for (const source of action.like) draft.lock(source, 'AccessShare')
  for (const parent of action.inherits) draft.lock(parent, 'ShareUpdateExclusive')
  const isEmpty = action.reads.length > 0 && skipsData(action.sql)
  for (const source of action.reads) readTable(source, { scans: !isEmpty }, setting)
  const type = typeOfTable(action.sql)
  if (type !== null) draft.lock(type, 'AccessShare')
  const { partitionOf } = action
  if (partitionOf === null) return
  draft.lock(partitionOf, 'AccessExclusive')
  lockDefaultPartition(setting, partitionOf, { reads: true })
  for (const { references } of ownForeignKeys(setting, partitionOf)) {
    lockFamily(setting, references, 'ShareRowExclusive')
  }
  lockReferencing(setting, partitionOf)
}

/** A new partition gets the triggers of the foreign keys that point to its parent; up to 14 without a lock on their tables. */
function lockReferencing(setting: Setting, parent: RelationName): void {
  const mode = setting.serverVersion.max >= 15 ? 'ShareRowExclusive' : 'AccessShare'
  for (const table of referencingOf(setting.catalog, parent)) setting.draft.lock(table, mode)
}

function dropTable(action: ActionOf<'drop-table'>, setting: Setting): void {
  const { catalog, draft } = setting
  if (catalog.table(action.table) === 'absent') return
  lockFamily(setting, action.table, 'AccessExclusive')
  for (const one of familyOf(catalog, action.table)) {
    for (const { references } of ownForeignKeys(setting, one)) lockReferenced(setting, references, null)
    lockSequences(setting, one, null, 'AccessExclusive')
  }
  if (action.cascade) {
    for (const { table } of catalog.foreignKeysTo(action.table)) draft.lock(table, 'AccessExclusive')
    for (const view of viewsOver(catalog, action.table, null)) draft.lock(view, 'AccessExclusive')
  }
  const parent = tableOf(catalog, action.table)?.partitionOf ?? null
  if (parent === null) return
  draft.lock(parent, 'AccessExclusive')
  lockDefaultPartition(setting, parent, { reads: false })
}

/** ALTER TABLE … RENAME also takes an index, and then locks that alone, but harder than ALTER INDEX does. */
function renameTable(action: ActionOf<'rename-table'>, { catalog, draft }: Setting): void {
  const index = catalog.index(action.table)
  const isIndex = typeof index !== 'string' && tableOf(catalog, action.table) === null
  const target = isIndex ? { schema: index.table.schema, name: index.index.name } : action.table
  draft.lock(target, 'AccessExclusive')
}

/** Partitions and heirs bear the parent's checks by the same name. */
function renameConstraint(action: ActionOf<'rename-constraint'>, setting: Setting): void {
  const constraint = setting.catalog.constraint(action.table, action.constraint)
  const isOwn = typeof constraint !== 'string' && constraint.kind !== 'check'
  if (isOwn) setting.draft.lock(action.table, 'AccessExclusive')
  else lockFamily(setting, action.table, 'AccessExclusive')
}

interface Subcommand {
  readonly mode: LockMode
  /** Goes on to partitions. */
  readonly family: boolean
  readonly rewrites: boolean
}

const catalogOnly: Subcommand = { mode: 'AccessExclusive', family: false, rewrites: false }
const wholeFamily: Subcommand = { mode: 'AccessExclusive', family: true, rewrites: false }
const weakFamily: Subcommand = { mode: 'ShareUpdateExclusive', family: true, rewrites: false }
const weak: Subcommand = { mode: 'ShareUpdateExclusive', family: false, rewrites: false }
const trigger: Subcommand = { mode: 'ShareRowExclusive', family: false, rewrites: false }
const rewriting: Subcommand = { mode: 'AccessExclusive', family: false, rewrites: true }
const rewritingFamily: Subcommand = { mode: 'AccessExclusive', family: true, rewrites: true }

/** The subcommands that are not AccessExclusive on the table alone. AlterTableGetLockLevel, tablecmds.c. */
const subcommands: Readonly<Record<string, Subcommand>> = {
  'SET STATISTICS': weakFamily,
  'SET STORAGE': wholeFamily,
  SET: weak,
  RESET: weak,
  'SET OPTIONS': weak,
  'RESET OPTIONS': weak,
  'CLUSTER ON': weak,
  'SET WITHOUT CLUSTER': weak,
  'ENABLE TRIGGER': trigger,
  'ENABLE TRIGGER ALL': trigger,
  'ENABLE TRIGGER USER': trigger,
  'ENABLE ALWAYS TRIGGER': trigger,
  'ENABLE REPLICA TRIGGER': trigger,
  'DISABLE TRIGGER': trigger,
  'DISABLE TRIGGER ALL': trigger,
  'DISABLE TRIGGER USER': trigger,
  'SET LOGGED': rewriting,
  'SET UNLOGGED': rewriting,
  'SET ACCESS METHOD': rewriting,
  'SET TABLESPACE': rewriting,
  'SET EXPRESSION': rewritingFamily,
}

function alterTable(action: ActionOf<'alter-table'>, setting: Setting): void {
  const { draft } = setting
  const { subcommand, table } = action
  const [other] = action.relations
  if (subcommand.startsWith('ATTACH PARTITION')) return attachPartition(action, other, setting)
  if (subcommand.startsWith('DETACH PARTITION')) return detachPartition(action, setting)
  if (subcommand === 'INHERIT' || subcommand === 'NO INHERIT') {
    draft.lock(table, 'AccessExclusive')
    if (other !== undefined)
      draft.lock(other, subcommand === 'INHERIT' ? 'ShareUpdateExclusive' : 'AccessShare')
    return
  }
  if (subcommand === 'ALTER CONSTRAINT') return alterConstraint(action, setting)
  alterSequences(action, setting)
  if (subcommand === 'OF') {
    const type = typeOfTable(action.sql)
    if (type !== null) draft.lock(type, 'AccessShare')
  }
  const effect = isDoneAlready(action, setting) ? catalogOnly : subcommandEffect(action)
  if (effect.family) lockFamily(setting, table, effect.mode)
  else draft.lock(table, effect.mode)
  const { catalog } = setting
  // ATExecReplicaIdentity, tablecmds.c.
  const index = subcommand === 'REPLICA IDENTITY' ? action.name : null
  if (index !== null && !catalog.isNew(table)) {
    draft.lock({ schema: catalog.resolve(table).schema, name: index }, 'Share')
  }
  if (effect === trigger) lockTriggersOfPartitions(table, setting)
  const met = effect.family ? catalog : alone(catalog, table)
  if (effect.rewrites) for (const heap of heapsOf(met, table)) draft.rewrite(heap)
}

/** A trigger that partitions share in is switched on each; those of foreign keys are such ones too. */
function lockTriggersOfPartitions(table: RelationName, { catalog, draft }: Setting): void {
  const known = tableOf(catalog, table)
  const hasOwn =
    known?.triggers.length !== 0 || known.constraints.some(({ references }) => references !== null)
  if (!hasOwn && catalog.foreignKeysTo(table).length === 0) return
  for (const partition of catalog.partitionsOf(table)) draft.lock(partition, trigger.mode)
}

function subcommandEffect(action: ActionOf<'alter-table'>): Subcommand {
  const effect = subcommands[action.subcommand] ?? catalogOnly
  const isParameters = action.subcommand === 'SET' || action.subcommand === 'RESET'
  // The one parameter of a table that reloptions.c gives another level.
  const isStrong = isParameters && storageParameters(action.sql).includes('user_catalog_table')
  return isStrong ? catalogOnly : effect
}

/** Subcommands of ALTER MATERIALIZED VIEW and their like, all of which are those of ALTER TABLE: the strongest. */
export function strongestMode(words: readonly string[]): LockMode {
  const modes = words.map((one) => subcommands[one]?.mode ?? catalogOnly.mode)
  return modes.every((mode) => mode === weak.mode) ? weak.mode : 'AccessExclusive'
}

/** A table that is what it is to become is not written anew. */
function isDoneAlready({ subcommand, table, sql }: ActionOf<'alter-table'>, { catalog }: Setting): boolean {
  switch (subcommand) {
    case 'SET LOGGED':
      return catalog.isUnlogged(table) === false
    case 'SET UNLOGGED':
      return catalog.isUnlogged(table) === true
    case 'SET ACCESS METHOD':
      return newAccessMethod(sql) === 'heap' && tableOf(catalog, table) !== null && isHeap(catalog, table)
    default:
      return false
  }
}

function alterSequences({ subcommand, table, name }: ActionOf<'alter-table'>, setting: Setting): void {
  switch (subcommand) {
    case 'OWNER TO':
      return lockSequences(setting, table, null, 'AccessExclusive')
    case 'SET IDENTITY':
      return lockIdentity(setting, table, name, 'ShareRowExclusive')
    case 'DROP IDENTITY':
      return lockIdentity(setting, table, name, 'AccessExclusive')
    default:
  }
}

/** 18: ENFORCED looks all rows up, NOT ENFORCED takes the triggers away from both tables. Measured. */
function alterConstraint(action: ActionOf<'alter-table'>, setting: Setting): void {
  const { catalog, draft } = setting
  lockFamily(setting, action.table, 'AccessExclusive')
  const enforced = changedEnforcement(action.sql)
  if (enforced === null || action.name === null) return
  const constraint = catalog.constraint(action.table, action.name)
  if (typeof constraint === 'string' || constraint.references === null) {
    return draft.unknown(`which table the foreign key ${action.name} refers to`)
  }
  const { references } = constraint
  if (!enforced) return lockReferenced(setting, references, null)
  lockFamily(setting, references, 'ShareRowExclusive')
  for (const table of [action.table, references]) {
    for (const heap of heapsOf(catalog, table)) draft.scan(heap)
  }
}

function attachPartition(
  { table: parent, sql }: ActionOf<'alter-table'>,
  partition: RelationName | undefined,
  setting: Setting,
): void {
  const { catalog, draft } = setting
  draft.lock(parent, 'ShareUpdateExclusive')
  lockDefaultPartition(setting, parent, { reads: true })
  const foreignKeys = ownForeignKeys(setting, parent)
  for (const { references } of foreignKeys) lockFamily(setting, references, 'ShareRowExclusive')
  lockReferencing(setting, parent)
  if (partition === undefined) return draft.unknown('which table is attached')
  if (catalog.isNew(partition)) return
  lockFamily(setting, partition, 'AccessExclusive')
  const isProved = provesBounds(catalog, partition, sql)
  if (isProved === 'unknown') {
    draft.unknown(`whether a validated CHECK of ${draft.nameOf(partition)} proves the partition's bounds`)
  }
  const lacks = indexesLacking(setting, parent, partition)
  for (const heap of heapsOf(catalog, partition)) {
    // A foreign key that comes with the parent is held against every row, whatever the bounds are.
    if (isProved !== 'yes' || foreignKeys.length > 0) draft.scan(heap)
    if (lacks) draft.build(heap)
  }
  for (const { references } of foreignKeys) draft.scan(references)
}

function indexesLacking({ catalog }: Setting, parent: RelationName, partition: RelationName): boolean {
  const own = tableOf(catalog, partition)?.indexes ?? []
  const wanted = tableOf(catalog, parent)?.indexes ?? []
  return wanted.some(
    (index) =>
      !own.some((one) => one.unique === index.unique && one.columns.join('\0') === index.columns.join('\0')),
  )
}

function detachPartition(action: ActionOf<'alter-table'>, setting: Setting): void {
  const { draft } = setting
  const [partition] = action.relations
  const { catalog } = setting
  const isWeak = action.subcommand !== 'DETACH PARTITION'
  draft.lock(action.table, isWeak ? 'ShareUpdateExclusive' : 'AccessExclusive')
  if (!isWeak) lockDefaultPartition(setting, action.table, { reads: false })
  // CONCURRENTLY starts with ShareUpdateExclusive and takes AccessExclusive in its second transaction.
  if (partition === undefined) draft.unknown('which partition is detached')
  else lockFamily(setting, partition, 'AccessExclusive')
  const referencing = referencingOf(catalog, action.table)
  for (const table of referencing) {
    draft.lock(table, 'AccessExclusive')
    for (const heap of heapsOf(catalog, table)) draft.scan(heap)
  }
  for (const { references } of ownForeignKeys(setting, action.table)) {
    lockFamily(setting, references, 'ShareRowExclusive')
  }
  // No row of it may be referred to any more: a join of both.
  if (partition === undefined || referencing.length === 0) return
  for (const heap of heapsOf(catalog, partition)) draft.scan(heap)
}

function truncate(action: ActionOf<'truncate'>, setting: Setting): void {
  const { catalog } = setting
  const reached = new Map([[setting.draft.nameOf(action.table), action.table]])
  if (action.cascade) {
    for (const table of reached.values()) {
      for (const { table: other } of catalog.foreignKeysTo(table))
        reached.set(setting.draft.nameOf(other), other)
    }
    ownForeignKeys(setting, action.table)
  }
  for (const table of reached.values()) lockFamily(setting, table, 'AccessExclusive')
  if (!restartsIdentity(action.sql)) return
  for (const table of reached.values()) lockSequences(setting, table, null, 'AccessExclusive')
}
