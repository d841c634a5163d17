import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'prepared-statement-break',
  severity: 'info',
  on: ['alter-column-type'],

  docs: {
    what: 'ALTER COLUMN … TYPE that PostgreSQL does in an instant.',
    why: 'No row is touched, but a statement that the application has prepared and that returns the column fails once in each of its connections (0A000, cached plan must not change result type).',
    instead:
      'See to it that the driver prepares again and repeats the statement; most do outside of a transaction. Or restart the connections right after. migrate plan says the same of its step.',
    reference: 'Measured on PostgreSQL 14 to 18, also for varchar(10) to varchar(20) and varchar to text.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Cart";
      CREATE TABLE "Cart"."Items" (id bigint PRIMARY KEY, sku varchar(20), price numeric(10,2));
      INSERT INTO "Cart"."Items" SELECT n, n::text, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Cart"."Items" ALTER COLUMN sku TYPE varchar(40);',
      'ALTER TABLE "Cart"."Items" ALTER COLUMN price TYPE numeric(14,2);',
    ],
    safe: [
      'ALTER TABLE "Cart"."Items" ALTER COLUMN price TYPE bigint;',
      'CREATE TABLE fresh (a varchar(1)); ALTER TABLE fresh ALTER COLUMN a TYPE text;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { locks, rewrites, builds, scans } = judged.effect
    if (locks.length === 0 || rewrites.length + builds.length + scans.length > 0) return null
    return {
      message: `A prepared statement that returns ${quoteIdentifier(action.column)} of ${spelled(action.table, catalog)} fails once with 0A000.`,
    }
  },
})
