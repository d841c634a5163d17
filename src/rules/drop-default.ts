import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { defaultStep } from './steps/default-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-default',
  severity: 'warning',
  recipe: ['R-32'],
  on: ['drop-default'],

  docs: {
    what: 'DROP DEFAULT.',
    why: 'The INSERTs of an application that leaves the column out write NULL from now on, or fail where it is NOT NULL: the old application, as a rule. AccessExclusive is held for an instant.',
    instead:
      'Drop it once every running application sends a value. migrate plan puts it in the contract phase and keeps the former default for the way back.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-DEFAULT',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Mail";
      CREATE TABLE "Mail"."Letters" (id bigint PRIMARY KEY, "Class" text NOT NULL DEFAULT 'b', stamped boolean);
      INSERT INTO "Mail"."Letters" SELECT n, 'a', true FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Mail"."Letters" ALTER COLUMN "Class" DROP DEFAULT;'],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Mail"."Letters" ALTER COLUMN stamped DROP DEFAULT;',
      'CREATE TABLE stamps (cents int DEFAULT 85); ALTER TABLE stamps ALTER COLUMN cents DROP DEFAULT;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.locks.length === 0) return null
    const known = catalog.column(action.table, action.column)
    if (typeof known === 'object' && known.default === null) return null
    const table = spelled(action.table, catalog)
    const column = quoteIdentifier(action.column)
    const fails = typeof known === 'object' && known.notNull
    return {
      message: fails
        ? `INSERTs into ${table} that leave ${column} out fail from now on, for it is NOT NULL.`
        : `INSERTs into ${table} that leave ${column} out write NULL from now on.`,
    }
  },

  replace(action, context) {
    return replacementFrom({ steps: [defaultStep(action, 'contract', context.catalog)] }, context)
  },
})
