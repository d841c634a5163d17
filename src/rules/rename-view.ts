import { formatRelation } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { renamedView } from '../sql/object-facts.ts'
import { generated } from '../sql/edit.ts'
import { defineRule } from './define-rule.ts'
import { movedTableSteps } from './steps/moved-table-steps.ts'
import { replacementFrom } from './steps/recipe.ts'

export default defineRule({
  id: 'rename-view',
  severity: 'error',
  on: ['other'],

  docs: {
    what: 'ALTER VIEW … RENAME TO, or ALTER MATERIALIZED VIEW … RENAME TO.',
    why: 'Every statement of the running application that names the view fails from that instant on.',
    instead:
      'Leave a view of the old name in the same transaction, and drop it once no application reads it. migrate plan does so, with the owner and the privileges of the view.',
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

  replace(action, context) {
    const renamed = renamedView(action.sql)
    if (renamed === null) return { cannot: 'Only ALTER VIEW … RENAME TO has a plan.' }
    const from = context.catalog.resolve(renamed.from)
    const to = { schema: from.schema, name: renamed.to }
    const kind = action.tag === 'ALTER VIEW' ? 'VIEW' : 'MATERIALIZED VIEW'
    const undo = generated(`ALTER ${kind} ${formatRelation(to)} RENAME TO ${quoteIdentifier(from.name)}`)
    return replacementFrom(
      movedTableSteps(renamed.from, { from, to, sql: action.sql, undo }, context),
      context,
    )
  },
})
