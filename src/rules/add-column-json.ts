import { columnTypeOf } from '../catalog/known-type.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-json',
  severity: 'warning',
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN of type json to a table that is in use.',
    why: 'json has no equality: a SELECT DISTINCT, GROUP BY or UNION of the running application that takes all columns of the table fails (42883) from then on.',
    instead: 'Use jsonb, which can be compared and indexed.',
    reference: 'https://www.postgresql.org/docs/current/datatype-json.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Quiz";
      CREATE TABLE "Quiz"."Answers" (id bigint PRIMARY KEY);
      INSERT INTO "Quiz"."Answers" SELECT generate_series(1, 300);`,
    unsafe: ['ALTER TABLE "Quiz"."Answers" ADD COLUMN "rawData" json;'],
    safe: [
      'ALTER TABLE "Quiz"."Answers" ADD COLUMN data jsonb;',
      'CREATE TABLE fresh (a integer); ALTER TABLE fresh ADD COLUMN b json;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (columnTypeOf(catalog, action.column.type) !== 'json' || judged.effect.locks.length === 0) return null
    const table = spelled(action.table, catalog)
    return {
      message: `SELECT DISTINCT and UNION over all columns of ${table} fail with ${quoteIdentifier(action.column.name)}, for json has no equality.`,
    }
  },
})
