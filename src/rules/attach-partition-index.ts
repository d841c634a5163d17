import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'attach-partition-index',
  severity: 'error',
  lastsAsLongAsRows: true,
  on: ['alter-table'],

  docs: {
    what: 'ATTACH PARTITION of a table that lacks an index of the partitioned table.',
    why: 'PostgreSQL builds the index while it attaches, with AccessExclusive on the table that is attached and a lock on the partitioned table that holds up every other change of it.',
    instead:
      'Build each index that the partitioned table has on the table before, with CREATE INDEX CONCURRENTLY. ATTACH PARTITION takes an index that is equal.',
    reference:
      'https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Library";
      CREATE TABLE "Library"."Loans" (at date NOT NULL, book bigint) PARTITION BY RANGE (at);
      CREATE INDEX loans_book ON "Library"."Loans" (book);
      CREATE TABLE "Library".loans_2025 (at date NOT NULL, book bigint);
      CREATE TABLE "Library".loans_2026 (at date NOT NULL, book bigint);
      CREATE INDEX loans_2026_book ON "Library".loans_2026 (book);
      INSERT INTO "Library".loans_2025 SELECT date '2025-01-01' + n, n FROM generate_series(1, 300) AS n;
      INSERT INTO "Library".loans_2026 SELECT date '2026-01-01' + n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      `ALTER TABLE "Library"."Loans" ATTACH PARTITION "Library".loans_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');`,
    ],
    safe: [
      `ALTER TABLE "Library"."Loans" ATTACH PARTITION "Library".loans_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');`,
    ],
  },

  detect(action, { catalog, judged }) {
    const { builds } = judged.effect
    if (!action.subcommand.startsWith('ATTACH PARTITION') || builds.length === 0) return null
    return {
      message: `Attaching to ${spelled(action.table, catalog)} builds the indexes that ${listed(builds)} lacks while every statement there waits, SELECT too.`,
    }
  },
})
