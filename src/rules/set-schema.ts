import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { generated } from '../sql/edit.ts'
import { defineRule } from './define-rule.ts'
import { movedTableSteps } from './steps/moved-table-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'set-schema',
  severity: 'error',
  recipe: ['R-29'],
  on: ['set-schema'],

  docs: {
    what: 'SET SCHEMA of a table that is in use.',
    why: 'It takes an instant, and from that instant on every statement of the running application that finds the table by its old schema fails. Indexes, constraints and the sequences of its own columns move along.',
    instead:
      'Leave it where it is. Or leave a view in the old schema until the old application is gone: migrate plan moves the table and creates the view in one transaction, with the owner and the privileges of the table, and drops the view behind the gate. A sequence has no such stand-in: an application that names one must name it by its new schema first.',
    reference: 'https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Archive";
      CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'nobody');
      CREATE TABLE "Orders" (
        id serial PRIMARY KEY,
        customer bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
        code text UNIQUE
      );
      ALTER SEQUENCE "Orders_id_seq" RESTART 1000;
      INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 20) AS n;
      INSERT INTO "Orders" (id, customer, code)
        SELECT n, n % 20 + 1, CASE WHEN n % 7 > 0 THEN 'C' || n END FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE customers SET SCHEMA "Archive";',
      'ALTER TABLE "Orders" SET SCHEMA "Archive";\nALTER TABLE "Archive"."Orders" ADD COLUMN note text;',
    ],
    safe: ['CREATE TABLE fresh (a integer); ALTER TABLE fresh SET SCHEMA "Archive";'],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.locks.length === 0 || catalog.isNew(action.table)) return null
    return {
      message: `The running application still looks for ${spelled(action.table, catalog)}, and fails from the moment that it is in ${quoteIdentifier(action.to)}.`,
    }
  },

  replace(action, context) {
    const from = context.catalog.resolve(action.table)
    const to = { schema: action.to, name: from.name }
    const undo = generated(`ALTER TABLE ${formatRelation(to)} SET SCHEMA ${quoteIdentifier(from.schema)}`)
    return replacementFrom(
      movedTableSteps(action.table, { from, to, sql: action.sql, undo }, context),
      context,
    )
  },
})
