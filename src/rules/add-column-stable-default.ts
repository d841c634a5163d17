import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { clocks } from './steps/batches.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-stable-default',
  severity: 'info',
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN with a default that says when, or by whom: now(), CURRENT_DATE, CURRENT_USER.',
    why: 'Nobody waits: the default is worked out once, and every row that is there shows that one value, the moment of the migration and the name of the role that ran it, as if it had been written then.',
    instead:
      'If NULL says better that nobody knows: ADD COLUMN without a default, then ALTER COLUMN … SET DEFAULT, which holds for new rows only.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Herd";
      CREATE TABLE "Herd"."Cows" (id bigint PRIMARY KEY);
      INSERT INTO "Herd"."Cows" SELECT generate_series(1, 300);`,
    unsafe: [
      'ALTER TABLE "Herd"."Cows" ADD COLUMN born timestamptz NOT NULL DEFAULT now();',
      'ALTER TABLE "Herd"."Cows" ADD COLUMN "enteredBy" text DEFAULT CURRENT_USER;',
    ],
    safe: [
      `ALTER TABLE "Herd"."Cows" ADD COLUMN breed text DEFAULT 'unknown';`,
      'ALTER TABLE "Herd"."Cows" ADD COLUMN seen timestamptz; ALTER TABLE "Herd"."Cows" ALTER COLUMN seen SET DEFAULT now();',
    ],
  },

  detect(action, { catalog, judged }) {
    const { column } = action
    const { locks, rewrites } = judged.effect
    if (column.default === null || locks.length === 0 || rewrites.length > 0) return null
    if (!column.default.functions.some((name) => clocks.has(name) || whoAsks.includes(name))) return null
    return {
      message: `Every row that ${spelled(action.table, catalog)} has shows one and the same ${quoteIdentifier(column.name)}, that of the migration.`,
    }
  },
})

const whoAsks: readonly string[] = ['current_user', 'session_user', 'user']
