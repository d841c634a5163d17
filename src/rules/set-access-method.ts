import type { QualifiedName } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { ofTable } from '../sql/edit.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { tableCopySteps } from './steps/table-copy-steps.ts'
import { makesWait } from './who-waits.ts'

export default defineRule({
  id: 'set-access-method',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-46'],
  on: ['alter-table'],

  docs: {
    what: 'ALTER TABLE … SET ACCESS METHOD on a table that is in use.',
    why: 'Heap and indexes are written anew while AccessExclusive is held: every statement on the table waits, SELECT too, until the last row is copied.',
    instead:
      'Create a table of that access method, and fill it in batches; then exchange the names. migrate plan does so: a trigger keeps the new table alike, and all that hangs on the old one is carried over.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-ACCESS-METHOD',
  },

  examples: {
    majors: { min: 15 },
    superuser: {
      make: ['CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler'],
      // It goes with the database.
      drop: [],
    },
    setup: `
      CREATE SCHEMA "Vault";
      CREATE TABLE "Vault"."Items" (id bigint PRIMARY KEY);
      INSERT INTO "Vault"."Items" SELECT generate_series(1, 300);`,
    unsafe: ['ALTER TABLE "Vault"."Items" SET ACCESS METHOD heap_too;'],
    safe: ['CREATE TABLE fresh (a integer); ALTER TABLE fresh SET ACCESS METHOD heap_too;'],
  },

  detect(action, { catalog, judged }) {
    if (action.subcommand !== 'SET ACCESS METHOD' || judged.effect.rewrites.length === 0) return null
    return { message: `SET ACCESS METHOD ${makesWait(judged.stalls, spelled(action.table, catalog))}.` }
  },

  replace(action, context) {
    const shape = {
      words: 'of another access method',
      statementsFor: (copy: QualifiedName) => [ofTable(action.sql, copy)],
    }
    return replacementFrom(tableCopySteps(action.table, shape, context), context)
  },
})
