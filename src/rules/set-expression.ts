import { quoteIdentifier } from '../postgres/identifier.ts'
import type { QualifiedName } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { ofTable } from '../sql/edit.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { tableCopySteps } from './steps/table-copy-steps.ts'
import { makesWait } from './who-waits.ts'

export default defineRule({
  id: 'set-expression',
  severity: 'error',
  lastsAsLongAsRows: true,
  on: ['alter-table'],

  docs: {
    what: 'ALTER COLUMN … SET EXPRESSION of a stored generated column.',
    why: 'Heap and indexes are written anew while AccessExclusive is held: every statement on the table waits, SELECT too, until the last row is worked out.',
    instead:
      'Add a column beside it that a trigger keeps, fill it in batches, and let the application read that one. migrate plan does so: a trigger keeps the new table alike, and all that hangs on the old one is carried over.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-EXPRESSION',
  },

  examples: {
    majors: { min: 17 },
    setup: `
      CREATE SCHEMA "Till";
      CREATE TABLE "Till"."Lines" (
        id bigint PRIMARY KEY, cents integer NOT NULL, gross integer GENERATED ALWAYS AS (cents * 119 / 100) STORED
      );
      INSERT INTO "Till"."Lines" SELECT n, n FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Till"."Lines" ALTER COLUMN gross SET EXPRESSION AS (cents * 116 / 100);'],
    safe: [
      'CREATE TABLE fresh (a integer, b integer GENERATED ALWAYS AS (a * 2) STORED); ALTER TABLE fresh ALTER COLUMN b SET EXPRESSION AS (a * 3);',
    ],
  },

  detect(action, { catalog, judged }) {
    if (action.subcommand !== 'SET EXPRESSION' || judged.effect.rewrites.length === 0) return null
    const column = quoteIdentifier(action.name ?? '')
    return {
      message: `Working ${column} out anew ${makesWait(judged.stalls, spelled(action.table, catalog))}.`,
    }
  },

  replace(action, context) {
    const shape = {
      words: `of which ${quoteIdentifier(action.name ?? '')} is worked out anew`,
      statementsFor: (copy: QualifiedName) => [ofTable(action.sql, copy)],
    }
    return replacementFrom(tableCopySteps(action.table, shape, context), context)
  },
})
