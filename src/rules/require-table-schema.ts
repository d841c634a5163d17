import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'require-table-schema',
  severity: 'info',
  optIn: true,
  on: ['create-table'],

  docs: {
    what: 'CREATE TABLE without a schema.',
    why: 'The search_path of whoever runs the migration decides where the table goes: another role or another tool makes it somewhere else.',
    instead: 'Write the schema in front of the name.',
    reference: 'https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH',
  },

  examples: {
    setup: 'CREATE SCHEMA "App";',
    unsafe: ['CREATE TABLE "Users" (id bigint PRIMARY KEY);'],
    safe: [
      'CREATE TABLE "App"."Users" (id bigint PRIMARY KEY);',
      'CREATE TEMPORARY TABLE scratch (a integer);',
    ],
  },

  detect(action) {
    if (action.table.schema !== null || action.temporary) return null
    return { message: `Where ${quoteIdentifier(action.table.name)} is made depends on the search_path.` }
  },
})
