/** What happens to columns: ADD, DROP, RENAME, defaults, NOT NULL, TYPE, and what serial and identity bring along. */
import type { ColumnSnapshot, ConstraintSnapshot } from '../model/catalog.ts'
import type { ActionOf, ColumnDefinition, Expression } from '../model/statement.ts'
import { sequenceName } from '../postgres/generated-name.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../postgres/relation-name.ts'
import { withRenamedColumn } from './constraint-facts.ts'
import { mentions } from './index-facts.ts'
import { collationName, columnType } from './known-type.ts'
import { editAll, editColumn, editFamily, withName, withNotNull, withoutForeignKeys } from './edit-state.ts'
import { withoutConstraints, withoutNotNull } from './edit-state.ts'
import { withOwnedSequence, withRenamedOwner } from './sequences.ts'
import { addConstraints } from './replay-constraint.ts'
import { keyOf, relationNameTaken, resolveIn, type Entry, type State } from './state.ts'

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

export function replayColumn(state: State, action: ColumnAction): State {
  switch (action.kind) {
    case 'add-column':
      return addColumn(state, action)
    case 'drop-column':
      return dropColumn(state, action)
    case 'rename-column':
      return renameColumn(state, action)
    case 'set-default':
    case 'drop-default':
      return setDefault(state, action)
    case 'set-not-null':
    case 'drop-not-null':
      return setNotNull(state, action)
    case 'alter-column-type':
      return alterColumnType(state, action)
  }
}

/** The column as the catalog keeps it, and the state with the sequence that serial or identity made. */
export function newColumn(
  state: State,
  table: QualifiedName,
  column: ColumnDefinition,
): { readonly state: State; readonly column: ColumnSnapshot } {
  const ownsSequence = column.serial || column.identity !== null
  const sequence = ownsSequence ? sequenceOf(state, table, column.name) : null
  const next = sequence === null ? state : withSequence(state, sequence, table, column)
  return {
    state: next,
    column: {
      name: column.name,
      type: columnType(state, column.type),
      notNull: column.notNull || ownsSequence,
      default: column.serial && sequence !== null ? nextValue(sequence) : defaultSql(column.default),
      identity: column.identity,
      generated: column.generated?.expression.sql ?? null,
      collation: collationName(column.collation),
    },
  }
}

function withSequence(
  state: State,
  sequence: QualifiedName,
  table: QualifiedName,
  column: ColumnDefinition,
): State {
  const placed = { ...state, otherRelations: withName(state.otherRelations, keyOf(sequence)) }
  const identity = column.identity !== null
  return withOwnedSequence(placed, sequence, { table, column: column.name, identity })
}

/** DEFAULT NULL, with a cast or without, is what a column has that has none. */
function defaultSql(expression: Expression | null): string | null {
  return expression === null || expression.isNull ? null : expression.sql
}

function sequenceOf(state: State, { schema, name }: QualifiedName, column: string): QualifiedName {
  const isTaken = (candidate: string) => relationNameTaken(state, schema, candidate) === 'yes'
  return { schema, name: sequenceName(name, column, isTaken) }
}

function nextValue(sequence: QualifiedName): string {
  return `nextval(${quoteLiteral(formatRelation(sequence))}::regclass)`
}

function addColumn(state: State, action: ActionOf<'add-column'>): State {
  const target = resolveIn(state, action.table)
  const entry = state.entries.get(keyOf(target))
  if (entry?.table.columns.some(({ name }) => name === action.column.name) === true) return state
  const made = newColumn(state, target, action.column)
  const added = editFamily(made.state, target, (one) => withColumn(one, made.column, state.started))
  return addConstraints(added, target, action.column.constraints)
}

function withColumn(entry: Entry, column: ColumnSnapshot, isFresh: boolean): Entry {
  if (entry.table.columns.some(({ name }) => name === column.name)) return entry
  const gone = new Set([...entry.gone].filter((name) => name !== column.name))
  const fresh = isFresh ? withName(entry.fresh, column.name) : entry.fresh
  return { ...entry, gone, fresh, table: { ...entry.table, columns: [...entry.table.columns, column] } }
}

function dropColumn(state: State, action: ActionOf<'drop-column'>): State {
  const target = resolveIn(state, action.table)
  const dropped = editFamily(state, target, (entry) => withoutColumn(entry, action.column))
  if (!action.cascade) return dropped
  return withoutForeignKeys(
    dropped,
    ({ references }) =>
      references?.schema === target.schema &&
      references.name === target.name &&
      references.columns.includes(action.column),
  )
}

/** The column's indexes and constraints go with it, those over several columns too. */
function withoutColumn(entry: Entry, column: string): Entry {
  const has = entry.table.columns.some(({ name }) => name === column)
  if (!has && entry.created && entry.columnsKnown) return entry
  const without = withoutConstraints(entry, ({ columns }) => columns.includes(column))
  return {
    ...without,
    gone: withName(without.gone, column),
    fresh: new Set([...without.fresh].filter((one) => one !== column)),
    filled: unfilled(without.filled, column),
    notNull: new Set([...without.notNull].filter((one) => one !== column)),
    table: {
      ...without.table,
      columns: without.table.columns.filter(({ name }) => name !== column),
      indexes: without.table.indexes.filter((index) => !mentions(index, column)),
    },
  }
}

/** Without what is put into `column`; an expression over it is of no use either. */
function unfilled(filled: Entry['filled'], column: string): Entry['filled'] {
  return filled.has(column) ? new Map([...filled].filter(([name]) => name !== column)) : filled
}

function renameColumn(state: State, action: ActionOf<'rename-column'>): State {
  const target = resolveIn(state, action.table)
  const owners = withRenamedOwner(state, target, { from: action.column, to: action.to })
  const renamed = editFamily(owners, target, (entry) => withRenamed(entry, action.column, action.to))
  return editAll(renamed, (entry) => {
    const isHit = ({ references }: ConstraintSnapshot) =>
      references?.schema === target.schema &&
      references.name === target.name &&
      references.columns.includes(action.column)
    if (!entry.table.constraints.some(isHit)) return entry
    const constraints = entry.table.constraints.map((one) =>
      isHit(one) && one.references !== null
        ? {
            ...one,
            references: {
              ...one.references,
              columns: one.references.columns.map((name) => (name === action.column ? action.to : name)),
            },
          }
        : one,
    )
    return { ...entry, table: { ...entry.table, constraints } }
  })
}

function withRenamed(entry: Entry, from: string, to: string): Entry {
  const renamed = <T extends string | null>(name: T): T | string => (name === from ? to : name)
  const gone = new Set([...entry.gone, from])
  gone.delete(to)
  return {
    ...entry,
    gone,
    notNull: new Set([...entry.notNull].map(renamed)),
    fresh: new Set([...entry.fresh].map(renamed)),
    // Its expression may name what is no longer called so.
    filled: new Map(),
    table: {
      ...entry.table,
      columns: entry.table.columns.map((one) => (one.name === from ? { ...one, name: to } : one)),
      constraints: entry.table.constraints.map((one) =>
        one.columns.includes(from) ? withRenamedColumn(one, from, to) : one,
      ),
      indexes: entry.table.indexes.map((one) => ({
        ...one,
        columns: one.columns.map(renamed),
        include: one.include.map(renamed),
      })),
    },
  }
}

function setDefault(state: State, action: ActionOf<'set-default' | 'drop-default'>): State {
  const value = action.kind === 'set-default' ? defaultSql(action.default) : null
  return editFamily(state, action.table, (entry) => editColumn(entry, action.column, { default: value }))
}

function setNotNull(state: State, action: ActionOf<'set-not-null' | 'drop-not-null'>): State {
  return editFamily(state, action.table, (entry) =>
    action.kind === 'set-not-null'
      ? withNotNull(entry, [action.column])
      : withoutNotNull(entry, action.column),
  )
}

function alterColumnType(state: State, action: ActionOf<'alter-column-type'>): State {
  const type = columnType(state, action.type)
  return editFamily(state, action.table, (entry) =>
    editColumn(entry, action.column, { type, collation: collationName(action.collation) }),
  )
}
