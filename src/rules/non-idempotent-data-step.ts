import type { JudgedAction } from '../effects/walk.ts'
import type { ActionOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { stepsOn } from '../sql/own-step.ts'
import { autocommit, defineFileRule, type TransactionDetection } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineFileRule({
  id: 'non-idempotent-data-step',
  severity: 'warning',

  docs: {
    what: 'A statement that changes rows and would change them once more when the file is run again, in a file without a transaction.',
    why: 'The runner writes down that the file is applied after its last statement, in another transaction. When a later statement fails, or the connection is lost between, the rows are changed and nobody knows: the next run changes them again.',
    instead:
      'Let the file have its transaction; or write the statement so that it does nothing the second time: ON CONFLICT DO NOTHING, WHERE NOT EXISTS, a condition that the new value no longer fulfils. migrate apply commits its checkpoint together with the rows.',
    reference: 'https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Shop";
      CREATE TABLE "Shop"."Prices" (id bigint PRIMARY KEY, cents integer NOT NULL, note text);
      CREATE TABLE "Shop".log (at timestamptz DEFAULT now(), line text);
      INSERT INTO "Shop"."Prices" SELECT n, 100 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      autocommit(`INSERT INTO "Shop".log (line) VALUES ('prices in cents');`),
      autocommit('UPDATE "Shop"."Prices" SET cents = cents * 100;'),
    ],
    safe: [
      `INSERT INTO "Shop".log (line) VALUES ('prices in cents');`,
      autocommit(`BEGIN; INSERT INTO "Shop".log (line) VALUES ('prices in cents'); COMMIT;`),
      autocommit(`INSERT INTO "Shop"."Prices" VALUES (1, 100) ON CONFLICT DO NOTHING;`),
      autocommit(
        `INSERT INTO "Shop".log (line) SELECT 'prices' WHERE NOT EXISTS (SELECT FROM "Shop".log WHERE line = 'prices');`,
      ),
      autocommit(`UPDATE "Shop"."Prices" SET note = 'old' WHERE note IS NULL;`),
      autocommit(`UPDATE "Shop"."Prices" SET cents = cents * 100, note = 'cents' WHERE note IS NULL;`),
    ],
  },

  detect(actions) {
    return actions.flatMap((judged, position): readonly TransactionDetection[] => {
      const message = judged.transaction.kind === 'statement' ? whatHappensTwice(judged) : null
      return message === null ? [] : [{ claims: [position], message }]
    })
  },
})

function whatHappensTwice({ action, catalog }: JudgedAction): string | null {
  if (action.kind === 'insert') {
    if (action.onConflict || catalog.isNew(action.table) || reads(action)) return null
    // A key that the rows bring along refuses them the second time: the run fails, and nothing comes twice.
    return `Run again, it puts its rows into ${spelled(action.table, catalog)} a second time, or fails at a key of it.`
  }
  if (action.kind !== 'update' || catalog.isNew(action.table)) return null
  const column = ownColumn(action)
  if (column === null) return null
  return `Run again, it changes ${quoteIdentifier(column)} of ${spelled(action.table, catalog)} once more, for the new value comes of the old one.`
}

/** A guard as in WHERE NOT EXISTS (SELECT … FROM the table itself). */
function reads({ table, reads: sources }: ActionOf<'insert'>): boolean {
  return sources.some(({ schema, name }) => name === table.name && schema === table.schema)
}

/** A column whose new value is made of its old one, with no condition on a column that the statement sets. */
function ownColumn({ set, where }: ActionOf<'update'>): string | null {
  const isGuarded = set.some(({ column }) => where?.columns.includes(column) === true)
  if (isGuarded) return null
  const own = set.find(({ column, expression }) => stepsOn(expression.sql, column))
  return own?.column ?? null
}
