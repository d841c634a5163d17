import { quoteLiteral } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { addedValue, enumValueSteps, tablesOfType } from './steps/enum-value-steps.ts'
import { replacementFrom } from './steps/recipe.ts'

export default defineRule({
  id: 'enum-add-value',
  severity: 'warning',
  recipe: ['R-33'],
  on: ['other'],

  docs: {
    what: 'ALTER TYPE … ADD VALUE on an enum that is in use.',
    why: 'No table is locked, but from then on a row may hold a value that the running application has never heard of: many clients fail when they read it. The value can never be taken away again, and the transaction that adds it cannot use it.',
    instead:
      'Add it in a transaction of its own, deploy an application that reads it, and only then one that writes it. migrate plan adds it before everything that may use it, each in later transactions.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Shop";
      CREATE TYPE "Shop"."Order state" AS ENUM ('new', 'paid', 'it''s gone');
      CREATE TYPE public.mood AS ENUM ('sad', 'happy');
      CREATE TABLE "Shop"."Orders" (id bigint PRIMARY KEY, state "Shop"."Order state" NOT NULL DEFAULT 'new');
      CREATE TABLE "Shop".archive (id bigint PRIMARY KEY, states "Shop"."Order state"[]);
      INSERT INTO "Shop"."Orders" SELECT n, 'paid' FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TYPE "Shop"."Order state" ADD VALUE \'sent; on its "way"\' BEFORE \'it\'\'s gone\';',
      "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'so so' AFTER 'sad';",
      'ALTER TYPE "Shop"."Order state" ADD VALUE \'lost\'; ALTER TYPE "Shop"."Order state" ADD VALUE \'found\' AFTER \'lost\';',
    ],
    safe: [
      "CREATE TYPE colour AS ENUM ('red'); ALTER TYPE colour ADD VALUE 'green';",
      "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';",
    ],
  },

  detect(action, { catalog }) {
    const added = addedValue(action, catalog)
    if (added === null || catalog.isNewType(added.type)) return null
    const tables = tablesOfType(added.type, catalog)
    const where = tables === null ? 'A column of it' : `A row of ${tables}`
    return {
      message: `${where} may hold ${quoteLiteral(added.value)} of ${formatRelation(added.type)} from then on, which the running application may not be able to read, and it can never be taken away.`,
    }
  },

  replace(action, context) {
    const added = addedValue(action, context.catalog)
    if (added === null) return { cannot: 'This adds no value to an enum.' }
    return replacementFrom(enumValueSteps(action, added, context.catalog), context)
  },
})
