import type { JudgedAction } from '../effects/walk.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { createdTrigger, droppedTrigger } from '../sql/statement-facts.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'

export default defineTransactionRule({
  id: 'drop-trigger',
  severity: 'warning',
  recipe: ['R-38'],

  docs: {
    what: 'DROP TRIGGER on a table that is in use, and no trigger of that name after it in the transaction.',
    why: 'What the trigger kept up to date, or refused, it does no more for the writes of the running application: nobody notices until the data is missing. AccessExclusive is taken for an instant, on every partition too.',
    instead:
      'Drop it once every running application does without. migrate plan puts DROP TRIGGER in the contract phase, behind the gate. To change it, use CREATE OR REPLACE TRIGGER, or change its function.',
    reference: 'https://www.postgresql.org/docs/current/sql-droptrigger.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Forum";
      CREATE TABLE "Forum"."Threads" (id bigint PRIMARY KEY, changed timestamptz);
      CREATE FUNCTION "Forum".stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed := now(); RETURN NEW; END';
      CREATE TRIGGER "Stamp" BEFORE UPDATE ON "Forum"."Threads" FOR EACH ROW EXECUTE FUNCTION "Forum".stamp();
      INSERT INTO "Forum"."Threads" SELECT n FROM generate_series(1, 300) AS n;`,
    unsafe: ['DROP TRIGGER "Stamp" ON "Forum"."Threads";'],
    safe: [
      'DROP TRIGGER IF EXISTS "Stamp" ON "Forum"."Threads"; CREATE TRIGGER "Stamp" BEFORE INSERT OR UPDATE ON "Forum"."Threads" FOR EACH ROW EXECUTE FUNCTION "Forum".stamp();',
    ],
  },

  detect(actions) {
    return actions.flatMap((judged, position): readonly TransactionDetection[] => {
      const trigger = judged.action.kind === 'other' ? droppedTrigger(judged.action.sql) : null
      if (trigger === null || judged.effect.locks.length === 0 || isKnownGone(trigger, judged)) return []
      const table = tableOfTrigger(judged)
      const again = actions
        .slice(position)
        .some(
          (later) =>
            later.action.kind === 'other' &&
            createdTrigger(later.action.sql)?.name === trigger &&
            tableOfTrigger(later) === table,
        )
      if (again) return []
      return [
        {
          claims: [position],
          message: `What trigger ${quoteIdentifier(trigger)} does for the writes of the running application on ${table} is not done any more.`,
        },
      ]
    })
  },
})

function tableOfTrigger({ action, catalog }: JudgedAction): string {
  const [table] = action.kind === 'other' ? action.relations : []
  return table === undefined ? '' : formatRelation(catalog.resolve(table))
}

function isKnownGone(trigger: string, { action, catalog }: JudgedAction): boolean {
  const [table] = action.kind === 'other' ? action.relations : []
  const known = table === undefined ? 'unknown' : catalog.table(table)
  return typeof known === 'object' && !known.triggers.some(({ name }) => name === trigger)
}
