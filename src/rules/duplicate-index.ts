import type { JudgedAction } from '../effects/walk.ts'
import type { IndexSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { ActionOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { hasPlainKeys } from '../sql/object-facts.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'

export default defineTransactionRule({
  id: 'duplicate-index',
  severity: 'warning',

  docs: {
    what: 'An index over the columns that another index of the table begins with.',
    why: 'No query is faster for it, and every write of the application keeps one index more up to date.',
    instead:
      'Leave it out. If it is to take the place of the other one, drop that one after it. A smaller index beside a long one may be meant: then say so with an ignore comment.',
    reference: 'https://www.postgresql.org/docs/current/indexes-multicolumn.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Grid";
      CREATE TABLE "Grid"."Nodes" (id bigint PRIMARY KEY, area text, at date);
      CREATE INDEX nodes_area_at ON "Grid"."Nodes" (area, at);
      CREATE INDEX nodes_at ON "Grid"."Nodes" (at DESC);
      INSERT INTO "Grid"."Nodes" SELECT n, n % 7 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'CREATE INDEX again ON "Grid"."Nodes" (area, at);',
      'CREATE INDEX nodes_area ON "Grid"."Nodes" (area);',
      'CREATE INDEX nodes_id ON "Grid"."Nodes" (id);',
    ],
    safe: [
      'CREATE UNIQUE INDEX once ON "Grid"."Nodes" (area, at);',
      'CREATE INDEX nodes_at_again ON "Grid"."Nodes" (at);',
      'CREATE INDEX partly ON "Grid"."Nodes" (area) WHERE at IS NULL;',
      'CREATE INDEX again ON "Grid"."Nodes" (area, at); DROP INDEX "Grid".nodes_area_at;',
    ],
  },

  detect(actions) {
    return actions.flatMap(({ action, catalog, effect }, position): readonly TransactionDetection[] => {
      if (action.kind !== 'create-index' || effect.builds.length === 0) return []
      const table = catalog.table(action.table)
      if (typeof table !== 'object' || !isPlain(action)) return []
      const other = table.indexes.find((index) => serves(index, action, table))
      if (other === undefined || actions.slice(position).some((later) => drops(later, table, other)))
        return []
      const isEqual = other.columns.length === action.columns.length
      return [
        {
          claims: [position],
          message: `Index ${quoteIdentifier(other.name)} of ${formatRelation(table)} ${isEqual ? 'has the same columns' : 'begins with these columns'} already.`,
          ...(isEqual ? {} : { severity: 'info' as const }),
        },
      ]
    })
  },
})

function isPlain(action: ActionOf<'create-index'>): boolean {
  if (action.method !== 'btree' || action.partial || action.include.length > 0) return false
  return !action.columns.includes(null) && hasPlainKeys(action.sql)
}

/** Whatever the new index is good for, this one is too. */
function serves(index: IndexSnapshot, action: ActionOf<'create-index'>, table: TableSnapshot): boolean {
  if (index.method !== 'btree' || index.partial || !index.valid) return false
  const begins = action.columns.every((column, at) => index.columns[at] === column)
  const isKey = table.constraints.some((constraint) => constraint.index === index.name)
  if (!begins || !(isKey || hasPlainKeys(index.definition))) return false
  return !action.unique || (index.unique && index.columns.length === action.columns.length)
}

function drops({ action, catalog }: JudgedAction, table: TableSnapshot, index: IndexSnapshot): boolean {
  if (action.kind === 'drop-constraint') {
    const constraint = catalog.constraint(action.table, action.constraint)
    return typeof constraint === 'object' && constraint.index === index.name
  }
  if (action.kind !== 'drop-index') return false
  const found = catalog.index(action.index)
  return typeof found === 'object' && found.index.name === index.name && found.table.name === table.name
}
