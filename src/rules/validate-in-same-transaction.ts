import { quoteIdentifier } from '../postgres/identifier.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'validate-in-same-transaction',
  severity: 'error',
  lastsAsLongAsRows: true,
  on: ['validate-constraint'],

  docs: {
    what: 'VALIDATE CONSTRAINT in the transaction that still holds a strong lock, as a rule that of its own ADD … NOT VALID.',
    why: 'The lock of ADD CONSTRAINT is held until the last row is checked: NOT VALID has gained nothing.',
    instead:
      'Commit between the two. Most runners wrap a file in a transaction: put VALIDATE CONSTRAINT in a file of its own. migrate plan splits them.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Bank";
      CREATE TABLE "Bank"."Accounts" (id bigint PRIMARY KEY, balance numeric, branch bigint);
      CREATE TABLE "Bank".branches (id bigint PRIMARY KEY);
      CREATE INDEX accounts_branch ON "Bank"."Accounts" (branch);
      INSERT INTO "Bank".branches SELECT generate_series(1, 30);
      INSERT INTO "Bank"."Accounts" SELECT n, n, 1 + n % 30 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Bank"."Accounts" ADD CONSTRAINT "in credit" CHECK (balance >= 0) NOT VALID; ALTER TABLE "Bank"."Accounts" VALIDATE CONSTRAINT "in credit";',
      'BEGIN; ALTER TABLE "Bank"."Accounts" ADD CONSTRAINT at_branch FOREIGN KEY (branch) REFERENCES "Bank".branches NOT VALID; ALTER TABLE "Bank"."Accounts" VALIDATE CONSTRAINT at_branch; COMMIT;',
    ],
    safe: [
      autocommit(
        'SET lock_timeout = \'100ms\'; ALTER TABLE "Bank"."Accounts" ADD CONSTRAINT "in credit" CHECK (balance >= 0) NOT VALID; ALTER TABLE "Bank"."Accounts" VALIDATE CONSTRAINT "in credit";',
      ),
    ],
  },

  detect(action, { catalog, judged }) {
    const { stalls } = judged
    if (stalls !== 'reads' && stalls !== 'writes') return null
    const table = spelled(action.table, catalog)
    const name = quoteIdentifier(action.constraint)
    const who = stalls === 'reads' ? 'every statement on it waits, SELECT too' : 'every write to it waits'
    return {
      message: `Every row of ${table} is read to check ${name} under a lock that the transaction took before, so ${who}.`,
    }
  },
})
