import { replicaIdentity } from '../sql/object-facts.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'replica-identity',
  severity: 'warning',
  recipe: ['R-53'],
  on: ['alter-table'],

  docs: {
    what: 'REPLICA IDENTITY NOTHING or FULL on a table that is in use.',
    why: 'With NOTHING every UPDATE and DELETE of the application fails with 55000 as soon as a publication sends them. With FULL each of them writes the whole former row to the log, and a subscriber may read its whole table to find it.',
    instead:
      'REPLICA IDENTITY DEFAULT where there is a primary key, or USING INDEX with a unique index over columns that are NOT NULL. Tell the consumers of the stream before: what they get of a deleted row is another.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Stream";
      CREATE TABLE "Stream"."Events" (id bigint PRIMARY KEY, payload jsonb);
      CREATE UNIQUE INDEX events_once ON "Stream"."Events" (id);
      INSERT INTO "Stream"."Events" SELECT n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Stream"."Events" REPLICA IDENTITY FULL;',
      'ALTER TABLE "Stream"."Events" REPLICA IDENTITY NOTHING;',
    ],
    safe: [
      'ALTER TABLE "Stream"."Events" REPLICA IDENTITY USING INDEX events_once;',
      'ALTER TABLE "Stream"."Events" REPLICA IDENTITY DEFAULT;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (action.subcommand !== 'REPLICA IDENTITY' || judged.effect.locks.length === 0) return null
    const table = spelled(action.table, catalog)
    switch (replicaIdentity(action.sql)) {
      case 'full':
        return {
          message: `Every UPDATE and DELETE on ${table} writes the whole former row to the log from now on.`,
        }
      case 'nothing':
        return { message: `UPDATE and DELETE on ${table} fail with 55000 wherever a publication sends them.` }
      case 'default':
      case 'index':
      case null:
        return null
    }
  },
})
