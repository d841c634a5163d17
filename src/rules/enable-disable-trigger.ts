import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'

export default defineTransactionRule({
  id: 'enable-disable-trigger',
  severity: 'warning',

  docs: {
    what: 'DISABLE TRIGGER that the same transaction does not take back.',
    why: 'It holds for every session, not for the migration alone: what the running application writes meanwhile passes the trigger by, and nothing makes up for it later. ShareRowExclusive is taken for an instant.',
    instead:
      'To change rows without firing triggers, SET LOCAL session_replication_role = replica in the transaction that changes them, which no other session notices. migrate plan does that for batches with the comment triggers suppress.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Gate";
      CREATE TABLE "Gate"."Passes" (id bigint PRIMARY KEY, seen timestamptz);
      CREATE FUNCTION "Gate".stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.seen := now(); RETURN NEW; END';
      CREATE TRIGGER "Stamp" BEFORE UPDATE ON "Gate"."Passes" FOR EACH ROW EXECUTE FUNCTION "Gate".stamp();
      INSERT INTO "Gate"."Passes" SELECT n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Gate"."Passes" DISABLE TRIGGER "Stamp";',
      'ALTER TABLE "Gate"."Passes" DISABLE TRIGGER USER;',
    ],
    safe: [
      'ALTER TABLE "Gate"."Passes" DISABLE TRIGGER "Stamp"; UPDATE "Gate"."Passes" SET id = id + 1000 WHERE id = 5; ALTER TABLE "Gate"."Passes" ENABLE TRIGGER "Stamp";',
    ],
  },

  detect(actions) {
    return actions.flatMap(({ action, catalog, effect }, position): readonly TransactionDetection[] => {
      if (action.kind !== 'alter-table' || !action.subcommand.startsWith('DISABLE TRIGGER')) return []
      if (effect.locks.length === 0) return []
      const table = formatRelation(catalog.resolve(action.table))
      const back = actions
        .slice(position)
        .some(
          ({ action: later, catalog: then }) =>
            later.kind === 'alter-table' &&
            later.subcommand.startsWith('ENABLE') &&
            later.subcommand.includes('TRIGGER') &&
            (later.name === action.name || later.name === null) &&
            formatRelation(then.resolve(later.table)) === table,
        )
      if (back) return []
      const what = action.name === null ? 'every trigger' : `trigger ${quoteIdentifier(action.name)}`
      return [
        {
          claims: [position],
          message: `The writes of the running application to ${table} pass ${what} by from now on.`,
        },
      ]
    })
  },
})
