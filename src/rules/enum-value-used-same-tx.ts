import type { Catalog } from '../catalog/catalog.ts'
import { tablesWithType } from '../catalog/dependents.ts'
import { columnTypeOf } from '../catalog/known-type.ts'
import type { JudgedAction } from '../effects/walk.ts'
import type { Action } from '../model/statement.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { createdType, stringsIn } from '../sql/statement-facts.ts'
import { autocommit, defineTransactionRule, type TransactionDetection } from './define-rule.ts'
import { addedValue, type AddedValue } from './steps/enum-value-steps.ts'

export default defineTransactionRule({
  id: 'enum-value-used-same-tx',
  severity: 'error',

  docs: {
    what: 'A value of an enum that is used in the transaction that adds it.',
    why: 'PostgreSQL refuses it (55P04), and the whole migration with it: until the transaction commits, an index might hold a value that nobody could read after a rollback. Most runners wrap a file in a transaction.',
    instead:
      'Add the value in a file of its own, and use it in a later one. migrate plan commits each statement by itself, so that it may stay one file there; its runner would still refuse it.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Shop";
      CREATE TYPE "Shop"."Order state" AS ENUM ('new', 'paid');
      CREATE TABLE "Shop"."Orders" (id bigint PRIMARY KEY, state "Shop"."Order state" NOT NULL, word text);
      INSERT INTO "Shop"."Orders" SELECT n, 'paid' FROM generate_series(1, 300) AS n;`,
    refused: '55P04',
    unsafe: [
      'ALTER TYPE "Shop"."Order state" ADD VALUE \'sent\'; UPDATE "Shop"."Orders" SET state = \'sent\' WHERE id < 200;',
      "BEGIN; ALTER TYPE \"Shop\".\"Order state\" ADD VALUE 'it''s lost' BEFORE 'paid'; ALTER TABLE \"Shop\".\"Orders\" ALTER COLUMN state SET DEFAULT 'it''s lost'; COMMIT;",
      'ALTER TYPE "Shop"."Order state" ADD VALUE \'sent\'; ALTER TABLE "Shop"."Orders" ADD COLUMN next "Shop"."Order state" DEFAULT \'sent\';',
    ],
    safe: [
      autocommit(
        'ALTER TYPE "Shop"."Order state" ADD VALUE \'sent\'; UPDATE "Shop"."Orders" SET state = \'sent\' WHERE id = 2;',
      ),
      'ALTER TYPE "Shop"."Order state" ADD VALUE \'sent\'; UPDATE "Shop"."Orders" SET state = \'new\' WHERE id = 2;',
    ],
  },

  detect(actions, { serverVersion }) {
    return actions.flatMap(({ action, catalog }, at): readonly TransactionDetection[] => {
      const added = action.kind === 'other' ? addedValue(action, catalog) : null
      // From 17 on a type that nobody else has seen yet is free.
      const isOwn = added !== null && actions.slice(0, at).some((one) => creates(one, added))
      if (added === null || (isOwn && serverVersion.min >= 17)) return []
      return actions.flatMap((later, position) =>
        position > at && uses(later, added)
          ? [
              {
                claims: [at, position] as const,
                message: `${quoteLiteral(added.value)} of ${formatRelation(added.type)} is used in the transaction that adds it: it fails with 55P04.`,
              },
            ]
          : [],
      )
    })
  },
})

function creates({ action, catalog }: JudgedAction, { type }: AddedValue): boolean {
  const created = action.kind === 'other' && action.tag === 'CREATE TYPE' ? createdType(action.sql) : null
  return created !== null && formatRelation(catalog.resolveType(created.name)) === formatRelation(type)
}

/** A constant that reads like the value, in a statement about a table that has a column of the type. */
function uses({ action, catalog }: JudgedAction, { type, value }: AddedValue): boolean {
  if (action.kind === 'other' && addedValue(action, catalog) !== null) return false
  if (!stringsIn(action.sql).has(value)) return false
  const spelled = columnTypeOf(catalog, formatRelation(type))
  if (columnsOf(action).some((column) => columnTypeOf(catalog, column.type) === spelled)) return true
  const having = new Set(tablesWithType(catalog, type).map(formatRelation))
  return tablesOf(action, catalog).some((table) => having.has(table))
}

function columnsOf(action: Action): readonly { readonly type: string }[] {
  if (action.kind === 'create-table') return action.columns
  return action.kind === 'add-column' ? [action.column] : []
}

function tablesOf(action: Action, catalog: Catalog): readonly string[] {
  const named = [
    ...('table' in action ? [action.table] : []),
    ...('reads' in action ? action.reads : []),
    ...('relations' in action ? action.relations : []),
  ]
  return named.map((name) => formatRelation(catalog.resolve(name)))
}
