import { keptView } from '../catalog/dependents.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { viewFacts } from '../sql/object-facts.ts'
import { createdView } from '../sql/statement-facts.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'replace-view-incompatible',
  severity: 'error',
  on: ['other'],

  docs: {
    what: 'CREATE OR REPLACE VIEW that leaves a column out, renames one or moves it.',
    why: 'PostgreSQL refuses it (42P16), and the whole migration with it: it only ever adds columns at the end.',
    instead:
      'Keep the columns that are there, in their order, and put new ones behind them. Or DROP VIEW and CREATE VIEW in one transaction, if no application reads what goes; privileges must be granted again.',
    reference: 'https://www.postgresql.org/docs/current/sql-createview.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Port";
      CREATE TABLE "Port"."Ships" (id bigint PRIMARY KEY, name text, flag text);
      CREATE VIEW "Port".arrivals AS SELECT id, name, flag AS country FROM "Port"."Ships";`,
    refused: '42P16',
    unsafe: [
      'CREATE OR REPLACE VIEW "Port".arrivals AS SELECT id, name FROM "Port"."Ships";',
      'CREATE OR REPLACE VIEW "Port".arrivals AS SELECT id, name, flag FROM "Port"."Ships";',
    ],
    safe: [
      'CREATE OR REPLACE VIEW "Port".arrivals (id, "name") AS SELECT s.id, s.name, s.flag AS country, lower(s.name) AS small FROM "Port"."Ships" AS s;',
      'DROP VIEW "Port".arrivals; CREATE OR REPLACE VIEW "Port".arrivals AS SELECT id FROM "Port"."Ships";',
    ],
  },

  detect(action, { catalog }) {
    const view = action.tag === 'CREATE VIEW' ? createdView(action.sql) : null
    if (view === null) return null
    const wanted = viewFacts(action.sql)
    const kept = keptView(catalog, view.name)
    const before = kept === null ? null : (viewFacts(kept)?.columns ?? null)
    if (wanted?.replaces !== true || wanted.columns === null || before === null) return null
    const { columns } = wanted
    const lost = before.find((column, index) => columns[index] !== column)
    if (lost === undefined) return null
    return {
      message: `The statement fails with 42P16, for ${formatRelation(catalog.resolve(view.name))} has column ${quoteIdentifier(lost)} in another place, or not any more.`,
    }
  },
})
