import type { Catalog } from '../../catalog/catalog.ts'
import { policiesOn } from '../../catalog/dependents.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { cascadeSteps } from '../../rules/steps/cascade-steps.ts'
import { dropConstraintSteps } from '../../rules/steps/drop-constraint-steps.ts'
import { keyObjects } from '../../rules/steps/key-objects.ts'
import {
  columnsObject,
  rowsObject,
  securityObject,
  tableObject,
  touching,
} from '../../rules/steps/objects.ts'
import { parsedAction } from '../../rules/steps/parsed-action.ts'
import { inOrder, type Recipe } from '../../rules/steps/recipe.ts'
import { replicaIdentityClause } from '../../rules/steps/replica-identity.ts'
import { generated } from '../../sql/edit.ts'
import { ddlStep, patientStep, undoNever, undoNothing, undoSql } from '../../rules/steps/step-sketch.ts'
import {
  cascadeReason,
  existsAlready,
  isOld,
  phaseOfTaking,
  stopsNobody,
  tracelessStep,
  type NativeAnswer,
  type NativeContext,
} from './answer.ts'
import { renameIndex } from './indexes.ts'
import { referenceObjects } from './reference-objects.ts'
import { dropTableSql, renameTableSql, setSchemaSql } from './undo-sql.ts'

export function createTable(action: ActionOf<'create-table'>, { catalog }: NativeContext): NativeAnswer {
  const copied = action.reads.filter((table) => isOld(catalog, table))
  if (action.temporary) {
    return {
      cannot: 'a temporary table ends with its session, and steps run in sessions of their own: use a table',
    }
  }
  if (copied.length > 0) return copyOf(catalog, copied)
  const table = catalog.resolve(action.table)
  const name = formatRelation(table)
  const known = catalog.table(action.table)
  const isCertainlyOurs = !action.ifNotExists || known === 'absent'
  if (action.ifNotExists && typeof known !== 'string') {
    return { note: `${name} exists already, so nothing creates it` }
  }
  if (typeof known !== 'string') return { cannot: existsAlready(name) }
  const keys = [...action.constraints, ...action.columns.flatMap(({ constraints }) => constraints)]
  return {
    steps: [
      ddlStep({
        slug: `create ${table.name}`,
        title: `Create table ${name}`,
        phase: 'expand',
        sql: [action.sql],
        touches: touching({
          creates: [tableObject(table)],
          reads: [
            ...[...action.like, ...action.reads].map((one) => tableObject(catalog.resolve(one))),
            ...[...action.like, ...action.reads].map((one) => columnsObject(catalog.resolve(one))),
            ...action.reads.map((one) => rowsObject(catalog.resolve(one))),
            ...keys.flatMap((key) => referenceObjects(catalog, key)),
          ],
          changes: [...action.inherits, ...(action.partitionOf === null ? [] : [action.partitionOf])].map(
            (parent) => tableObject(catalog.resolve(parent)),
          ),
        }),
        before: [{ kind: 'table', table: name, exists: false }],
        after: [
          { kind: 'table', table: name, exists: true },
          ...action.columns.map(({ name: column }) => ({
            kind: 'column' as const,
            table: name,
            column,
            exists: true,
            type: null,
          })),
        ],
        undo: isCertainlyOurs
          ? undoSql(dropTableSql(table))
          : undoNothing('IF NOT EXISTS: the table may have been there before'),
      }),
    ],
  }
}

/** CREATE TABLE … AS and INSERT … SELECT from tables that the application writes to meanwhile. */
export function copyOf(
  catalog: Catalog,
  tables: readonly { schema: string | null; name: string }[],
): NativeAnswer {
  const names = tables.map((table) => formatRelation(catalog.resolve(table))).join(', ')
  const missing = `it copies rows of ${names}, and what the application writes there afterwards would be missing from the copy`
  const inBatches =
    'create the table first and fill it by an INSERT … SELECT of its own, which goes in batches once you have said ' +
    '`-- lockstep: allow copy-of-rows because …` on it'
  // One row of several tables, each of which may change: that the batches of one of them can follow is the rarer case.
  return {
    cannot:
      tables.length > 1
        ? `${missing}: copy to a new database (blue-green), where both versions of the application have a schema of their own; or, where nobody writes to those tables any more, ${inBatches}`
        : `${missing}: ${inBatches}; or copy to a new database (blue-green)`,
  }
}

export function dropTable(action: ActionOf<'drop-table'>, context: NativeContext): NativeAnswer {
  const { catalog } = context
  const table = catalog.resolve(action.table)
  const name = formatRelation(table)
  const known = catalog.table(action.table)
  if (action.ifExists && known === 'absent') return { note: `${name} does not exist, so nothing drops it` }
  const ahead = droppedAhead(action, context)
  if ('cannot' in ahead) return ahead
  return {
    notes: [...(ahead.notes ?? [])],
    steps: [
      ...ahead.steps,
      ddlStep({
        slug: `drop ${table.name}`,
        title: `Drop table ${name}`,
        phase: phaseOfTaking(catalog, action.table),
        sql: [action.cascade ? dropTableSql(table) : action.sql],
        touches: touching({ drops: [tableObject(table)], reads: foreignTables(catalog, action) }),
        before: action.ifExists ? [] : [{ kind: 'table', table: name, exists: true }],
        after: [{ kind: 'table', table: name, exists: false }],
        undo: undoNever(`the rows of ${name} are gone with it`),
      }),
    ],
  }
}

/**
 * What is dropped before a table that is in use: what CASCADE would take along; and its own foreign keys where it has
 * several, for with the table they lock all that they reference at once.
 */
function droppedAhead(action: ActionOf<'drop-table'>, { catalog, serverVersion }: NativeContext): Recipe {
  const table = catalog.table(action.table)
  if (typeof table !== 'object' || catalog.isNew(action.table)) {
    return action.cascade ? { cannot: cascadeReason('DROP TABLE') } : { steps: [] }
  }
  const context = { catalog, serverVersion }
  const others = action.cascade ? cascadeSteps(table, { kind: 'table' }, context) : { steps: [] }
  const referenced = table.constraints.filter(
    ({ references }) => references !== null && formatRelation(references) !== formatRelation(table),
  )
  if (
    new Set(referenced.flatMap(({ references }) => (references === null ? [] : [formatRelation(references)])))
      .size < 2
  )
    return others
  const own = referenced.map(({ name }) => {
    const sql = generated(`ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${quoteIdentifier(name)}`)
    return dropConstraintSteps(parsedAction(sql, 'drop-constraint'), context)
  })
  return inOrder([others, ...own])
}

/** Dropping a table locks the tables that its foreign keys reference, too. */
function foreignTables(catalog: Catalog, action: ActionOf<'drop-table'>): readonly string[] {
  const table = catalog.table(action.table)
  if (typeof table === 'string') return []
  // Their rows too: what the author deletes there after the DROP may have been kept by a key of this table; and their
  // keys, which cannot go while a foreign key hangs on them.
  return table.constraints.flatMap(({ references }) =>
    references === null
      ? []
      : [
          tableObject(references),
          rowsObject(references),
          ...keyObjects(catalog, references, references.columns),
        ],
  )
}

export function renameTable(action: ActionOf<'rename-table'>, context: NativeContext): NativeAnswer {
  const { catalog } = context
  // ALTER TABLE … RENAME takes an index's name as well.
  if (typeof catalog.table(action.table) === 'string' && typeof catalog.index(action.table) === 'object') {
    return renameIndex({ ...action, kind: 'rename-index', index: action.table }, context)
  }
  const from = catalog.resolve(action.table)
  const to = { schema: from.schema, name: action.to }
  if (isOld(catalog, action.table)) return { cannot: renameReason(formatRelation(from), formatRelation(to)) }
  return moved(action, from, to, renameTableSql(to, from.name))
}

export function setSchema(action: ActionOf<'set-schema'>, { catalog }: NativeContext): NativeAnswer {
  const from = catalog.resolve(action.table)
  const to = { schema: action.to, name: from.name }
  if (isOld(catalog, action.table)) return { cannot: renameReason(formatRelation(from), formatRelation(to)) }
  return moved(action, from, to, setSchemaSql(to, from.schema))
}

/** One name at a time: the old application and the new one cannot both find what they look for. */
export function renameReason(from: string, to: string): string {
  return (
    `the running application still says ${from} and fails at once when it is called ${to}: ` +
    `keep the name, or add ${to} beside it and drop ${from} in a later migration`
  )
}

function moved(
  action: { readonly sql: string },
  from: { schema: string; name: string },
  to: { schema: string; name: string },
  undo: string,
): NativeAnswer {
  return {
    steps: [
      ddlStep({
        slug: `rename ${from.name} to ${to.schema === from.schema ? to.name : formatRelation(to)}`,
        title: `Rename table ${formatRelation(from)} to ${formatRelation(to)}`,
        phase: 'expand',
        sql: [action.sql],
        touches: touching({ drops: [tableObject(from)], creates: [tableObject(to)] }),
        before: [{ kind: 'table', table: formatRelation(from), exists: true }],
        after: [
          { kind: 'table', table: formatRelation(to), exists: true },
          { kind: 'table', table: formatRelation(from), exists: false },
        ],
        undo: undoSql(undo),
      }),
    ],
  }
}

export function truncate(action: ActionOf<'truncate'>, { catalog }: NativeContext): NativeAnswer {
  if (action.cascade) return { cannot: cascadeReason('TRUNCATE') }
  const table = catalog.resolve(action.table)
  const name = formatRelation(table)
  return {
    steps: [
      tracelessStep({
        slug: `empty ${table.name}`,
        title: `Take all rows out of ${name}`,
        phase: phaseOfTaking(catalog, action.table),
        sql: action.sql,
        touches: touching({ changes: [rowsObject(table)], reads: [tableObject(table)] }),
        undo: catalog.isNew(action.table)
          ? undoNothing(`${name} is a table of this plan`)
          : undoNever(`the rows of ${name} are gone`),
      }),
    ],
  }
}

/** Any other ALTER TABLE: what it does is not seen in the catalog that we keep, only that it stops nobody for long. */
export function alterTable(action: ActionOf<'alter-table'>, { catalog, locks }: NativeContext): NativeAnswer {
  const table = catalog.resolve(action.table)
  const name = formatRelation(table)
  const given = {
    slug: `${action.subcommand} ${table.name}`,
    title: `ALTER TABLE ${name} … ${action.subcommand}`,
    phase: 'expand',
    sql: action.sql,
    touches: action.subcommand.endsWith('ROW LEVEL SECURITY')
      ? touching({ changes: [securityObject(table)], reads: [tableObject(table)] })
      : touching({
          changes: [table, ...action.relations.map((one) => catalog.resolve(one))].map(tableObject),
        }),
    undo: undoOfAlterTable(action, catalog),
    ...guarding(action, catalog),
  } as const
  return stopsNobody(locks)
    ? { unnoticed: true, steps: [patientStep({ ...given, before: [], after: [] })] }
    : { steps: [tracelessStep(given)] }
}

/** From here on rows are hidden that no policy lets through; where one is there already, nothing changes with the next. */
function guarding(action: ActionOf<'alter-table'>, catalog: Catalog) {
  const isGuarding =
    action.subcommand === 'ENABLE ROW LEVEL SECURITY' && policiesOn(catalog, action.table).length === 0
  return isGuarding
    ? { switches: { drops: [], makes: [], guards: [formatRelation(catalog.resolve(action.table))] } }
    : {}
}

function undoOfAlterTable(action: ActionOf<'alter-table'>, catalog: Catalog) {
  const known = catalog.table(action.table)
  if (action.subcommand === 'ENABLE ROW LEVEL SECURITY') {
    return undoSql(
      generated(`ALTER TABLE ${formatRelation(catalog.resolve(action.table))} DISABLE ROW LEVEL SECURITY`),
    )
  }
  if (action.subcommand === 'REPLICA IDENTITY' && typeof known === 'object') {
    return undoSql(
      generated(`ALTER TABLE ${formatRelation(known)} ${replicaIdentityClause(known.replicaIdentity)}`),
    )
  }
  const name = formatRelation(catalog.resolve(action.table))
  return undoNever(`what ${action.subcommand} replaced on ${name} is not known to the plan`)
}
