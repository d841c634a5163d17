import { optionsOf } from '../sql/statement-facts.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'vacuum-full',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-44'],
  on: ['other'],

  docs: {
    what: 'VACUUM FULL of a table that is in use.',
    why: 'Heap and indexes are written anew while AccessExclusive is held: every statement on the table waits, SELECT too, until the last row is copied.',
    instead:
      'Leave it out of the migrations: it changes nothing that an application could see. A plain VACUUM frees the room for new rows and stops nobody; pg_repack gives it back to the disk beside the running application.',
    reference: 'https://www.postgresql.org/docs/current/sql-vacuum.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Mailing";
      CREATE TABLE "Mailing"."Sent" (id bigint PRIMARY KEY, body text);
      INSERT INTO "Mailing"."Sent" SELECT n, 'hello' FROM generate_series(1, 300) AS n;`,
    unsafe: [autocommit('VACUUM (FULL, ANALYZE) "Mailing"."Sent";')],
    safe: [
      autocommit('VACUUM (ANALYZE) "Mailing"."Sent";'),
      autocommit('VACUUM (FULL false) "Mailing"."Sent";'),
    ],
  },

  detect(action, { judged }) {
    const { rewrites, unknowns } = judged.effect
    if (action.tag !== 'VACUUM' || !optionsOf(action.sql).full) return null
    if (rewrites.length === 0 && unknowns.length === 0) return null
    const tables = rewrites.length === 0 ? 'every table of the database' : listed(rewrites)
    return { message: `VACUUM FULL writes ${tables} anew while every statement there waits, SELECT too.` }
  },
})
