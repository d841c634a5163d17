import { viewsOver } from '../catalog/dependents.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-column-dependents',
  severity: 'error',
  recipe: ['R-43'],
  on: ['drop-column', 'drop-table'],

  docs: {
    what: 'DROP COLUMN, or DROP TABLE, of what a view reads.',
    why: 'PostgreSQL refuses it (2BP01), and the whole migration with it.',
    instead:
      'Give the view a query without it (CREATE OR REPLACE VIEW, or DROP VIEW and CREATE VIEW in one transaction) before. CASCADE is no way out: it drops the view, and those over it.',
    reference: 'https://www.postgresql.org/docs/current/ddl-depend.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Zoo";
      CREATE TABLE "Zoo"."Animals" (id bigint PRIMARY KEY, species text, weight integer);
      CREATE VIEW "Zoo".heavy AS SELECT id, species AS kind FROM "Zoo"."Animals" WHERE weight > 100;
      CREATE VIEW kinds AS SELECT DISTINCT kind FROM "Zoo".heavy;
      INSERT INTO "Zoo"."Animals" SELECT n, 'bear', n FROM generate_series(1, 300) AS n;`,
    refused: '2BP01',
    unsafe: ['ALTER TABLE "Zoo"."Animals" DROP COLUMN weight;', 'DROP TABLE "Zoo"."Animals";'],
    safe: ['DROP VIEW kinds; DROP VIEW "Zoo".heavy; ALTER TABLE "Zoo"."Animals" DROP COLUMN weight;'],
  },

  detect(action, { catalog }) {
    if (action.cascade) return null
    const column = action.kind === 'drop-column' ? action.column : null
    if (column !== null && catalog.column(action.table, column) === 'absent') return null
    const views = viewsOver(catalog, action.table, column).map(formatRelation)
    if (views.length === 0) return null
    const table = spelled(action.table, catalog)
    const what = column === null ? table : `${quoteIdentifier(column)} of ${table}`
    return { message: `The drop fails with 2BP01, for ${listed(views)} would lose ${what}.` }
  },
})
