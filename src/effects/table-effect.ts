import { viewsOver } from '../catalog/dependents.ts'
import { provesBounds } from '../catalog/partition-facts.ts'
import type { ActionOf } from '../model/statement.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { familyOf, heapsOf, isSameRelation, lockFamily, lockDefaultPartition } from './relatives.ts'
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
      return setting.draft.lock(action.table, 'AccessExclusive')
    case 'alter-table':
      return alterTable(action, setting)
    case 'truncate':
      return truncate(action, setting)
    case 'lock-table':
      return lockFamily(setting, action.table, action.mode)
  }
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
  for (const source of action.reads) {
    draft.lock(source, 'AccessShare')
    draft.scan(source)
  }
  const { partitionOf } = action
  if (partitionOf === null) return
  draft.lock(partitionOf, 'AccessExclusive')
  lockDefaultPartition(setting, partitionOf, { reads: true })
  for (const { references } of ownForeignKeys(setting, partitionOf)) {
    lockFamily(setting, references, 'ShareRowExclusive')
  }
}

function dropTable(action: ActionOf<'drop-table'>, setting: Setting): void {
  const { catalog, draft } = setting
  if (catalog.table(action.table) === 'absent') return
  lockFamily(setting, action.table, 'AccessExclusive')
  for (const one of familyOf(catalog, action.table)) {
    for (const { references } of ownForeignKeys(setting, one)) draft.lock(references, 'AccessExclusive')
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

/** Partitions bear the parent's checks by the same name. */
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
const weak: Subcommand = { mode: 'ShareUpdateExclusive', family: false, rewrites: false }
const trigger: Subcommand = { mode: 'ShareRowExclusive', family: true, rewrites: false }
const rewriting: Subcommand = { mode: 'AccessExclusive', family: true, rewrites: true }

/** The subcommands that are not AccessExclusive on the table alone. AlterTableGetLockLevel, tablecmds.c. */
const subcommands: Readonly<Record<string, Subcommand>> = {
  'SET STATISTICS': weak,
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
  'SET EXPRESSION': rewriting,
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
  const effect = subcommands[subcommand] ?? catalogOnly
  if (effect.family) lockFamily(setting, table, effect.mode)
  else draft.lock(table, effect.mode)
  // ATExecReplicaIdentity, tablecmds.c.
  const index = subcommand === 'REPLICA IDENTITY' ? action.name : null
  if (index !== null && !setting.catalog.isNew(table)) {
    draft.lock({ schema: setting.catalog.resolve(table).schema, name: index }, 'Share')
  }
  if (effect.rewrites) for (const heap of heapsOf(setting.catalog, table)) draft.rewrite(heap)
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
  for (const { references } of foreignKeys) draft.lock(references, 'ShareRowExclusive')
  if (partition === undefined) return draft.unknown('which table is attached')
  if (catalog.isNew(partition)) return
  lockFamily(setting, partition, 'AccessExclusive')
  const isProved = provesBounds(catalog, partition, sql)
  if (isProved === 'unknown') {
    draft.unknown(`whether a validated CHECK of ${draft.nameOf(partition)} proves the partition's bounds`)
  }
  const lacks = indexesLacking(setting, parent, partition)
  for (const heap of heapsOf(catalog, partition)) {
    if (isProved !== 'yes') draft.scan(heap)
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
  const isWeak = action.subcommand !== 'DETACH PARTITION'
  draft.lock(action.table, isWeak ? 'ShareUpdateExclusive' : 'AccessExclusive')
  if (!isWeak) lockDefaultPartition(setting, action.table, { reads: false })
  // CONCURRENTLY starts with ShareUpdateExclusive and takes AccessExclusive in its second transaction.
  if (partition === undefined) draft.unknown('which partition is detached')
  else lockFamily(setting, partition, 'AccessExclusive')
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
}
