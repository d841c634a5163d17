import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { checkSteps } from './steps/check-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-check-validating',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-13'],
  on: ['add-constraint'],

  docs: {
    what: 'ADD CHECK without NOT VALID on a table that is in use.',
    why: 'It reads every row under AccessExclusive: no statement of the application gets at the table until the last row is checked.',
    instead:
      'Add it NOT VALID, which reads no row and holds from then on for every new one, and VALIDATE CONSTRAINT in a transaction of its own, which stops nobody. migrate plan does that, and asks for rows that violate it first.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Shop";
      CREATE TABLE "Shop"."Line Items" (
        id bigint PRIMARY KEY,
        "Quantity" integer,
        price_cents bigint,
        column_with_a_very_long_name_that_leaves_no_room_for_the_table text
      );
      CREATE VIEW "Shop".totals AS SELECT id, "Quantity" * price_cents AS total FROM "Shop"."Line Items";
      ALTER TABLE "Shop"."Line Items" ENABLE ROW LEVEL SECURITY;
      CREATE POLICY cheap ON "Shop"."Line Items" FOR SELECT USING (price_cents < 1000);
      INSERT INTO "Shop"."Line Items" SELECT n, NULLIF(n % 5, 0), n * 100, 'x' FROM generate_series(1, 300) AS n;
      CREATE TABLE readings (at date NOT NULL, value numeric) PARTITION BY RANGE (at);
      CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      INSERT INTO readings SELECT date '2026-01-01' + n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Shop"."Line Items" ADD CONSTRAINT "Quantity is positive" CHECK ("Quantity" > 0);',
      'ALTER TABLE "Shop"."Line Items" ADD CHECK (price_cents >= 0), ADD CHECK ("Quantity" IS NULL OR price_cents > "Quantity"), ADD CHECK (column_with_a_very_long_name_that_leaves_no_room_for_the_table <> \'\') NO INHERIT;',
      'ALTER TABLE readings ADD CONSTRAINT value_is_sane CHECK (value BETWEEN 0 AND 1000);',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Shop"."Line Items" ADD CONSTRAINT "Quantity is positive" CHECK ("Quantity" > 0) NOT VALID;',
      'CREATE TABLE coupons (code text); ALTER TABLE coupons ADD CHECK (length(code) = 8);',
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraint } = action
    if (constraint.kind !== 'check' || constraint.notValid || judged.effect.scans.length === 0) return null
    const table = spelled(action.table, catalog)
    const name = constraint.name === null ? 'a check' : quoteIdentifier(constraint.name)
    return {
      message: `Adding ${name} reads every row of ${table} while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    const { constraint } = action
    if (constraint.kind !== 'check') return { cannot: 'This is not a check.' }
    return replacementFrom(checkSteps(action, constraint, context), context)
  },
})
