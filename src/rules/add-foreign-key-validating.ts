import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule, shows } from './define-rule.ts'
import { referenceSteps } from './steps/partitioned-reference-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-foreign-key-validating',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-11', 'R-12'],
  on: ['add-constraint'],

  docs: {
    what: 'ADD FOREIGN KEY without NOT VALID on a table that is in use.',
    why: 'It takes ShareRowExclusive on both tables and keeps it while it looks up every row of the one in the other: writers of both wait, the longer the larger they are.',
    instead:
      'Add it NOT VALID, which reads no row and holds from then on for every new one, and VALIDATE CONSTRAINT in a transaction of its own, which stops nobody. migrate plan does that, and asks for orphans first.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Billing";
      CREATE TABLE public.customers (id bigint PRIMARY KEY, "taxId" text UNIQUE, parent_id bigint);
      CREATE TABLE "Billing"."Invoices" (
        id bigint PRIMARY KEY,
        customer_id bigint,
        "taxId" text
      );
      CREATE INDEX invoices_customer ON "Billing"."Invoices" (customer_id);
      CREATE INDEX ON "Billing"."Invoices" ("taxId");
      CREATE INDEX customers_parent ON customers (parent_id);
      INSERT INTO customers SELECT n, 'tax ' || n, NULLIF(n / 2, 0) FROM generate_series(1, 300) AS n;
      INSERT INTO "Billing"."Invoices"
        SELECT n, CASE WHEN n % 10 > 0 THEN n END, 'tax ' || n FROM generate_series(1, 300) AS n;
      CREATE TABLE visits (at date NOT NULL, customer_id bigint NOT NULL) PARTITION BY RANGE (at);
      CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE TABLE visits_later PARTITION OF visits FOR VALUES FROM ('2027-01-01') TO (MAXVALUE) PARTITION BY HASH (customer_id);
      CREATE TABLE "Visits, even" PARTITION OF visits_later FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE "Billing"."Visits, odd" PARTITION OF visits_later FOR VALUES WITH (MODULUS 2, REMAINDER 1);
      CREATE INDEX visits_customer ON visits (customer_id);
      INSERT INTO visits SELECT date '2026-01-01' + n * 2, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Billing"."Invoices" ADD CONSTRAINT invoice_of_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE ON UPDATE CASCADE;',
      'ALTER TABLE "Billing"."Invoices" ADD FOREIGN KEY (customer_id) REFERENCES customers, ADD FOREIGN KEY ("taxId") REFERENCES customers ("taxId") DEFERRABLE INITIALLY DEFERRED;',
      'ALTER TABLE customers ADD CONSTRAINT "customers’ parents, whose name is as long as any name may be!" FOREIGN KEY (parent_id) REFERENCES customers (id) ON DELETE SET NULL;',
      shows('R-12', 'ALTER TABLE visits ADD FOREIGN KEY (customer_id) REFERENCES customers (id);'),
      shows(
        'R-12',
        'ALTER TABLE public.visits ADD CONSTRAINT "who came" FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE DEFERRABLE;',
      ),
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Billing"."Invoices" ADD CONSTRAINT invoice_of_customer FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;',
      "SET lock_timeout = '100ms'; CREATE TABLE notes (id bigint PRIMARY KEY, customer_id bigint); ALTER TABLE notes ADD FOREIGN KEY (customer_id) REFERENCES customers;",
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraint } = action
    if (constraint.kind !== 'foreign-key' || constraint.notValid || judged.effect.scans.length === 0)
      return null
    const table = spelled(action.table, catalog)
    const parent = spelled(constraint.references, catalog)
    const name = constraint.name === null ? 'A foreign key' : quoteIdentifier(constraint.name)
    const waiting = table === parent ? table : `${table} and ${parent}`
    const who = judged.stalls === 'reads' ? 'every statement' : 'every INSERT, UPDATE and DELETE'
    return {
      message: `${name} from ${table} to ${parent} reads every row, and ${who} on ${waiting} waits until it ends.`,
    }
  },

  replace(action, context) {
    const { constraint } = action
    if (constraint.kind !== 'foreign-key') return { cannot: 'This is not a foreign key.' }
    return replacementFrom(referenceSteps(action, constraint, context), context)
  },
})
