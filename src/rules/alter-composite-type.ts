import { formatRelation } from '../postgres/relation-name.ts'
import { splitName } from '../postgres/type-name.ts'
import { changedComposite } from '../sql/statement-facts.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'alter-composite-type',
  severity: 'warning',
  on: ['other'],

  docs: {
    what: 'ALTER TYPE … ADD, DROP, ALTER or RENAME ATTRIBUTE … CASCADE of a composite type that tables are made OF.',
    why: 'The attribute is a column of each of these tables: each is locked AccessExclusive at once, though for an instant, and applications meet another table than they were written for.',
    instead:
      "SET lock_timeout = '100ms' before, and try again when it strikes. A table that changes is better not made OF a type: ALTER TABLE … NOT OF loosens the tie, and the columns then change like any other.",
    reference: 'https://www.postgresql.org/docs/current/sql-altertype.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Maps";
      CREATE TYPE "Maps"."Point" AS (x integer, y integer);
      CREATE TYPE "Maps".unused AS (x integer);
      CREATE TABLE "Maps"."Peaks" OF "Maps"."Point";
      CREATE TABLE "Maps".lakes OF "Maps"."Point";
      INSERT INTO "Maps"."Peaks" SELECT n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TYPE "Maps"."Point" ADD ATTRIBUTE height integer CASCADE;',
      'ALTER TYPE "Maps"."Point" RENAME ATTRIBUTE x TO east CASCADE;',
    ],
    safe: ['ALTER TYPE "Maps".unused ADD ATTRIBUTE y integer;', `ALTER TABLE "Maps".lakes NOT OF;`],
  },

  detect(action, { catalog, judged }) {
    if (action.tag !== 'ALTER TYPE') return null
    const type = changedComposite(action.sql)
    // The type is locked as a relation of its own.
    const locked = judged.effect.locks.map(({ relation }) => relation)
    const tables = locked.filter((relation) => typeof catalog.table(splitName(relation)) === 'object')
    if (type === null || tables.length === 0) return null
    return {
      message: `${listed(tables)} ${tables.length === 1 ? 'is' : 'are'} locked AccessExclusive with ${formatRelation(type)}, and ${tables.length === 1 ? 'has' : 'have'} other columns afterwards.`,
    }
  },
})
