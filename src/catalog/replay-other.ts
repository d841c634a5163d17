/** Statements known by their command tag only: the relations they create and drop, and the types that they make. */
import type { TableSnapshot } from '../model/catalog.ts'
import type { ActionOf } from '../model/statement.ts'
import type { QualifiedName, RelationName } from '../postgres/relation-name.ts'
import { createdTrigger, droppedTrigger } from '../sql/statement-facts.ts'
import { editTable, emptyTable, putEntry, withName } from './edit-state.ts'
import { withCreatedType } from './known-type.ts'
import { dropRelation } from './replay-table.ts'
import { keyOf, resolveIn, type State } from './state.ts'

/** Tag → what becomes of the relation that the statement names first. */
const created: Readonly<Record<string, TableSnapshot['kind']>> = {
  'CREATE VIEW': 'view',
  'CREATE MATERIALIZED VIEW AS': 'materialized-view',
  'CREATE FOREIGN TABLE': 'foreign-table',
}

const droppedTags: ReadonlySet<string> = new Set([
  'DROP VIEW',
  'DROP MATERIALIZED VIEW',
  'DROP FOREIGN TABLE',
  'DROP SEQUENCE',
])

export function replayOther(state: State, action: ActionOf<'other'>): State {
  const kind = created[action.tag]
  const [first] = action.relations
  if (kind !== undefined && first !== undefined) return createRelation(state, first, kind)
  if (action.tag === 'CREATE SEQUENCE' && first !== undefined) {
    return { ...state, otherRelations: withName(state.otherRelations, keyOf(creationName(state, first))) }
  }
  if (action.tag === 'CREATE TYPE' || action.tag === 'CREATE DOMAIN')
    return withCreatedType(state, action.sql)
  if (action.tag === 'CREATE TRIGGER' && first !== undefined) return createTrigger(state, first, action.sql)
  if (action.tag === 'DROP TRIGGER' && first !== undefined) return dropTrigger(state, first, action.sql)
  if (!droppedTags.has(action.tag)) return state
  return action.relations.reduce((next, one) => {
    const name = resolveIn(next, one)
    const otherRelations = new Set([...next.otherRelations].filter((key) => key !== keyOf(name)))
    return dropRelation({ ...next, otherRelations }, name)
  }, state)
}

/** Its columns are those of its query, which nobody has worked out. CREATE OR REPLACE leaves what is there. */
function createRelation(state: State, relation: RelationName, kind: TableSnapshot['kind']): State {
  const name = creationName(state, relation)
  if (state.entries.get(keyOf(name))?.created === true) return state
  return putEntry(state, {
    table: { ...emptyTable(name), kind },
    created: true,
    columnsKnown: false,
    isNew: true,
    gone: new Set(),
    notNull: new Set(),
  })
}

function creationName(state: State, name: RelationName): QualifiedName {
  return { schema: name.schema ?? state.searchPath[0] ?? 'public', name: name.name }
}

function createTrigger(state: State, table: RelationName, sql: string): State {
  const trigger = createdTrigger(sql)
  if (trigger === null || !trigger.onUpdate) return state
  return editTable(state, table, (one) =>
    one.updateTriggers.includes(trigger.name)
      ? one
      : { ...one, updateTriggers: [...one.updateTriggers, trigger.name].sort() },
  )
}

function dropTrigger(state: State, table: RelationName, sql: string): State {
  const name = droppedTrigger(sql)
  return editTable(state, table, (one) =>
    name === null || !one.updateTriggers.includes(name)
      ? one
      : { ...one, updateTriggers: one.updateTriggers.filter((trigger) => trigger !== name) },
  )
}
