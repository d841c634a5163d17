import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { renameColumnSteps } from './steps/rename-column-steps.ts'

export default defineRule({
  id: 'rename-column',
  severity: 'error',
  recipe: ['R-27'],
  on: ['rename-column'],

  docs: {
    what: 'RENAME COLUMN of a table that is in use.',
    why: 'It takes an instant, and from that instant on every statement of the running application that names the column fails. Whichever of the two is deployed first, the application or the migration, there is a time when they do not fit.',
    instead:
      'Keep the name. Or let both names live side by side until the old application is gone: migrate plan adds the new column, keeps both alike by a trigger whichever of them is written, builds the constraints and indexes of the old one for the new one, and drops the old one behind the gate.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-RENAME',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Shop";
      CREATE TABLE "Shop".customers (id bigint PRIMARY KEY);
      CREATE TABLE "Shop"."Orders" (
        id bigint PRIMARY KEY,
        "Customer" bigint NOT NULL CONSTRAINT orders_customer_fkey REFERENCES "Shop".customers (id) ON UPDATE RESTRICT ON DELETE CASCADE,
        state varchar(20) NOT NULL DEFAULT 'new' CONSTRAINT orders_state_known CHECK (state IN ('new', 'paid', 'sent') AND length(state) < 20),
        code text COLLATE "C" CONSTRAINT orders_code_key UNIQUE DEFERRABLE,
        a_column_of_sixty_three_bytes_is_as_long_as_postgresql_lets_one jsonb,
        payload json,
        audited text
      );
      CREATE INDEX "Orders by Customer" ON "Shop"."Orders" ("Customer" DESC, lower(state)) WHERE state <> 'sent';
      CREATE UNIQUE INDEX orders_code_state ON "Shop"."Orders" (code, state) INCLUDE ("Customer");
      COMMENT ON COLUMN "Shop"."Orders"."Customer" IS 'Who pays; it''s not who receives.';
      CREATE TABLE "Shop".sent (parcel bigint NOT NULL);
      CREATE UNIQUE INDEX "sent once" ON "Shop".sent (parcel);
      ALTER TABLE "Shop".sent REPLICA IDENTITY USING INDEX "sent once";
      CREATE VIEW "Shop".audit AS SELECT id, audited FROM "Shop"."Orders";
      INSERT INTO "Shop".customers SELECT n FROM generate_series(1, 20) AS n;
      INSERT INTO "Shop"."Orders"
        SELECT n, n % 20 + 1, CASE n % 3 WHEN 0 THEN 'new' WHEN 1 THEN 'paid' ELSE 'sent' END,
               CASE WHEN n % 7 > 0 THEN 'C' || n END, CASE WHEN n % 5 > 0 THEN jsonb_build_object('n', n) END,
               CASE WHEN n % 4 > 0 THEN '{"b": 1, "a": 2}'::json END, 'x'
          FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Shop"."Orders" RENAME COLUMN "Customer" TO customer_id;',
      'ALTER TABLE "Shop"."Orders" RENAME COLUMN state TO "State";',
      'ALTER TABLE "Shop"."Orders" RENAME code TO code_of_sixty_three_bytes_is_as_long_as_postgresql_lets_one_be_1;',
      'ALTER TABLE "Shop"."Orders" RENAME COLUMN a_column_of_sixty_three_bytes_is_as_long_as_postgresql_lets_one TO details;\nALTER TABLE "Shop"."Orders" RENAME COLUMN payload TO "Body";',
      'ALTER TABLE "Shop"."Orders" RENAME COLUMN audited TO checked;',
      'ALTER TABLE "Shop"."Orders" RENAME COLUMN id TO order_id;',
      'ALTER TABLE "Shop".sent RENAME COLUMN parcel TO parcel_id;',
    ],
    safe: ['CREATE TABLE fresh (a integer); ALTER TABLE fresh RENAME COLUMN a TO b;'],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.locks.length === 0 || catalog.isNew(action.table)) return null
    const table = spelled(action.table, catalog)
    return {
      message: `The running application still says ${quoteIdentifier(action.column)} of ${table}, and fails from the moment that it is called ${quoteIdentifier(action.to)}.`,
    }
  },

  replace(action, context) {
    return replacementFrom(renameColumnSteps(action, context), context)
  },
})
