/** Statements known by their command tag only: the relations they create and drop, and the types that they make. */
import type { ObjectSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { ActionOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../postgres/relation-name.ts'
import { createdExtension, renamedView } from '../sql/object-facts.ts'
import { createdObject, createdTrigger, createdView, droppedObjects } from '../sql/statement-facts.ts'
import { droppedParts } from '../sql/statement-facts.ts'
import { createTrigger, dropTrigger } from './replay-trigger.ts'
import { withSequenceOwner } from './sequences.ts'
import { emptyTable, putEntry, withName } from './edit-state.ts'
import { withCreatedType } from './known-type.ts'
import { withCreatedRoutine, withoutRoutines } from './routines.ts'
import { dropRelation, replayTable } from './replay-table.ts'
import { keyOf, resolveIn, type State } from './state.ts'

const droppedTags: ReadonlySet<string> = new Set([
  'DROP VIEW',
  'DROP MATERIALIZED VIEW',
  'DROP FOREIGN TABLE',
  'DROP SEQUENCE',
])

export function replayOther(state: State, action: ActionOf<'other'>): State {
  const [first] = action.relations
  switch (action.tag) {
    case 'CREATE VIEW':
    case 'CREATE MATERIALIZED VIEW':
      return createView(state, action.sql)
    case 'ALTER VIEW':
    case 'ALTER MATERIALIZED VIEW':
      return renameView(state, action)
    case 'CREATE FOREIGN TABLE':
      return first === undefined ? state : createRelation(state, creationName(state, first), 'foreign-table')
    case 'CREATE SEQUENCE':
      return first === undefined ? state : createSequence(state, creationName(state, first), action.sql)
    case 'ALTER SEQUENCE':
      return first === undefined ? state : withSequenceOwner(state, resolveIn(state, first), action.sql)
    case 'CREATE STATISTICS':
    case 'CREATE POLICY':
    case 'CREATE RULE':
      return withObject(state, objectOf(state, action))
    case 'CREATE EXTENSION':
      return withObject(state, extensionOf(action.sql))
    case 'DROP EXTENSION':
      return withoutExtensions(state, droppedObjects(action.sql))
    case 'DROP STATISTICS':
    case 'DROP POLICY':
    case 'DROP RULE':
      return withoutObjects(state, action)
    case 'CREATE TYPE':
    case 'CREATE DOMAIN':
      return withCreatedType(state, action.sql)
    case 'CREATE FUNCTION':
    case 'CREATE PROCEDURE':
      return withCreatedRoutine(state, action.sql)
    case 'DROP FUNCTION':
    case 'DROP PROCEDURE':
    case 'DROP ROUTINE':
      return withoutRoutines(state, action.sql)
    case 'CREATE TRIGGER':
      return first === undefined
        ? state
        : createTrigger(withTriggerObject(state, first, action.sql), first, action.sql)
    case 'DROP TRIGGER':
      return first === undefined ? state : dropTrigger(state, first, action.sql)
    case 'DROP SCHEMA':
      return dropSchemas(state, droppedObjects(action.sql))
    default:
      return droppedTags.has(action.tag) ? dropRelations(state, action.relations) : state
  }
}

/** Without CASCADE it only succeeds on an empty schema. */
function dropSchemas(state: State, schemas: readonly RelationName[]): State {
  const names = new Set(schemas.map(({ name }) => name))
  const dropped = [...state.entries.values()]
    .map(({ table }) => table)
    .filter(({ schema }) => names.has(schema))
  return dropRelations(state, dropped)
}

function createSequence(state: State, name: QualifiedName, sql: string): State {
  const placed = { ...state, otherRelations: withName(state.otherRelations, keyOf(name)) }
  return withSequenceOwner(placed, name, sql)
}

/** In the words of a database's reader: a policy and a rule by their own name and their table's, statistics by theirs. */
function objectOf(state: State, action: ActionOf<'other'>): ObjectSnapshot | null {
  const created = createdObject(action.sql)
  if (created === null) return null
  return { kind: created.kind, identity: identityOf(state, created), definition: action.sql }
}

function extensionOf(sql: string): ObjectSnapshot | null {
  const created = createdExtension(sql)
  return created === null ? null : { kind: 'extension', identity: created.name, definition: sql }
}

function withoutExtensions(state: State, dropped: readonly RelationName[]): State {
  const names = new Set(dropped.map(({ name }) => name))
  const objects = state.objects.filter(({ kind, identity }) => kind !== 'extension' || !names.has(identity))
  return { ...state, objects }
}

function identityOf(
  state: State,
  { name, table }: { name: RelationName; table: RelationName | null },
): string {
  if (table === null) return formatRelation(creationName(state, name))
  return `${quoteIdentifier(name.name)} on ${formatRelation(resolveIn(state, table))}`
}

function withObject(state: State, object: ObjectSnapshot | null): State {
  if (object === null) return state
  const others = state.objects.filter((one) => one.kind !== object.kind || one.identity !== object.identity)
  return { ...state, objects: [...others, object] }
}

function withoutObjects(state: State, action: ActionOf<'other'>): State {
  const dropped = droppedParts(action.sql).map((part) => `${part.kind} ${identityOf(state, part)}`)
  const isDropped = ({ kind, identity }: ObjectSnapshot) => dropped.includes(`${kind} ${identity}`)
  return state.objects.some(isDropped)
    ? { ...state, objects: state.objects.filter((one) => !isDropped(one)) }
    : state
}

function dropRelations(state: State, relations: readonly RelationName[]): State {
  return relations.reduce((next, one) => {
    const name = resolveIn(next, one)
    const otherRelations = new Set([...next.otherRelations].filter((key) => key !== keyOf(name)))
    return dropRelation({ ...next, otherRelations, objects: withoutView(next.objects, name) }, name)
  }, state)
}

/** Its columns are those of its query, which nobody has worked out; the query is kept. */
function createView(state: State, sql: string): State {
  const view = createdView(sql)
  if (view === null) return state
  const name = creationName(state, view.name)
  const kind = view.materialized ? 'materialized-view' : 'view'
  const created = createRelation(state, name, kind)
  const object = { kind, identity: formatRelation(name), definition: sql }
  return { ...created, objects: [...withoutView(created.objects, name), object] }
}

/** ALTER TABLE would rename it just as well. */
function renameView(state: State, action: ActionOf<'other'>): State {
  const renamed = renamedView(action.sql)
  if (renamed === null) return state
  const { from, to } = renamed
  const { sql, span } = action
  return replayTable(state, { kind: 'rename-table', table: from, to, sql, span })
}

function withoutView(objects: readonly ObjectSnapshot[], name: QualifiedName): readonly ObjectSnapshot[] {
  const identity = formatRelation(name)
  return objects.filter((one) => one.identity !== identity || !viewKinds.has(one.kind))
}

const viewKinds: ReadonlySet<string> = new Set(['view', 'materialized-view'])

/** CREATE OR REPLACE leaves what is there. */
function createRelation(state: State, name: QualifiedName, kind: TableSnapshot['kind']): State {
  if (state.entries.get(keyOf(name))?.created === true) return state
  return putEntry(state, {
    table: { ...emptyTable(name), kind },
    created: true,
    columnsKnown: false,
    isNew: true,
    fresh: new Set(),
    filled: new Map(),
    gone: new Set(),
    notNull: new Set(),
    isDefault: null,
    inherits: [],
    ofType: null,
    unlogged: false,
    disabled: [],
  })
}

function creationName(state: State, name: RelationName): QualifiedName {
  return { schema: name.schema ?? state.searchPath[0] ?? 'public', name: name.name }
}

function withTriggerObject(state: State, table: RelationName, sql: string): State {
  const name = createdTrigger(sql)?.name
  if (name === undefined) return state
  const identity = `${quoteIdentifier(name)} on ${formatRelation(resolveIn(state, table))}`
  return withObject(state, { kind: 'trigger', identity, definition: sql })
}
