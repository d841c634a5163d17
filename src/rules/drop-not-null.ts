import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { dropNotNullStep } from './steps/drop-not-null-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-not-null',
  severity: 'warning',
  recipe: ['R-18'],
  on: ['drop-not-null'],

  docs: {
    what: 'DROP NOT NULL.',
    why: 'As soon as the new application writes a NULL, every reader that counted on there being none meets it, the old application above all. AccessExclusive is held for an instant.',
    instead:
      'Teach every reader to take NULL first, then drop, then write. migrate plan drops it in the expand phase; its way back proves NOT NULL again without stopping anybody.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL',
  },

  examples: {
    setup: `
      CREATE SCHEMA hr;
      CREATE TABLE hr."Employee" (id bigint PRIMARY KEY, "Badge" text NOT NULL, desk integer);
      INSERT INTO hr."Employee" SELECT n, 'badge ' || n, n FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE hr."Employee" ALTER COLUMN "Badge" DROP NOT NULL;'],
    safe: ['CREATE TABLE guests (name text NOT NULL); ALTER TABLE guests ALTER COLUMN name DROP NOT NULL;'],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.locks.length === 0) return null
    const known = catalog.column(action.table, action.column)
    if (typeof known === 'object' && !known.notNull) return null
    const table = spelled(action.table, catalog)
    return { message: `${quoteIdentifier(action.column)} of ${table} may be NULL from now on.` }
  },

  replace(action, context) {
    const name = `${spelled(action.table, context.catalog)}.${quoteIdentifier(action.column)}`
    const notes = [
      `From its expand phase on ${name} may be NULL: whoever reads it must take that before the new application writes one.`,
    ]
    return replacementFrom({ steps: [dropNotNullStep(action, context)], notes }, context)
  },
})
