import { autocommit, defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'detach-partition-blocking',
  severity: 'warning',
  on: ['alter-table'],

  docs: {
    what: 'DETACH PARTITION without CONCURRENTLY.',
    why: 'It takes AccessExclusive on the partitioned table, and on its default partition: an instant, for which it first waits in the queue, with every statement on any partition behind it.',
    instead:
      'DETACH PARTITION … CONCURRENTLY, outside of any transaction, which waits without stopping anybody. It is refused where there is a default partition: then SET lock_timeout before, and try again when it strikes.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Audit";
      CREATE TABLE "Audit"."Trail" (at date NOT NULL, what text) PARTITION BY RANGE (at);
      CREATE TABLE "Audit".trail_2025 PARTITION OF "Audit"."Trail" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
      INSERT INTO "Audit"."Trail" SELECT date '2025-01-01' + n, 'login' FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Audit"."Trail" DETACH PARTITION "Audit".trail_2025;'],
    safe: [autocommit('ALTER TABLE "Audit"."Trail" DETACH PARTITION "Audit".trail_2025 CONCURRENTLY;')],
  },

  detect(action, { catalog, judged }) {
    if (action.subcommand !== 'DETACH PARTITION' || judged.effect.locks.length === 0) return null
    const parts = listed(action.relations.map((one) => spelled(one, catalog)))
    const table = spelled(action.table, catalog)
    return {
      message: `Detaching ${parts} takes AccessExclusive on ${table}, and every statement on any of its partitions queues behind.`,
      ...(judged.transaction.lockTimeoutMs === null ? {} : { severity: 'info' as const }),
    }
  },
})
