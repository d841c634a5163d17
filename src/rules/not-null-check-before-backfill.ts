import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'not-null-check-before-backfill',
  severity: 'warning',
  on: ['add-constraint'],

  docs: {
    what: 'CHECK (column IS NOT NULL) NOT VALID, while rows may still hold NULL in the column.',
    why: 'NOT VALID spares the rows that are there only until somebody touches them: every UPDATE of such a row fails (23514), whatever column it changes, and so does every INSERT of an application that leaves the column out.',
    instead:
      'Make every running application write the column, fill the rows, and add the CHECK then. migrate plan keeps that order: SET NOT NULL alone is enough to ask for it.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Guild";
      CREATE TABLE "Guild"."Players" (id bigint PRIMARY KEY, rank text, seen date NOT NULL, level integer);
      INSERT INTO "Guild"."Players" SELECT n, NULL, '2026-01-01', 1 FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Guild"."Players" ADD CONSTRAINT ranked CHECK (rank IS NOT NULL) NOT VALID;'],
    safe: [
      'ALTER TABLE "Guild"."Players" ADD CONSTRAINT there CHECK (seen IS NOT NULL) NOT VALID;',
      `UPDATE "Guild"."Players" SET rank = 'novice' WHERE rank IS NULL; ALTER TABLE "Guild"."Players" ADD CONSTRAINT ranked CHECK (rank IS NOT NULL) NOT VALID;`,
      'ALTER TABLE "Guild"."Players" ADD CONSTRAINT "some level" CHECK (level > 0) NOT VALID;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraint, table } = action
    if (constraint.kind !== 'check' || !constraint.notValid || judged.effect.locks.length === 0) return null
    const open = constraint.provesNotNull.find(
      (column) => catalog.isProvedNotNull(table, column) !== 'yes' && catalog.fillOf(table, column) === null,
    )
    if (open === undefined) return null
    const name = spelled(table, catalog)
    return {
      message: `Every UPDATE of a row of ${name} that still has NULL in ${quoteIdentifier(open)} fails from now on, whatever it changes.`,
    }
  },
})
