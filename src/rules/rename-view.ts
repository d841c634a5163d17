import { formatRelation } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { renamedView } from '../sql/object-facts.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'rename-view',
  severity: 'error',
  on: ['other'],

  docs: {
    what: 'ALTER VIEW … RENAME TO, or ALTER MATERIALIZED VIEW … RENAME TO.',
    why: 'Every statement of the running application that names the view fails from that instant on.',
    instead:
      'CREATE VIEW under the new name, with the same query, and drop the old one in a later migration, once no application reads it.',
    reference: 'https://www.postgresql.org/docs/current/sql-alterview.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Board";
      CREATE TABLE "Board".posts (id bigint PRIMARY KEY, hidden boolean NOT NULL DEFAULT false);
      CREATE VIEW "Board"."Shown" AS SELECT id FROM "Board".posts WHERE NOT hidden;
      CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM "Board".posts;`,
    unsafe: [
      'ALTER VIEW "Board"."Shown" RENAME TO visible;',
      'ALTER MATERIALIZED VIEW counts RENAME TO "Counts";',
    ],
    safe: ['CREATE VIEW fresh AS SELECT 1 AS a; ALTER VIEW fresh RENAME TO ripe;'],
  },

  detect(action, { catalog }) {
    const renamed = renamedView(action.sql)
    if (renamed === null || catalog.isNew(renamed.from)) return null
    const view = formatRelation(catalog.resolve(renamed.from))
    return {
      message: `The running application still reads ${view}, and fails from the moment that it is called ${quoteIdentifier(renamed.to)}.`,
    }
  },
})
