import { tablesIn } from '../catalog/dependents.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { droppedObjects, optionsOf } from '../sql/statement-facts.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'drop-schema',
  severity: 'error',
  on: ['other'],

  docs: {
    what: 'DROP SCHEMA … CASCADE.',
    why: 'Every table, view, type and function in it goes with its rows, whoever uses it, and so do the foreign keys and views elsewhere that refer to them. AccessExclusive is taken on all of these tables at once.',
    instead:
      'Drop what is in the schema by name, table by table, once no application uses it; then DROP SCHEMA without CASCADE, which fails if something was forgotten.',
    reference: 'https://www.postgresql.org/docs/current/sql-dropschema.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Legacy";
      CREATE TABLE "Legacy"."Parts" (id bigint PRIMARY KEY);
      CREATE TABLE orders (id bigint PRIMARY KEY, part bigint REFERENCES "Legacy"."Parts");
      CREATE SCHEMA empty;
      INSERT INTO "Legacy"."Parts" SELECT generate_series(1, 300);`,
    unsafe: ['DROP SCHEMA "Legacy" CASCADE;'],
    safe: ['DROP SCHEMA empty;'],
  },

  detect(action, { catalog, judged }) {
    if (action.tag !== 'DROP SCHEMA' || !optionsOf(action.sql).cascade) return null
    const { locks, unknowns } = judged.effect
    if (locks.length === 0 && unknowns.length === 0) return null
    const schemas = droppedObjects(action.sql).map(({ name }) => name)
    const tables = tablesIn(catalog, schemas).map(formatRelation)
    const what = tables.length === 0 ? 'whatever is in it' : listed(tables)
    return { message: `With schema ${listed(schemas.map(quoteIdentifier))} goes ${what}, rows and all.` }
  },
})
