import { defaultPartition } from '../catalog/partition-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'create-partition-of',
  severity: 'warning',
  on: ['create-table'],

  docs: {
    what: 'CREATE TABLE … PARTITION OF a table that is in use.',
    why: 'It takes AccessExclusive on the partitioned table, and every statement on any partition queues behind it. Where there is a default partition, that one is locked too and read from end to end, for rows that belong into the new one.',
    instead:
      'CREATE TABLE … (LIKE …), then ALTER TABLE … ATTACH PARTITION, which lets reads and writes go on. Give a default partition a validated CHECK before that excludes what the new one takes: then it is not read.',
    reference:
      'https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Meter";
      CREATE TABLE "Meter"."Values" (at date NOT NULL, kwh integer) PARTITION BY RANGE (at);
      CREATE TABLE "Meter".rates (area text NOT NULL, cents integer) PARTITION BY LIST (area);
      CREATE TABLE "Meter".rates_rest PARTITION OF "Meter".rates DEFAULT;
      INSERT INTO "Meter".rates SELECT 'area ' || n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      `CREATE TABLE "Meter".values_2027 PARTITION OF "Meter"."Values" FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');`,
      `CREATE TABLE "Meter".rates_north PARTITION OF "Meter".rates FOR VALUES IN ('north');`,
    ],
    safe: [
      'CREATE TABLE fresh (a integer) PARTITION BY LIST (a); CREATE TABLE fresh_1 PARTITION OF fresh FOR VALUES IN (1);',
      'CREATE TABLE "Meter".values_2028 (LIKE "Meter"."Values");',
    ],
  },

  detect(action, { catalog, judged }) {
    const { partitionOf } = action
    if (partitionOf === null || judged.effect.locks.length === 0 || catalog.isNew(partitionOf)) return null
    const parent = spelled(partitionOf, catalog)
    const other = defaultPartition(catalog, partitionOf)
    if (other !== null && judged.effect.scans.includes(formatRelation(other))) {
      return {
        message: `Every statement on ${parent} waits while all of its default partition ${formatRelation(other)} is read.`,
        severity: 'error',
      }
    }
    return {
      message: `It takes AccessExclusive on ${parent}, and every statement on any of its partitions queues behind.`,
      ...(judged.transaction.lockTimeoutMs === null ? {} : { severity: 'info' as const }),
    }
  },
})
