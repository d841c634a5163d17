import type { IndexSnapshot } from '../model/catalog.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { hasPlainKeys } from '../sql/object-facts.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'using-index-not-eligible',
  severity: 'error',
  on: ['add-constraint'],

  docs: {
    what: 'UNIQUE or PRIMARY KEY USING INDEX with an index that cannot be a constraint.',
    why: 'PostgreSQL refuses it (42809), and the whole migration with it: an index under a constraint is unique, without a condition, without expressions, and in plain order.',
    instead:
      'Build a plain unique index with CREATE UNIQUE INDEX CONCURRENTLY for the constraint. One with a condition or an expression holds by itself, without a constraint.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Desk";
      CREATE TABLE "Desk"."Seats" (id bigint NOT NULL, floor integer NOT NULL, name text);
      CREATE UNIQUE INDEX by_floor ON "Desk"."Seats" (floor DESC, id);
      CREATE UNIQUE INDEX partly ON "Desk"."Seats" (id) WHERE floor > 0;
      CREATE UNIQUE INDEX small ON "Desk"."Seats" (lower(name));
      CREATE INDEX many ON "Desk"."Seats" (floor);
      CREATE UNIQUE INDEX plain ON "Desk"."Seats" (id);
      INSERT INTO "Desk"."Seats" SELECT n, n % 7, 'seat ' || n FROM generate_series(1, 300) AS n;`,
    refused: '42809',
    unsafe: [
      'ALTER TABLE "Desk"."Seats" ADD CONSTRAINT key UNIQUE USING INDEX by_floor;',
      'ALTER TABLE "Desk"."Seats" ADD PRIMARY KEY USING INDEX partly;',
      'ALTER TABLE "Desk"."Seats" ADD UNIQUE USING INDEX small;',
      'ALTER TABLE "Desk"."Seats" ADD UNIQUE USING INDEX many;',
    ],
    safe: ['ALTER TABLE "Desk"."Seats" ADD CONSTRAINT key PRIMARY KEY USING INDEX plain;'],
  },

  detect(action, { catalog }) {
    const { constraint } = action
    if (constraint.kind !== 'unique' && constraint.kind !== 'primary-key') return null
    if (constraint.usingIndex === null) return null
    const schema = catalog.resolve(action.table).schema
    const found = catalog.index({ schema, name: constraint.usingIndex })
    const reason = typeof found === 'object' ? obstacle(found.index) : null
    if (reason === null) return null
    return {
      message: `The statement fails with 42809, for ${quoteIdentifier(constraint.usingIndex)} of ${spelled(action.table, catalog)} ${reason}.`,
    }
  },
})

/** index_constraint_create's conditions, in transformIndexConstraint of parse_utilcmd.c. */
function obstacle({ unique, partial, columns, definition }: IndexSnapshot): string | null {
  if (!unique) return 'is not unique'
  if (columns.includes(null)) return 'has an expression'
  if (partial) return 'has a condition'
  return hasPlainKeys(definition) ? null : 'is not in plain order'
}
