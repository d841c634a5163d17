import { defaultPartition } from '../catalog/partition-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'attach-partition-scan',
  severity: 'error',
  lastsAsLongAsRows: true,
  on: ['alter-table'],

  docs: {
    what: 'ATTACH PARTITION of a table that has no CHECK which proves that its rows fit.',
    why: 'The table is read from end to end while AccessExclusive on it is held, and so is the default partition where there is one: whoever uses either waits.',
    instead:
      'Add a CHECK that says what the bounds say, columns NOT NULL included, as NOT VALID; VALIDATE it in a transaction of its own; attach; drop it. A default partition needs one that excludes the bounds.',
    reference:
      'https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Radio";
      CREATE TABLE "Radio"."Plays" (at date NOT NULL, song text) PARTITION BY RANGE (at);
      CREATE TABLE "Radio".plays_2025 (at date NOT NULL, song text);
      CREATE TABLE "Radio".plays_2026 (at date NOT NULL, song text,
        CONSTRAINT "in 2026" CHECK (at >= '2026-01-01' AND at < '2027-01-01'));
      CREATE TABLE "Radio".shows (area text NOT NULL) PARTITION BY LIST (area);
      CREATE TABLE "Radio".shows_rest PARTITION OF "Radio".shows DEFAULT;
      INSERT INTO "Radio".plays_2025 SELECT date '2025-01-01' + n, 'song' FROM generate_series(1, 300) AS n;
      INSERT INTO "Radio".plays_2026 SELECT date '2026-01-01' + n, 'song' FROM generate_series(1, 300) AS n;
      INSERT INTO "Radio".shows SELECT 'area ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      `ALTER TABLE "Radio"."Plays" ATTACH PARTITION "Radio".plays_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');`,
      `CREATE TABLE "Radio".shows_north (area text NOT NULL); ALTER TABLE "Radio".shows ATTACH PARTITION "Radio".shows_north FOR VALUES IN ('north');`,
    ],
    safe: [
      `ALTER TABLE "Radio"."Plays" ATTACH PARTITION "Radio".plays_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');`,
      `CREATE TABLE "Radio".plays_2027 (LIKE "Radio"."Plays"); ALTER TABLE "Radio"."Plays" ATTACH PARTITION "Radio".plays_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');`,
    ],
  },

  detect(action, { catalog, judged }) {
    const [partition] = action.relations
    if (!action.subcommand.startsWith('ATTACH PARTITION') || partition === undefined) return null
    const { scans } = judged.effect
    const other = defaultPartition(catalog, action.table)
    const own = [catalog.resolve(partition), ...catalog.partitionsOf(partition)].map(formatRelation)
    const read = scans.filter((one) => own.includes(one) || (other !== null && one === formatRelation(other)))
    const [first] = read
    if (first === undefined) return null
    return {
      message: `Attaching ${spelled(partition, catalog)} reads all of ${read.join(' and of ')} while every statement there waits, SELECT too.`,
    }
  },
})
