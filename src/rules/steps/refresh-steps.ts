/** REFRESH MATERIALIZED VIEW so that readers go on reading what was there before. */
import type { Catalog } from '../../catalog/catalog.ts'
import { sourcesOf } from '../../catalog/dependents.ts'
import type { TableSnapshot } from '../../model/catalog.ts'
import { quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type RelationName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { tablesRead } from './batches.ts'
import { rowsObject, tableObject, touching } from './objects.ts'
import type { Recipe } from './recipe.ts'
import { undoNothing } from './step-sketch.ts'

/** Its query takes the time it takes; a day is a bug in it. */
const statementTimeoutMs = 86_400_000

/** An index by which REFRESH … CONCURRENTLY tells rows apart: https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html */
export function hasIndexToRefreshBy({ indexes }: TableSnapshot): boolean {
  return indexes.some(
    ({ unique, valid, partial, columns }) => unique && valid && !partial && !columns.includes(null),
  )
}

export function refreshSteps(view: RelationName, catalog: Catalog): Recipe {
  const spelled = formatRelation(catalog.resolve(view))
  const known = catalog.table(view)
  if (typeof known !== 'object' || known.kind !== 'materialized-view') {
    return { cannot: `Nothing is known of ${spelled}: give the earlier migrations or a database.` }
  }
  if (!hasIndexToRefreshBy(known)) {
    return {
      cannot: `${spelled} has no unique index over columns of all its rows, by which PostgreSQL could tell the rows that stay from those that come: every SELECT would wait for its query. Write CREATE UNIQUE INDEX before the REFRESH, or create a second materialized view with its indexes, let the application read that one, and drop this one in a later migration.`,
    }
  }
  const sources = sourcesOf(catalog, view)
  const tables = sources === null ? null : tablesRead(catalog, sources)
  return {
    steps: [
      {
        kind: 'rows',
        slug: `refresh ${known.name}`,
        phase: 'backfill',
        title: `Refresh ${spelled} while it is read`,
        sql: generated(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${spelled}`),
        touches: touching({
          reads: [
            tableObject(known),
            ...(tables ?? []).flatMap((one) => [tableObject(one), rowsObject(one)]),
          ],
          changes: [rowsObject(known)],
        }),
        before: [
          {
            kind: 'no-rows',
            sql: generated(
              `SELECT relname FROM pg_class WHERE oid = to_regclass(${quoteLiteral(spelled)}) AND NOT relispopulated`,
            ),
            otherwise: `${spelled} has never been filled (WITH NO DATA), and cannot be refreshed CONCURRENTLY until it is; nobody can read it yet, so REFRESH it by hand`,
          },
        ],
        after: [],
        lockTimeoutMs: 250,
        statementTimeoutMs,
        undo: undoNothing('what it holds follows from the tables that its query reads'),
      },
    ],
    notes: [
      `${spelled} holds what its query finds when the plan refreshes it, before the contract phase; the query runs as one statement, whose snapshot keeps VACUUM from cleaning up meanwhile.`,
    ],
  }
}
