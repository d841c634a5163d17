import { changedDomain } from '../sql/statement-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'alter-domain-add-constraint',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-37'],
  on: ['other'],

  docs: {
    what: 'ALTER DOMAIN … ADD CONSTRAINT without NOT VALID, or SET NOT NULL, of a domain that columns have.',
    why: 'Every table with a column of the domain is read from end to end under Share: all writes to all of them wait until the last one is done.',
    instead:
      'Add the constraint as NOT VALID, which holds for new values at once. VALIDATE CONSTRAINT stops the writers just the same; a CHECK on each table, validated there, does not.',
    reference: 'Measured on PostgreSQL 14 to 18: Share on every table with a column of the domain.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Shop";
      CREATE DOMAIN "Shop"."Price" AS numeric;
      CREATE DOMAIN "Shop".unused AS text;
      CREATE TABLE "Shop"."Items" (id bigint PRIMARY KEY, price "Shop"."Price");
      CREATE TABLE offers (item bigint, price "Shop"."Price");
      INSERT INTO "Shop"."Items" SELECT n, n FROM generate_series(1, 300) AS n;
      INSERT INTO offers SELECT n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER DOMAIN "Shop"."Price" ADD CONSTRAINT positive CHECK (VALUE > 0);',
      'ALTER DOMAIN "Shop"."Price" SET NOT NULL;',
    ],
    safe: [
      'ALTER DOMAIN "Shop"."Price" ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;',
      `ALTER DOMAIN "Shop".unused ADD CHECK (VALUE <> '');`,
    ],
  },

  detect(action, { catalog, judged }) {
    const domain = action.tag === 'ALTER DOMAIN' ? changedDomain(action.sql) : null
    const { scans, unknowns } = judged.effect
    if (domain === null || !domain.checks || domain.validates) return null
    if (scans.length === 0 && unknowns.length === 0) return null
    const where = scans.length === 0 ? 'every table with a column of it' : listed(scans)
    return {
      message: `Each value of ${formatRelation(catalog.resolveType(domain.name))} is checked in ${where}, and every write there waits until all of it is read.`,
    }
  },
})
