import { spelled } from './steps/recipe.ts'
import { autocommit, defineRule } from './define-rule.ts'

export default defineRule({
  id: 'concurrent-index-if-not-exists',
  severity: 'warning',
  on: ['create-index'],

  docs: {
    what: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS.',
    why: 'A concurrent build that fails leaves an INVALID index under its name. Run again, the statement finds the name taken, says that all is well, and queries go on without an index that every write still pays for.',
    instead:
      'Leave IF NOT EXISTS out, and drop an INVALID index of that name before. migrate plan looks whether the index is valid, not whether its name is taken.',
    reference: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  },

  examples: {
    setup: `
      CREATE TABLE "Invoice" (id bigint PRIMARY KEY, paid_on date);
      INSERT INTO "Invoice" SELECT n, date '2026-01-01' + n % 30 FROM generate_series(1, 300) AS n;`,
    unsafe: [autocommit('CREATE INDEX CONCURRENTLY IF NOT EXISTS invoice_paid_on ON "Invoice" (paid_on);')],
    safe: [autocommit('CREATE INDEX CONCURRENTLY invoice_paid_on ON "Invoice" (paid_on);')],
  },

  detect(action, { catalog, judged }) {
    if (!action.concurrently || !action.ifNotExists || judged.effect.builds.length === 0) return null
    const table = spelled(action.table, catalog)
    return {
      message: `IF NOT EXISTS takes an INVALID index that a failed build left on ${table} for the index.`,
    }
  },
})
