import { quoteIdentifier } from '../postgres/identifier.ts'
import { tableObject } from './steps/objects.ts'
import { defineRule } from './define-rule.ts'
import { validateStep } from './steps/not-valid-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'validate-constraint',
  severity: 'info',
  lastsAsLongAsRows: true,
  recipe: ['R-16'],
  on: ['validate-constraint'],

  docs: {
    what: 'VALIDATE CONSTRAINT.',
    why: 'Nobody waits: it reads every row under ShareUpdateExclusive, which excludes other DDL, VACUUM and concurrent index builds on the table only. It takes as long as the table is large.',
    instead:
      'Give it a transaction of its own, so that nothing stronger is held meanwhile, and time enough. migrate plan runs it as a patient step.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT',
  },

  examples: {
    setup: `
      CREATE TABLE "Cars" (id bigint PRIMARY KEY, doors integer, model bigint);
      CREATE TABLE models (id bigint PRIMARY KEY);
      INSERT INTO models SELECT generate_series(1, 30);
      INSERT INTO "Cars" SELECT n, 2 + n % 4, 1 + n % 30 FROM generate_series(1, 300) AS n;
      ALTER TABLE "Cars" ADD CONSTRAINT "has doors" CHECK (doors > 0) NOT VALID;
      ALTER TABLE "Cars" ADD CONSTRAINT of_model FOREIGN KEY (model) REFERENCES models NOT VALID;
      CREATE INDEX cars_model ON "Cars" (model);
      ALTER TABLE "Cars" ADD CONSTRAINT proved CHECK (doors < 10);`,
    unsafe: [
      'ALTER TABLE "Cars" VALIDATE CONSTRAINT "has doors";',
      'ALTER TABLE "Cars" VALIDATE CONSTRAINT of_model;',
    ],
    safe: ['ALTER TABLE "Cars" VALIDATE CONSTRAINT proved;'],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.scans.length === 0) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Every row of ${table} is read to check ${quoteIdentifier(action.constraint)}, while it is written to.`,
    }
  },

  replace(action, context) {
    const { catalog } = context
    const table = catalog.resolve(action.table)
    const known = catalog.constraint(action.table, action.constraint)
    const parent = typeof known === 'object' ? known.references : null
    const reads = parent === null ? [] : [tableObject(parent)]
    return replacementFrom({ steps: [validateStep(table, action.constraint, 'backfill', reads)] }, context)
  },
})
