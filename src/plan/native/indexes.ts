import type { Catalog } from '../../catalog/catalog.ts'
import { replay } from '../../catalog/replay.ts'
import type { Condition } from '../../model/condition.ts'
import type { ActionOf } from '../../model/statement.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { columnObjects, indexObject, rowsObject, tableObject, touching } from '../../rules/steps/objects.ts'
import { keptApart } from '../../rules/steps/index-steps.ts'
import { ddlStep, undoNever, undoOneByOne, undoSql } from '../../rules/steps/step-sketch.ts'
import { beside, cascadeReason, phaseOfTaking, type NativeAnswer, type NativeContext } from './answer.ts'
import { dropIndexConcurrentlySql, dropIndexSql, renameIndexSql } from './undo-sql.ts'

const whereIsIt =
  'no statement says on which table it stands: give the earlier migrations too, or a database to read the catalog from'

function indexExists(index: QualifiedName, valid: boolean | null): Condition {
  return { kind: 'index', index: formatRelation(index), exists: true, valid, definition: null }
}

export function indexGone(index: QualifiedName): Condition {
  return { kind: 'index', index: formatRelation(index), exists: false, valid: null, definition: null }
}

export function createIndex(action: ActionOf<'create-index'>, { catalog }: NativeContext): NativeAnswer {
  const table = catalog.resolve(action.table)
  const name = action.index ?? (action.concurrently ? null : nameGiven(catalog, action))
  if (name === null) return { cannot: 'name the index, so that a failed build can be found and dropped' }
  const index = beside(table, name)
  if (action.ifNotExists && typeof catalog.index(index) !== 'string') {
    return { note: `index ${formatRelation(index)} exists already, so nothing builds it` }
  }
  const columns = [...action.columns.filter((column) => column !== null), ...action.include]
  const common = {
    slug: `build ${name}`,
    title: `Build index ${formatRelation(index)} on ${formatRelation(table)}`,
    phase: 'expand' as const,
    touches: touching({
      creates: [indexObject(index)],
      reads: [
        tableObject(table),
        ...columnObjects(table, columns),
        // A unique index may have to wait for rows to become unique; any other can be built at any time.
        ...(action.unique ? [rowsObject(table)] : []),
      ],
    }),
    before: action.ifNotExists ? [] : [indexGone(index)],
    after: [indexExists(index, true)],
  }
  if (!action.concurrently) {
    return { steps: [ddlStep({ ...common, sql: [action.sql], undo: undoSql(dropIndexSql(index)) })] }
  }
  return {
    steps: [
      {
        kind: 'create-index',
        ...common,
        sql: action.sql,
        index: formatRelation(index),
        table: formatRelation(table),
        undo: undoOneByOne(dropIndexConcurrentlySql(index)),
      },
    ],
  }
}

/** The name that PostgreSQL will choose, as the replay foresees it. */
function nameGiven(catalog: Catalog, action: ActionOf<'create-index'>): string | null {
  const before = catalog.table(action.table)
  const after = replay(catalog, action).table(action.table)
  if (typeof before === 'string' || typeof after === 'string') return null
  const known = new Set(before.indexes.map(({ name }) => name))
  return after.indexes.find(({ name }) => !known.has(name))?.name ?? null
}

export function dropIndex(action: ActionOf<'drop-index'>, { catalog }: NativeContext): NativeAnswer {
  const known = catalog.index(action.index)
  if (action.cascade) return { cannot: cascadeReason('DROP INDEX') }
  if (known === 'absent' && action.ifExists) {
    return {
      note: `index ${formatRelation(catalog.resolve(action.index))} does not exist, so nothing drops it`,
    }
  }
  if (typeof known === 'string') return { cannot: whereIsIt }
  const { table } = known
  const index = beside(table, known.index.name)
  const common = {
    slug: `drop ${index.name}`,
    title: `Drop index ${formatRelation(index)} of ${formatRelation(table)}`,
    phase: phaseOfTaking(catalog, table),
    touches: touching({
      drops: [indexObject(index)],
      reads: [tableObject(table), ...keptApart(table, known.index)],
    }),
    before: action.ifExists ? [] : [indexExists(index, null)],
    after: [indexGone(index)],
    undo: undoNever(`it would have to be built again: ${known.index.definition}`),
  }
  if (!action.concurrently) return { steps: [ddlStep({ ...common, sql: [action.sql] })] }
  return {
    steps: [
      {
        kind: 'drop-index',
        ...common,
        sql: action.sql,
        index: formatRelation(index),
        table: formatRelation(table),
      },
    ],
  }
}

export function renameIndex(action: ActionOf<'rename-index'>, { catalog }: NativeContext): NativeAnswer {
  const known = catalog.index(action.index)
  if (typeof known === 'string') return { cannot: whereIsIt }
  const from = beside(known.table, known.index.name)
  const to = beside(known.table, action.to)
  return {
    steps: [
      ddlStep({
        slug: `rename ${from.name} to ${to.name}`,
        title: `Rename index ${formatRelation(from)} to ${formatRelation(to)}`,
        phase: 'expand',
        sql: [action.sql],
        touches: touching({
          drops: [indexObject(from)],
          creates: [indexObject(to)],
          reads: [tableObject(known.table)],
        }),
        before: [indexExists(from, null)],
        after: [indexExists(to, null), indexGone(from)],
        undo: undoSql(renameIndexSql(to, from.name)),
      }),
    ],
  }
}
