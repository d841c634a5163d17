import { triggersOn } from '../catalog/trigger-facts.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { isMassChange, triggerDecision } from './steps/mass-change.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'backfill-fires-user-triggers',
  severity: 'warning',
  on: ['update', 'delete'],

  docs: {
    what: 'UPDATE or DELETE of many rows of a table with triggers.',
    why: 'Each row fires them: a trigger that keeps the time of the last change makes every row look changed today, one that writes an audit trail writes a line for each, one that notifies wakes the listeners as often.',
    instead:
      'Decide, and say so above the statement: -- lockstep: triggers fire because …, or -- lockstep: triggers suppress because …, which runs the batches with session_replication_role = replica. migrate plan refuses the statement until then.',
    reference: 'https://www.postgresql.org/docs/current/trigger-definition.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Stock";
      CREATE TABLE "Stock"."Goods" (id bigint PRIMARY KEY, unit text, changed timestamptz);
      CREATE FUNCTION "Stock".stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed := now(); RETURN NEW; END';
      CREATE TRIGGER "Stamp" BEFORE UPDATE ON "Stock"."Goods" FOR EACH ROW EXECUTE FUNCTION "Stock".stamp();
      INSERT INTO "Stock"."Goods" SELECT n FROM generate_series(1, 300) AS n;`,
    unsafe: [`UPDATE "Stock"."Goods" SET unit = 'kg';`],
    safe: [
      `-- lockstep: triggers fire because the rows are changed today\nUPDATE "Stock"."Goods" SET unit = 'kg';`,
      `UPDATE "Stock"."Goods" SET unit = 'kg' WHERE id = 5;`,
      'DELETE FROM "Stock"."Goods";',
    ],
  },

  detect(action, { catalog, comments, judged }) {
    const table = catalog.table(action.table)
    if (typeof table !== 'object' || !isMassChange(judged) || triggerDecision(comments) !== null) return null
    const fired = triggersOn(table, action.kind)
    if (fired.length === 0) return null
    return {
      message: `Each row of ${spelled(action.table, catalog)} fires trigger ${listed(fired.map(quoteIdentifier))}.`,
    }
  },
})
