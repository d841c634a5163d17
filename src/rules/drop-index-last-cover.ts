import { beginsWith, isFoundByIndex } from '../catalog/index-facts.ts'
import type { JudgedAction } from '../effects/walk.ts'
import type { TableSnapshot } from '../model/catalog.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { autocommit, defineTransactionRule, type TransactionDetection } from './define-rule.ts'

export default defineTransactionRule({
  id: 'drop-index-last-cover',
  severity: 'warning',

  docs: {
    what: 'DROP INDEX of the only index that begins with the columns of a foreign key.',
    why: 'Every DELETE on the referenced table, and every UPDATE of its key, reads the whole referencing table from then on to find the rows that point at it.',
    instead:
      'Build the index that takes its place first, with CREATE INDEX CONCURRENTLY, then drop this one. If the rows of the referenced table are never deleted, the index may go.',
    reference: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Mall";
      CREATE TABLE "Mall".shops (id bigint PRIMARY KEY);
      CREATE TABLE "Mall"."Sales" (id bigint PRIMARY KEY, shop bigint REFERENCES "Mall".shops, at date);
      CREATE INDEX "Sales_shop" ON "Mall"."Sales" (shop);
      CREATE INDEX sales_at ON "Mall"."Sales" (at);
      INSERT INTO "Mall".shops SELECT generate_series(1, 30);
      INSERT INTO "Mall"."Sales" SELECT n, 1 + n % 30 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'DROP INDEX "Mall"."Sales_shop";',
      autocommit('DROP INDEX CONCURRENTLY IF EXISTS "Mall"."Sales_shop";'),
    ],
    safe: [
      'DROP INDEX "Mall".sales_at;',
      'CREATE INDEX sales_shop_at ON "Mall"."Sales" (shop, at); DROP INDEX "Mall"."Sales_shop";',
      'DROP INDEX "Mall"."Sales_shop"; CREATE INDEX sales_shop_at ON "Mall"."Sales" (shop, at);',
    ],
  },

  detect(actions) {
    return actions.flatMap(({ action, catalog }, position): readonly TransactionDetection[] => {
      const found = action.kind === 'drop-index' ? catalog.index(action.index) : 'absent'
      if (typeof found !== 'object' || catalog.isNew(found.table)) return []
      const { table, index } = found
      const without = { ...table, indexes: table.indexes.filter((one) => one !== index) }
      const bare = table.constraints.filter(
        ({ references, columns }) =>
          references !== null &&
          isFoundByIndex(table, columns) &&
          !isFoundByIndex(without, columns) &&
          !actions.slice(position).some((later) => covers(later, table, columns)),
      )
      return bare.map(({ name, references }) => ({
        claims: [position],
        message: `Without ${quoteIdentifier(index.name)} no index of ${formatRelation(table)} finds the rows of foreign key ${quoteIdentifier(name)}${references === null ? '' : ` when a row of ${formatRelation(references)} goes`}.`,
      }))
    })
  },
})

function covers(
  { action, catalog }: JudgedAction,
  table: TableSnapshot,
  columns: readonly string[],
): boolean {
  if (action.kind !== 'create-index' || action.partial) return false
  const isSame = formatRelation(catalog.resolve(action.table)) === formatRelation(table)
  return isSame && beginsWith(action.columns, columns)
}
