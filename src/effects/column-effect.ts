import type { ColumnSnapshot } from '../model/catalog.ts'
import type { ActionOf, ColumnDefinition, Expression } from '../model/statement.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { typeChange, type TypeChange } from '../postgres/type-change.ts'
import { viewsOver } from '../catalog/dependents.ts'
import { isInExpression } from '../catalog/index-facts.ts'
import { collationName, columnTypeOf } from '../catalog/known-type.ts'
import { parseTypeName, userTypeName } from '../postgres/type-name.ts'
import { routinesNamed } from '../catalog/routines.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { volatilityOf, type Volatility } from '../postgres/volatility.ts'
import { createdRoutine, inlinedFunctions } from '../sql/routine-body.ts'
import { hasCheckOver, partnersOf, referencedBy, referringTo, scanUnlessProved } from './constraint-effect.ts'
import { domainBase, knownType } from '../catalog/known-type.ts'
import { sequencesNamedIn } from '../catalog/sequences.ts'
import { lockIdentity, lockReferenced, lockSequences } from './relatives.ts'
import { heapsOf, lockFamily, tableOf, type Setting } from './relatives.ts'
import { userTypeOf } from './user-type.ts'

type ColumnAction = ActionOf<
  | 'add-column'
  | 'drop-column'
  | 'rename-column'
  | 'set-default'
  | 'drop-default'
  | 'set-not-null'
  | 'drop-not-null'
  | 'alter-column-type'
>

/** All of them take AccessExclusive, even where IF EXISTS or the present state leaves nothing to do. */
export function columnEffect(action: ColumnAction, setting: Setting): void {
  lockFamily(setting, action.table, 'AccessExclusive')
  switch (action.kind) {
    case 'add-column':
      return addColumn(action, setting)
    case 'drop-column':
      return dropColumn(action, setting)
    case 'set-not-null':
      return scanUnlessProved(action.table, action.column, setting)
    case 'alter-column-type':
      return alterColumnType(action, setting)
    case 'rename-column':
    case 'set-default':
    case 'drop-default':
    case 'drop-not-null':
  }
}

function dropColumn(action: ActionOf<'drop-column'>, setting: Setting): void {
  const { catalog, draft } = setting
  for (const other of partnersOf(action.table, action.column, setting)) lockReferenced(setting, other, null)
  lockSequences(setting, action.table, action.column, 'AccessExclusive')
  if (!action.cascade) return
  for (const view of viewsOver(catalog, action.table, action.column)) draft.lock(view, 'AccessExclusive')
}

function addColumn(action: ActionOf<'add-column'>, setting: Setting): void {
  const { catalog, draft } = setting
  const { column, table } = action
  // Only a column that is known to be there: an unknown one is added, for all that is known.
  if (action.ifNotExists && typeof catalog.column(table, column.name) !== 'string') return
  const heaps = heapsOf(catalog, table)
  for (const sequence of sequencesNamedIn(catalog, `SELECT ${column.default?.sql ?? 'NULL'}`)) {
    draft.lock(sequence, 'RowExclusive')
  }
  const isRewritten = rewritesHeap(column, table, setting)
  if (isRewritten) for (const heap of heaps) draft.rewrite(heap)
  const isNull = column.default === null || column.default.isNull
  const isFilled = column.serial || column.identity !== null || column.generated !== null || !isNull
  if (column.notNull && !isFilled) for (const heap of heaps) draft.scan(heap)
  for (const constraint of column.constraints) {
    switch (constraint.kind) {
      case 'check':
      case 'not-null':
        for (const heap of heaps) draft.scan(heap)
        break
      case 'unique':
      case 'primary-key':
      case 'exclude':
        for (const heap of heaps) draft.build(heap)
        break
      case 'foreign-key':
        lockFamily(setting, constraint.references, 'ShareRowExclusive')
        if (!isFilled || catalog.isNew(table)) break
        for (const heap of [...heaps, ...heapsOf(catalog, constraint.references)]) draft.scan(heap)
    }
  }
}

/** A value that is not the same for every row must be written to each. */
function rewritesHeap(column: ColumnDefinition, table: RelationName, setting: Setting): boolean {
  if (column.serial || column.identity !== null) return true
  if (column.generated !== null) return column.generated.stored
  if (column.default !== null && isVolatile(column.default, setting)) return true
  if (setting.catalog.isNew(table)) return false
  return isCheckedType(column.type, setting)
}

function isVolatile(value: Expression, { catalog, draft }: Setting): boolean {
  const volatilities = value.functions.map((name) => ({ name, volatility: volatilityIn(catalog, name) }))
  const isKnown = volatilities.some(({ volatility }) => volatility === 'volatile')
  const unknown = volatilities.find(({ volatility }) => volatility === 'unknown')
  if (!isKnown && unknown !== undefined) draft.unknown(`whether the function ${unknown.name} is volatile`)
  return isKnown || unknown !== undefined
}

/** Of a function of the user's that the catalog knows, the worst of its overloads; else of PostgreSQL's own. */
function volatilityIn(catalog: Catalog, name: string, within: readonly string[] = []): Volatility {
  const definitions = routinesNamed(catalog, name)
  if (definitions.length === 0) return volatilityOf(name)
  const isVolatileOne = (definition: string) => isVolatileRoutine(definition, catalog, [...within, name])
  // One that calls itself is put in nobody's place.
  return within.includes(name) || definitions.some(isVolatileOne) ? 'volatile' : 'not-volatile'
}

/** A function in SQL that is one expression is put in place of its call: inline_function, clauses.c. Measured. */
function isVolatileRoutine(definition: string, catalog: Catalog, within: readonly string[]): boolean {
  const inlined = inlinedFunctions(definition)
  if (inlined !== null) return inlined.some((name) => volatilityIn(catalog, name, within) !== 'not-volatile')
  return createdRoutine(definition)?.volatility === 'volatile'
}

/** A domain with constraints has them checked on every row, and PostgreSQL does that by writing the heap anew. */
function isCheckedType(sql: string, setting: Setting): boolean {
  const type = parseTypeName(sql)
  if (type.builtIn || type.array) return false
  const known = userTypeOf(type, setting.catalog)
  if (known === 'unknown') setting.draft.unknown(`whether ${type.base} is a domain with constraints`)
  return known !== 'free'
}

function alterColumnType(action: ActionOf<'alter-column-type'>, setting: Setting): void {
  const { catalog, draft } = setting
  const { table } = action
  for (const other of referencedBy(table, action.column, setting)) {
    lockReferenced(setting, other, 'ShareRowExclusive')
  }
  for (const other of referringTo(table, action.column, setting))
    lockFamily(setting, other, 'AccessExclusive')
  lockIdentity(setting, table, action.column, 'ShareRowExclusive')
  if (catalog.isNew(table)) return
  const column = catalog.column(table, action.column)
  if (column === 'absent') return
  if (column === 'unknown') {
    draft.unknown(`the present type of ${draft.nameOf(table)}.${action.column}`)
    for (const heap of heapsOf(catalog, table)) draft.rewrite(heap)
    return
  }
  const change = changeOf(action, column, setting)
  if (change.unknown !== null) draft.unknown(change.unknown)
  for (const heap of heapsOf(catalog, table)) {
    if (change.heap !== 'kept') draft.rewrite(heap)
    else if (rebuildsIndex(heap, action.column, change, setting)) draft.build(heap)
    if (hasCheckOver(heap, action.column, setting)) draft.scan(heap)
  }
  // Rows of another type must be looked up anew on the other side of each foreign key.
  if (change.heap === 'kept') return
  for (const other of partnersOf(table, action.column, setting, 'validated')) {
    for (const heap of heapsOf(catalog, other)) draft.scan(heap)
  }
}

function changeOf(
  action: ActionOf<'alter-column-type'>,
  column: ColumnSnapshot,
  { catalog }: Setting,
): TypeChange {
  const spell = (type: string) => columnTypeOf(catalog, type)
  const to = spell(action.type)
  if (action.using !== null && !isPlainCast(action.using, action.column, to, spell)) {
    return { heap: 'rewritten', indexes: 'rebuilt', unknown: null }
  }
  const change = changeOfType(column.type, to, catalog)
  const isRecollated = column.collation !== collationName(action.collation)
  return isRecollated ? { ...change, indexes: 'rebuilt' } : change
}

/** A domain is what it is made of, but for its constraints, which every value must be held against. */
function changeOfType(from: string, to: string, catalog: Catalog): TypeChange {
  const base = domainBase(catalog, from) ?? from
  const target = domainBase(catalog, to)
  if (from === to) return typeChange(from, to)
  if (target === null) return typeChange(base, to, catalog.timeZone)
  if (knownType(catalog, userTypeName(parseTypeName(to))) === 'free') {
    return typeChange(base, target, catalog.timeZone)
  }
  return { heap: 'rewritten', indexes: 'rebuilt', unknown: null }
}

/** `USING c` and `USING c::type` are what PostgreSQL does without them. */
function isPlainCast(
  using: Expression,
  column: string,
  to: string,
  spell: (type: string) => string,
): boolean {
  if (using.functions.length > 0 || using.columns.length !== 1 || using.columns[0] !== column) return false
  const [value = '', type, ...rest] = using.sql.split('::')
  const isColumn = parseTypeName(value).base === parseTypeName(column).base
  if (rest.length > 0 || !isColumn) return false
  return type === undefined || spell(type) === to
}

/** Expression and partial indexes that mention the column are built anew, whatever the types. */
function rebuildsIndex(
  table: RelationName,
  column: string,
  change: TypeChange,
  { catalog }: Setting,
): boolean {
  const indexes = tableOf(catalog, table)?.indexes ?? []
  return indexes.some(
    (index) =>
      isInExpression(index, column) || (change.indexes === 'rebuilt' && index.columns.includes(column)),
  )
}
