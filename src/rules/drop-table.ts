import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-table',
  severity: 'error',
  recipe: ['R-31'],
  on: ['drop-table'],

  docs: {
    what: 'DROP TABLE of a table that is in use.',
    why: 'Every statement of the running application that names the table fails from then on, and its rows cannot be brought back. AccessExclusive is taken on the tables that its foreign keys refer to as well.',
    instead:
      'Deploy an application that does not know the table any more, and drop it in a later migration. migrate plan leaves DROP TABLE to the contract phase, behind the gate at which the old application must be gone, and drops its foreign keys before, each alone.',
    reference: 'https://www.postgresql.org/docs/current/sql-droptable.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Poll";
      CREATE TABLE "Poll".questions (id bigint PRIMARY KEY, text text);
      CREATE TABLE "Poll"."Votes" (id bigint PRIMARY KEY, question bigint REFERENCES "Poll".questions, yes boolean);
      INSERT INTO "Poll".questions SELECT n, 'question ' || n FROM generate_series(1, 30) AS n;
      INSERT INTO "Poll"."Votes" SELECT n, 1 + n % 30, true FROM generate_series(1, 300) AS n;`,
    unsafe: ['DROP TABLE "Poll"."Votes";', 'DROP TABLE IF EXISTS "Poll".questions CASCADE;'],
    safe: ['DROP TABLE IF EXISTS "Poll".comments;', 'CREATE TABLE scratch (a integer); DROP TABLE scratch;'],
  },

  detect(action, { catalog, judged }) {
    const known = catalog.table(action.table)
    if (judged.effect.locks.length === 0 || known === 'absent' || catalog.isNew(action.table)) return null
    // Of a partition drop-partition speaks.
    if (typeof known === 'object' && known.partitionOf !== null) return null
    return {
      message: `Statements of the running application that name ${spelled(action.table, catalog)} fail from now on, and its rows are gone.`,
    }
  },
})
