import { triggersOn } from '../catalog/trigger-facts.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { createdTrigger } from '../sql/statement-facts.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'create-trigger',
  severity: 'info',
  recipe: ['R-38'],
  on: ['other'],

  docs: {
    what: 'CREATE TRIGGER on a table that is in use.',
    why: 'From the commit on the writes of the running application run the function too, in their own transactions: they take as long as it does, wait for what it locks, and fail when it fails.',
    instead:
      'Try the function on the statements of the old application first, and keep it to what one row needs. Set a lock_timeout: ShareRowExclusive is taken for an instant, and writes queue behind it.',
    reference: 'https://www.postgresql.org/docs/current/sql-createtrigger.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Wiki";
      CREATE TABLE "Wiki"."Pages" (id bigint PRIMARY KEY, body text, changed timestamptz);
      CREATE FUNCTION "Wiki".stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed := now(); RETURN NEW; END';
      INSERT INTO "Wiki"."Pages" SELECT n, 'text' FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'CREATE TRIGGER "Stamp" BEFORE INSERT OR UPDATE ON "Wiki"."Pages" FOR EACH ROW EXECUTE FUNCTION "Wiki".stamp();',
    ],
    safe: [
      'CREATE TABLE drafts (changed timestamptz); CREATE TRIGGER stamp BEFORE UPDATE ON drafts FOR EACH ROW EXECUTE FUNCTION "Wiki".stamp();',
    ],
  },

  detect(action, { catalog, judged }) {
    const [table] = action.relations
    const trigger = action.tag === 'CREATE TRIGGER' ? createdTrigger(action.sql) : null
    if (trigger === null || table === undefined || judged.effect.locks.length === 0) return null
    const known = catalog.table(table)
    // Replaced: the application has lived with it before.
    if (typeof known === 'object' && triggersOn(known, ...trigger.events).includes(trigger.name)) return null
    const events = listed(trigger.events.map((event) => event.toUpperCase()))
    return {
      message: `Each ${events} of the running application on ${formatRelation(catalog.resolve(table))} fires ${quoteIdentifier(trigger.name)} from now on.`,
    }
  },
})
