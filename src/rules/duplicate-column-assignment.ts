import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { updateFacts } from '../sql/statement-facts.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'duplicate-column-assignment',
  severity: 'error',
  on: ['update'],

  docs: {
    what: 'UPDATE that sets one column twice.',
    why: 'PostgreSQL refuses it (42601), and the whole migration with it.',
    instead: 'Keep the one that is meant.',
    reference: 'https://www.postgresql.org/docs/current/sql-update.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Team";
      CREATE TABLE "Team"."Members" (id bigint PRIMARY KEY, role text, lead boolean);`,
    refused: '42601',
    unsafe: [`UPDATE "Team"."Members" SET role = 'dev', lead = false, role = 'ops' WHERE id = 5;`],
    safe: [`UPDATE "Team"."Members" SET role = 'dev', lead = false WHERE id = 5;`],
  },

  detect(action, { catalog }) {
    const columns = action.set.map(({ column }) => column)
    const twice = columns.find((column, at) => columns.indexOf(column) !== at)
    // Of an array or a composite, parts may be set one by one.
    if (twice === undefined || updateFacts(action.sql).partial) return null
    return {
      message: `The statement fails with 42601, for it sets ${quoteIdentifier(twice)} of ${spelled(action.table, catalog)} twice.`,
    }
  },
})
