import { changedDomain } from '../sql/statement-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'alter-domain-validate',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-37'],
  on: ['other'],

  docs: {
    what: 'ALTER DOMAIN … VALIDATE CONSTRAINT.',
    why: 'Unlike that of a table, it stops the writers: every table with a column of the domain is read from end to end under Share.',
    instead:
      'Leave the constraint of the domain NOT VALID: it holds for every new value. Let a CHECK on each table, which VALIDATE CONSTRAINT checks beside the running application, vouch for the old ones.',
    reference: 'Measured on PostgreSQL 14 to 18: Share on every table with a column of the domain.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Paper";
      CREATE DOMAIN "Paper"."Isbn" AS text;
      ALTER DOMAIN "Paper"."Isbn" ADD CONSTRAINT long_enough CHECK (length(VALUE) > 0) NOT VALID;
      CREATE DOMAIN unused AS text;
      ALTER DOMAIN unused ADD CONSTRAINT filled CHECK (VALUE <> '') NOT VALID;
      CREATE TABLE "Paper".books (id bigint PRIMARY KEY, isbn "Paper"."Isbn");
      INSERT INTO "Paper".books SELECT n, n::text FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER DOMAIN "Paper"."Isbn" VALIDATE CONSTRAINT long_enough;'],
    safe: ['ALTER DOMAIN unused VALIDATE CONSTRAINT filled;'],
  },

  detect(action, { catalog, judged }) {
    const domain = action.tag === 'ALTER DOMAIN' ? changedDomain(action.sql) : null
    const { scans, unknowns } = judged.effect
    if (domain?.validates !== true || (scans.length === 0 && unknowns.length === 0)) return null
    const where = scans.length === 0 ? 'every table with a column of it' : listed(scans)
    return {
      message: `Each value of ${formatRelation(catalog.resolveType(domain.name))} is checked in ${where}, and every write there waits until all of it is read.`,
    }
  },
})
