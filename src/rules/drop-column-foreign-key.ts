import type { Catalog } from '../catalog/catalog.ts'
import type { ActionOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-column-foreign-key',
  severity: 'warning',
  recipe: ['R-30'],
  on: ['drop-column'],

  docs: {
    what: 'DROP COLUMN of a column with a foreign key.',
    why: 'The key goes with the column, and AccessExclusive is taken on the table on its other side as well: whoever only ever looks at that one waits too, and an old query there holds up both.',
    instead:
      'Drop the foreign key first, in a transaction of its own with a lock_timeout; then the column alone. migrate plan does that.',
    reference: 'Measured on PostgreSQL 14 to 18: DROP COLUMN locks both tables of the foreign keys over it.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Depot";
      CREATE TABLE "Depot".zones (id bigint PRIMARY KEY);
      CREATE TABLE "Parts" (id bigint PRIMARY KEY, "zoneId" bigint REFERENCES "Depot".zones, weight integer);
      INSERT INTO "Depot".zones SELECT generate_series(1, 30);
      INSERT INTO "Parts" SELECT n, 1 + n % 30, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Parts" DROP COLUMN "zoneId";',
      'ALTER TABLE "Depot".zones DROP COLUMN id CASCADE;',
    ],
    safe: ['ALTER TABLE "Parts" DROP COLUMN weight;'],
  },

  detect(action, { catalog, judged }) {
    const others = partners(action, catalog).filter((other) =>
      judged.effect.locks.some(({ relation, mode }) => relation === other && mode === 'AccessExclusive'),
    )
    if (others.length === 0) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Dropping ${quoteIdentifier(action.column)} of ${table} drops its foreign key too, and locks ${listed(others)} as well against every statement.`,
    }
  },
})

/** Tables on the other side of the foreign keys over the column. */
function partners(action: ActionOf<'drop-column'>, catalog: Catalog): readonly string[] {
  const own = catalog.table(action.table)
  if (typeof own !== 'object') return []
  const name = formatRelation(own)
  const referenced = own.constraints.flatMap(({ columns, references }) =>
    references !== null && columns.includes(action.column) ? [formatRelation(references)] : [],
  )
  const referencing = catalog
    .foreignKeysTo(action.table)
    .filter(({ constraint }) => constraint.references?.columns.includes(action.column) === true)
    .map(({ table }) => formatRelation(table))
  return [...new Set([...referenced, ...referencing])].filter((other) => other !== name)
}
