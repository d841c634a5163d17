/** ADD, RENAME, VALIDATE and DROP CONSTRAINT, and the constraints that CREATE TABLE and ADD COLUMN carry inline. */
import type { ConstraintSnapshot, IndexSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { ActionOf, ConstraintDefinition, ConstraintOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { checkName, excludeName, foreignKeyName, notNullName } from '../postgres/generated-name.ts'
import { primaryKeyName, uniqueName } from '../postgres/generated-name.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../postgres/relation-name.ts'
import { constraintSql } from './constraint-facts.ts'
import { editAll, editConstraint, editEntry, editFamily, renameIndexIn, withIndex } from './edit-state.ts'
import { withNotNull, withoutConstraints, withoutForeignKeys } from './edit-state.ts'
import {
  entryOf,
  keyOf,
  partitionsIn,
  relationNameTaken,
  resolveIn,
  type Entry,
  type State,
} from './state.ts'

type ConstraintAction = ActionOf<
  'add-constraint' | 'rename-constraint' | 'validate-constraint' | 'drop-constraint'
>

export function replayConstraint(state: State, action: ConstraintAction): State {
  switch (action.kind) {
    case 'add-constraint':
      return addConstraint(state, action.table, action.constraint)
    case 'rename-constraint':
      return renameConstraint(state, action)
    case 'validate-constraint':
      return validateConstraint(state, action)
    case 'drop-constraint':
      return dropConstraint(state, action)
  }
}

/** Adds constraints in the order in which PostgreSQL does, because that settles which of two gets the plain name. */
export function addConstraints(
  state: State,
  table: QualifiedName,
  constraints: readonly ConstraintDefinition[],
): State {
  const order = ['check', 'not-null', 'primary-key', 'unique', 'exclude', 'foreign-key'] as const
  return order.reduce(
    (next, kind) =>
      constraints
        .filter((one) => one.kind === kind)
        .reduce((each, one) => addConstraint(each, table, one), next),
    state,
  )
}

export function addConstraint(state: State, table: RelationName, constraint: ConstraintDefinition): State {
  const target = resolveIn(state, table)
  const added = editEntry(state, target, (entry) => withConstraint(state, entry, constraint))
  const entry = added.entries.get(keyOf(target))
  if (entry === undefined || added === state) return added
  const parent = entry.table.constraints.at(-1)
  return partitionsIn(added, target)
    .filter(({ partitionOf }) => partitionOf?.name === target.name && partitionOf.schema === target.schema)
    .reduce((next, partition) => addConstraint(next, partition, inherited(constraint, parent)), added)
}

/** A partition's check and foreign key are named as the parent's, its indexes by its own name. */
function inherited(
  constraint: ConstraintDefinition,
  parent: ConstraintSnapshot | undefined,
): ConstraintDefinition {
  const isKeptName = constraint.kind === 'check' || constraint.kind === 'foreign-key'
  return { ...constraint, name: isKeptName ? (parent?.name ?? null) : null }
}

function withConstraint(state: State, entry: Entry, constraint: ConstraintDefinition): Entry {
  switch (constraint.kind) {
    case 'check':
      return append(entry, snapshot(state, entry, constraint, constraint.expression.columns))
    case 'foreign-key':
      return append(entry, foreignKey(state, entry, constraint))
    case 'unique':
    case 'primary-key':
      return constraint.usingIndex === null
        ? withKey(state, entry, constraint)
        : withKeyOverIndex(entry, constraint, constraint.usingIndex)
    case 'exclude': {
      const added = snapshot(state, entry, constraint, [])
      const index = keyIndex(entry, added.name, [], [], constraint)
      return withIndex(append(entry, { ...added, index: added.name }), index)
    }
    case 'not-null': {
      const added = append(entry, snapshot(state, entry, constraint, [constraint.column]))
      return constraint.notValid ? added : withNotNull(added, [constraint.column])
    }
  }
}

function append(entry: Entry, constraint: ConstraintSnapshot): Entry {
  if (entry.table.constraints.some(({ name }) => name === constraint.name)) return entry
  return { ...entry, table: { ...entry.table, constraints: [...entry.table.constraints, constraint] } }
}

function snapshot(
  state: State,
  entry: Entry,
  constraint: ConstraintDefinition,
  columns: readonly string[],
): ConstraintSnapshot {
  return {
    name: constraint.name ?? givenName(state, entry, constraint, columns),
    kind: constraint.kind,
    columns: [...new Set(columns)],
    definition: constraintSql(constraint, null),
    validated: !('notValid' in constraint && constraint.notValid),
    references: null,
    index: null,
  }
}

/** The name PostgreSQL gives where the author gave none. */
function givenName(
  state: State,
  entry: Entry,
  constraint: ConstraintDefinition,
  columns: readonly string[],
): string {
  const { schema, name: table } = entry.table
  const isConstraint = (name: string) => isConstraintName(state, schema, entry, name)
  const isTaken = (name: string) => isConstraint(name) || relationNameTaken(state, schema, name) === 'yes'
  switch (constraint.kind) {
    case 'check':
      return checkName(table, columns, isConstraint)
    case 'foreign-key':
      return foreignKeyName(table, columns, isConstraint)
    case 'unique':
      return uniqueName(table, [...columns, ...constraint.include], isTaken)
    case 'primary-key':
      return primaryKeyName(table, isTaken)
    case 'exclude':
      return excludeName(table, [null], isTaken)
    case 'not-null':
      return notNullName(table, constraint.column, isConstraint)
  }
}

/** Constraint names are compared within the schema (ConstraintNameExists), and with those just added to this table. */
function isConstraintName(state: State, schema: string, entry: Entry, name: string): boolean {
  const isOf = (table: TableSnapshot) => table.constraints.some((constraint) => constraint.name === name)
  if (isOf(entry.table)) return true
  for (const { table } of state.entries.values()) {
    if (table.schema === schema && isOf(table)) return true
  }
  return false
}

function foreignKey(state: State, entry: Entry, key: ConstraintOf<'foreign-key'>): ConstraintSnapshot {
  const target = resolveIn(state, key.references)
  const isSelf = target.schema === entry.table.schema && target.name === entry.table.name
  const referenced = isSelf ? entry : state.entries.get(keyOf(target))
  const primaryKey = referenced?.table.constraints.find(({ kind }) => kind === 'primary-key')
  const columns = key.referencedColumns.length > 0 ? key.referencedColumns : (primaryKey?.columns ?? [])
  const references = { ...target, columns: [...columns] }
  return {
    ...snapshot(state, entry, key, key.columns),
    definition: constraintSql(key, references),
    references,
  }
}

type KeyConstraint = Extract<ConstraintDefinition, { readonly usingIndex: string | null }>

function withKey(state: State, entry: Entry, key: KeyConstraint): Entry {
  const added = snapshot(state, entry, key, key.columns)
  const constrained = append(entry, { ...added, index: added.name })
  if (constrained === entry) return entry
  const indexed = withIndex(constrained, keyIndex(entry, added.name, key.columns, key.include, key))
  return key.kind === 'primary-key' ? withNotNull(indexed, key.columns) : indexed
}

/** ADD … USING INDEX: the index takes the constraint's name. */
function withKeyOverIndex(entry: Entry, key: KeyConstraint, index: string): Entry {
  const existing = entry.table.indexes.find(({ name }) => name === index)
  const name = key.name ?? index
  const columns = (existing?.columns ?? []).filter((column) => column !== null)
  const words = key.kind === 'unique' ? 'UNIQUE' : 'PRIMARY KEY'
  const list = columns.length === 0 ? '' : ` (${columns.map(quoteIdentifier).join(', ')})`
  const constraint: ConstraintSnapshot = {
    name,
    kind: key.kind,
    columns,
    definition: `${words}${list}`,
    validated: true,
    references: null,
    index: name,
  }
  const renamed = { ...entry, table: renameIndexIn(entry.table, index, name) }
  const added = append(renamed, constraint)
  return key.kind === 'primary-key' ? withNotNull(added, columns) : added
}

function keyIndex(
  entry: Entry,
  name: string,
  columns: readonly string[],
  include: readonly string[],
  constraint: ConstraintDefinition,
): IndexSnapshot {
  const unique = constraint.kind === 'unique' || constraint.kind === 'primary-key'
  const method = constraint.kind === 'exclude' ? 'gist' : 'btree'
  const list = columns.map(quoteIdentifier).join(', ')
  const included = include.length > 0 ? ` INCLUDE (${include.map(quoteIdentifier).join(', ')})` : ''
  const words = unique ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX'
  const definition = `${words} ${quoteIdentifier(name)} ON ${formatRelation(entry.table)} USING ${method} (${list})${included}`
  return {
    name,
    unique,
    valid: true,
    method,
    columns: [...columns],
    include: [...include],
    partial: false,
    definition,
  }
}

function renameConstraint(state: State, action: ActionOf<'rename-constraint'>): State {
  return editFamily(state, action.table, (entry) => {
    const constraint = entry.table.constraints.find(({ name }) => name === action.constraint)
    if (constraint === undefined) return entry
    return constraint.index === null
      ? editConstraint(entry, action.constraint, { name: action.to })
      : { ...entry, table: renameIndexIn(entry.table, constraint.index, action.to) }
  })
}

function validateConstraint(state: State, action: ActionOf<'validate-constraint'>): State {
  return editFamily(state, action.table, (entry) => {
    const constraint = entry.table.constraints.find(({ name }) => name === action.constraint)
    if (constraint === undefined || constraint.validated) return entry
    const valid = editConstraint(entry, action.constraint, {
      validated: true,
      definition: withoutNotValid(constraint.definition),
    })
    return constraint.kind === 'not-null' ? withNotNull(valid, constraint.columns) : valid
  })
}

function withoutNotValid(definition: string): string {
  return definition.endsWith(' NOT VALID') ? definition.slice(0, -' NOT VALID'.length) : definition
}

function dropConstraint(state: State, action: ActionOf<'drop-constraint'>): State {
  const target = resolveIn(state, action.table)
  const dropped = entryOf(state, target)?.table.constraints.find(({ name }) => name === action.constraint)
  const remembered = editEntry(state, target, (entry) =>
    entry.created && dropped === undefined
      ? entry
      : { ...entry, gone: new Set([...entry.gone, action.constraint]) },
  )
  if (dropped === undefined) return remembered
  const after = editFamily(remembered, target, (entry) => {
    const without = withoutConstraints(entry, (one) => isSameConstraint(one, dropped))
    return dropped.kind === 'not-null' ? withoutNotNullFlag(without, dropped.columns) : without
  })
  if (!action.cascade || dropped.index === null) return after
  return withoutForeignKeys(
    after,
    ({ references }) =>
      references !== null &&
      references.schema === target.schema &&
      references.name === target.name &&
      sameColumns(references.columns, dropped.columns),
  )
}

/** The constraint itself, or a partition's copy of it. */
function isSameConstraint(one: ConstraintSnapshot, dropped: ConstraintSnapshot): boolean {
  if (one.kind !== dropped.kind) return false
  if (one.name === dropped.name) return true
  return dropped.index !== null && one.index !== null && sameColumns(one.columns, dropped.columns)
}

function withoutNotNullFlag(entry: Entry, columns: readonly string[]): Entry {
  const table = {
    ...entry.table,
    columns: entry.table.columns.map((one) =>
      columns.includes(one.name) ? { ...one, notNull: false } : one,
    ),
  }
  return { ...entry, table, notNull: new Set([...entry.notNull].filter((one) => !columns.includes(one))) }
}

export function sameColumns(one: readonly (string | null)[], other: readonly (string | null)[]): boolean {
  return one.length === other.length && one.every((column, at) => column === other[at])
}

/** Foreign keys that pointed to `from` point to `to`. */
export function repointForeignKeys(state: State, from: QualifiedName, to: QualifiedName): State {
  return editAll(state, (entry) => {
    const isHit = ({ references }: ConstraintSnapshot) =>
      references?.schema === from.schema && references.name === from.name
    if (!entry.table.constraints.some(isHit)) return entry
    const constraints = entry.table.constraints.map((one) =>
      isHit(one) && one.references !== null
        ? { ...one, references: { ...one.references, schema: to.schema, name: to.name } }
        : one,
    )
    return { ...entry, table: { ...entry.table, constraints } }
  })
}
