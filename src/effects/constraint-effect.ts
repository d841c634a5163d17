import type { ActionOf, ConstraintDefinition, ConstraintOf } from '../model/statement.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { alone } from '../catalog/state.ts'
import { heapsOf, isSameRelation, isSubset, lockFamily, lockReferenced, ownForeignKeys } from './relatives.ts'
import { tableOf, type Setting } from './relatives.ts'

export function addConstraintEffect(
  table: RelationName,
  constraint: ConstraintDefinition,
  setting: Setting,
): void {
  switch (constraint.kind) {
    case 'check':
      return addCheck(table, constraint, setting)
    case 'not-null':
      lockFamily(setting, table, 'AccessExclusive')
      if (!constraint.notValid) scanUnlessProved(table, constraint.column, setting)
      return
    case 'foreign-key':
      return addForeignKey(table, constraint, setting)
    case 'unique':
    case 'primary-key':
      return addKey(table, constraint, setting)
    case 'exclude':
      return addExclusion(table, setting)
  }
}

/** NO INHERIT leaves heirs alone, which 18 locks all the same. Measured. */
function addCheck(table: RelationName, check: ConstraintOf<'check'>, setting: Setting): void {
  const { catalog, serverVersion } = setting
  const met = check.noInherit ? { ...setting, catalog: alone(catalog, table) } : setting
  lockFamily(serverVersion.max >= 18 ? setting : met, table, 'AccessExclusive')
  if (!check.notValid) scanHeaps(table, met)
}

function addExclusion(table: RelationName, { catalog, draft, serverVersion }: Setting): void {
  draft.lock(table, 'AccessExclusive')
  const mode = serverVersion.max >= 18 ? 'AccessExclusive' : 'Share'
  for (const partition of catalog.partitionsOf(table)) draft.lock(partition, mode)
  for (const heap of heapsOf(catalog, table)) draft.build(heap)
}

function scanHeaps(table: RelationName, { catalog, draft }: Setting): void {
  for (const heap of heapsOf(catalog, table)) draft.scan(heap)
}

/** NOT NULL is believed without reading the heap only where it is proved already. */
export function scanUnlessProved(table: RelationName, column: string, { catalog, draft }: Setting): void {
  for (const heap of heapsOf(catalog, table)) {
    const proved = catalog.isProvedNotNull(heap, column)
    if (proved === 'yes') continue
    draft.scan(heap)
    if (proved === 'unknown' && !catalog.isNew(heap)) {
      draft.unknown(`whether a validated CHECK proves ${draft.nameOf(heap)}.${column} to be not null`)
    }
  }
}

function addForeignKey(table: RelationName, key: ConstraintOf<'foreign-key'>, setting: Setting): void {
  const { catalog, draft } = setting
  lockFamily(setting, table, 'ShareRowExclusive')
  lockFamily(setting, key.references, 'ShareRowExclusive')
  // A new table has no rows to look up; NOT VALID looks none up.
  if (key.notValid || catalog.isNew(table)) return
  scanHeaps(table, setting)
  for (const heap of heapsOf(catalog, key.references)) draft.scan(heap)
}

type KeyConstraint = Extract<ConstraintDefinition, { readonly usingIndex: string | null }>

function addKey(table: RelationName, key: KeyConstraint, setting: Setting): void {
  const { catalog, draft } = setting
  draft.lock(table, 'AccessExclusive')
  for (const partition of catalog.partitionsOf(table)) {
    draft.lock(partition, leafMode(partition, key, setting))
  }
  if (key.usingIndex === null) {
    for (const heap of heapsOf(catalog, table)) draft.build(heap)
    return
  }
  const name = { schema: catalog.resolve(table).schema, name: key.usingIndex }
  // The index is renamed to the constraint, where that has another name.
  const isRenamed = key.name !== null && key.name !== key.usingIndex
  if (isRenamed && !catalog.isNew(table)) draft.lock(name, 'ShareUpdateExclusive')
  if (key.kind !== 'primary-key') return
  const found = catalog.index(name)
  if (typeof found === 'string') {
    draft.unknown(`whether the columns of ${draft.nameOf(name)} are proved to be not null`)
    return scanHeaps(table, setting)
  }
  for (const column of found.index.columns) {
    if (column !== null) scanUnlessProved(table, column, setting)
  }
}

/**
 * Up to 17 a partition only gets its index, unless a column of the primary key must become NOT NULL as well; and the trigger
 * that checks it later, if it is deferrable and the partition has no such constraint that is taken for it. Measured.
 */
function leafMode(
  partition: RelationName,
  key: KeyConstraint,
  { catalog, serverVersion }: Setting,
): LockMode {
  const isNotNull = (column: string) => {
    const found = catalog.column(partition, column)
    return typeof found !== 'string' && found.notNull
  }
  const needsNotNull = key.kind === 'primary-key' && !key.columns.every(isNotNull)
  if (serverVersion.max >= 18 || needsNotNull) return 'AccessExclusive'
  const own = tableOf(catalog, partition)?.constraints ?? []
  const isTaken = own.some(
    ({ kind, columns }) => kind === key.kind && columns.join('\0') === key.columns.join('\0'),
  )
  return key.deferrable && !isTaken ? 'ShareRowExclusive' : 'Share'
}

export function validateConstraintEffect(action: ActionOf<'validate-constraint'>, setting: Setting): void {
  const { catalog, draft } = setting
  const constraint = catalog.constraint(action.table, action.constraint)
  lockFamily(setting, action.table, 'ShareUpdateExclusive')
  if (constraint === 'absent') return
  if (constraint === 'unknown') {
    draft.unknown(`whether ${action.constraint} is a foreign key, and to which table`)
    return scanHeaps(action.table, setting)
  }
  if (constraint.references !== null) lockFamily(setting, constraint.references, 'RowShare')
  if (constraint.validated) return
  scanHeaps(action.table, setting)
  if (constraint.references === null) return
  for (const heap of heapsOf(catalog, constraint.references)) draft.scan(heap)
}

export function dropConstraintEffect(action: ActionOf<'drop-constraint'>, setting: Setting): void {
  const { catalog, draft } = setting
  lockFamily(setting, action.table, 'AccessExclusive')
  const constraint = catalog.constraint(action.table, action.constraint)
  if (constraint === 'absent') return
  if (constraint === 'unknown') {
    draft.unknown(`whether ${action.constraint} is a foreign key, whose other table is locked too`)
    return
  }
  if (constraint.references !== null) {
    draft.lock(constraint.references, 'AccessExclusive')
    lockReferenced(setting, constraint.references, null)
  }
  const isKey = constraint.kind === 'primary-key' || constraint.kind === 'unique'
  if (!action.cascade || !isKey) return
  for (const { table, constraint: other } of catalog.foreignKeysTo(action.table)) {
    const columns = other.references?.columns ?? []
    const isOver = columns.length === constraint.columns.length && isSubset(columns, constraint.columns)
    if (isOver) draft.lock(table, 'AccessExclusive')
  }
}

type Which = 'all' | 'validated'
type Known = Pick<Setting, 'catalog' | 'draft'>

/** Tables on the other side of foreign keys over a column: its own, and those that point to it. */
export function partnersOf(
  table: RelationName,
  column: string,
  setting: Known,
  which: Which = 'all',
): readonly RelationName[] {
  return [...referencedBy(table, column, setting, which), ...referringTo(table, column, setting, which)]
}

export function referencedBy(
  table: RelationName,
  column: string,
  setting: Known,
  which: Which = 'all',
): readonly RelationName[] {
  const own = setting.catalog.resolve(table)
  return ownForeignKeys(setting, table)
    .filter(({ columns, validated }) => columns.includes(column) && (validated || which === 'all'))
    .map(({ references }) => references)
    .filter((one) => !isSameRelation(one, own))
}

export function referringTo(
  table: RelationName,
  column: string,
  { catalog }: Known,
  which: Which = 'all',
): readonly RelationName[] {
  const own = catalog.resolve(table)
  return catalog
    .foreignKeysTo(table)
    .filter(({ constraint }) => constraint.references?.columns.includes(column) === true)
    .filter(({ constraint }) => constraint.validated || which === 'all')
    .map(({ table: other }) => other)
    .filter((one) => !isSameRelation(one, own))
}

/** CHECKs that mention the column: any change of its type reads the heap to check them again. */
export function hasCheckOver(table: RelationName, column: string, { catalog }: Setting): boolean {
  const constraints = tableOf(catalog, table)?.constraints ?? []
  return constraints.some(
    ({ kind, validated, columns }) => kind === 'check' && validated && columns.includes(column),
  )
}
