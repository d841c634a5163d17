import type { QualifiedName } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { ofTable } from '../sql/edit.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { tableCopySteps } from './steps/table-copy-steps.ts'
import { makesWait } from './who-waits.ts'

export default defineRule({
  id: 'set-logged-unlogged',
  severity: 'error',
  recipe: ['R-46'],
  on: ['alter-table'],

  docs: {
    what: 'ALTER TABLE … SET LOGGED or SET UNLOGGED on a table that is in use.',
    why: 'Heap and indexes are written anew while AccessExclusive is held: nobody reads or writes the table until the last row is copied. An unlogged table is empty after a crash, and a standby never has a row of it.',
    instead:
      'Create a table that is as it should be from the start, and fill it in batches; then exchange the names. migrate plan does so: a trigger keeps the new table alike, and all that hangs on the old one is carried over.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-LOGGED-UNLOGGED',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Jobs";
      CREATE TABLE "Jobs"."Queue" (id bigint PRIMARY KEY, payload jsonb);
      CREATE UNLOGGED TABLE "Jobs".seen (id bigint PRIMARY KEY);
      INSERT INTO "Jobs"."Queue" SELECT n FROM generate_series(1, 300) AS n;
      INSERT INTO "Jobs".seen SELECT n FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Jobs"."Queue" SET UNLOGGED;', 'ALTER TABLE "Jobs".seen SET LOGGED;'],
    safe: ['CREATE UNLOGGED TABLE fresh (a integer); ALTER TABLE fresh SET LOGGED;'],
  },

  detect(action, { catalog, judged }) {
    if (action.subcommand !== 'SET LOGGED' && action.subcommand !== 'SET UNLOGGED') return null
    if (judged.effect.rewrites.length === 0) return null
    const table = spelled(action.table, catalog)
    const loss = action.subcommand === 'SET UNLOGGED' ? ', and a crash leaves it without a row' : ''
    return { message: `${action.subcommand} ${makesWait(judged.stalls, table)}${loss}.` }
  },

  replace(action, context) {
    const shape = {
      words: action.subcommand === 'SET LOGGED' ? 'that is logged' : 'that is not logged',
      statementsFor: (copy: QualifiedName) => [ofTable(action.sql, copy)],
    }
    return replacementFrom(tableCopySteps(action.table, shape, context), context)
  },
})
