/** TRUNCATE cannot be taken back, so that the author says how many rows are to go, and the plan counts them first. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { TableSnapshot } from '../../model/catalog.ts'
import type { ActionOf, Statement } from '../../model/statement.ts'
import { quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import { restartsIdentity } from '../../sql/statement-facts.ts'
import { listed } from '../listed.ts'
import { expectedRows, type ExpectedRows } from './expected-rows.ts'
import { rowsObject, tableObject, touching } from './objects.ts'
import type { Recipe } from './recipe.ts'
import { checkStep, undoNever, type StepSketch } from './step-sketch.ts'

interface TruncateContext {
  readonly catalog: Catalog
  readonly comments: readonly LockstepComment[]
}

/** All that the statement empties, in one step: tables that refer to one another cannot be emptied one by one. */
export function truncateSteps(
  action: ActionOf<'truncate'>,
  statement: Statement,
  { catalog, comments }: TruncateContext,
): Recipe {
  const named = statement.actions.flatMap((one) => (one.kind === 'truncate' ? [one] : []))
  const tables = named.map(({ table }) => catalog.table(table))
  const known = tables.flatMap((table) => (typeof table === 'object' ? [table] : []))
  if (known.length < tables.length || (action.cascade && !catalog.complete)) {
    return {
      cannot: `Too little is known of what ${spelledOf(named, catalog)} ${action.cascade ? 'takes along by CASCADE' : 'is'}: give the earlier migrations or a database.`,
    }
  }
  const emptied = action.cascade ? reached(known, catalog) : known
  const rows = expectedRows(comments)
  if (rows === null) return { cannot: acknowledgement(emptied, action.cascade) }
  // The first of the statement speaks for all of them.
  if (named[0] !== action) return { steps: [presenceStep(catalog.resolve(action.table))] }
  return {
    steps: [countStep(emptied, rows), emptyStep(emptied, restartsIdentity(action.sql))],
    notes: [
      `${listed(emptied.map(formatRelation))} ${emptied.length === 1 ? 'is' : 'are'} emptied in the contract phase. What the application writes between the count and the TRUNCATE goes as well.`,
    ],
  }
}

function spelledOf(actions: readonly ActionOf<'truncate'>[], catalog: Catalog): string {
  return listed(actions.map(({ table }) => formatRelation(catalog.resolve(table))))
}

/** CASCADE, whatever the ON DELETE of a key says: https://www.postgresql.org/docs/current/sql-truncate.html */
function reached(tables: readonly TableSnapshot[], catalog: Catalog): readonly TableSnapshot[] {
  const found = new Map(tables.map((table) => [formatRelation(table), table]))
  for (const table of found.values()) {
    for (const { table: other } of catalog.foreignKeysTo(table)) found.set(formatRelation(other), other)
  }
  return [...found.values()]
}

function acknowledgement(emptied: readonly TableSnapshot[], cascades: boolean): string {
  const names = listed(emptied.map(formatRelation))
  return `${names} would lose every row${cascades && emptied.length > 1 ? ' by CASCADE' : ''}, and nothing brings them back. Say how many there may be${emptied.length > 1 ? ' in all' : ''}, with "-- lockstep: expect-rows 0..1000" on the statement: the plan counts them first, and stops where there are more or fewer.`
}

function countStep(tables: readonly QualifiedName[], { min, max }: ExpectedRows): StepSketch {
  const counts = tables.map((table) => {
    const spelled = formatRelation(table)
    return `SELECT ${quoteLiteral(spelled)} AS emptied, count(*) AS rows FROM ${spelled}`
  })
  const names = listed(tables.map(formatRelation))
  const range = min === max ? String(min) : `${min} to ${max}`
  return checkStep({
    slug: `rows to empty in ${tables.map(({ name }) => name).join(' ')}`,
    phase: 'contract',
    title: `Count the rows of ${names}: ${range} may go`,
    touches: touching({ reads: tables.flatMap((table) => [tableObject(table), rowsObject(table)]) }),
    before: [
      {
        kind: 'no-rows',
        sql: generated(
          `WITH counted AS (${counts.join(' UNION ALL ')}) SELECT * FROM counted WHERE (SELECT sum(rows) FROM counted) NOT BETWEEN ${min} AND ${max}`,
        ),
        otherwise: `${names} hold another number of rows than ${range}`,
      },
    ],
  })
}

function presenceStep(table: QualifiedName): StepSketch {
  const spelled = formatRelation(table)
  return checkStep({
    slug: `${table.name} is there to be emptied`,
    phase: 'contract',
    title: `Ask that ${spelled} is there, which is emptied with the others`,
    touches: touching({ reads: [tableObject(table)] }),
    before: [{ kind: 'table', table: spelled, exists: true }],
  })
}

/** CASCADE would take along what has come to refer to one of them since. */
function emptyStep(tables: readonly QualifiedName[], restarts: boolean): StepSketch {
  const names = tables.map(formatRelation)
  return {
    kind: 'rows',
    slug: `empty ${tables.map(({ name }) => name).join(' ')}`,
    phase: 'contract',
    title: `Take all rows out of ${listed(names)}`,
    sql: generated(`TRUNCATE ${names.join(', ')}${restarts ? ' RESTART IDENTITY' : ''}`),
    touches: touching({ changes: tables.map(rowsObject), reads: tables.map(tableObject) }),
    before: [],
    after: [],
    lockTimeoutMs: 50,
    statementTimeoutMs: 5_000,
    undo: undoNever(`the rows of ${listed(names)} are gone`),
  }
}
