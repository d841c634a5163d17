import { tablesIn } from '../catalog/dependents.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { renamedSchema } from '../sql/object-facts.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'rename-schema',
  severity: 'error',
  recipe: ['R-29'],
  on: ['other'],

  docs: {
    what: 'ALTER SCHEMA … RENAME TO.',
    why: 'No table is locked, and from that instant on nothing in the schema is found under its name: every statement of the running application that writes the schema, every search_path that names it, every function body that does.',
    instead:
      'Keep the name. Or make the new schema beside it, with a view for each table (PostgreSQL passes writes to such a view on), and move the tables once every application says the new name.',
    reference: 'https://www.postgresql.org/docs/current/sql-alterschema.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Sales";
      CREATE TABLE "Sales".leads (id bigint PRIMARY KEY);`,
    unsafe: ['ALTER SCHEMA "Sales" RENAME TO revenue;'],
    safe: [
      'ALTER TABLE "Sales".leads ADD COLUMN source text;',
      'CREATE SCHEMA draft; CREATE TABLE draft.notes (a integer); ALTER SCHEMA draft RENAME TO ready;',
    ],
  },

  detect(action, { catalog }) {
    const renamed = action.tag === 'ALTER SCHEMA' ? renamedSchema(action.sql) : null
    if (renamed === null) return null
    const tables = tablesIn(catalog, [renamed.from])
    if (tables.length > 0 && tables.every((table) => catalog.isNew(table))) return null
    return {
      message: `Nothing of schema ${quoteIdentifier(renamed.from)} is found by the running application from the moment that it is called ${quoteIdentifier(renamed.to)}.`,
    }
  },
})
