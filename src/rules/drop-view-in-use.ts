import { createdView } from '../sql/statement-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineTransactionRule({
  id: 'drop-view-in-use',
  severity: 'error',
  recipe: ['R-43'],

  docs: {
    what: 'DROP VIEW or DROP MATERIALIZED VIEW, and no view of that name after it in the transaction.',
    why: 'Every statement of the running application that reads the view fails from then on.',
    instead:
      'Deploy an application that does not read it, and drop it in a later migration. To give it other columns, drop and create it in one transaction, and grant its privileges again. migrate plan puts DROP VIEW in the contract phase, behind the gate.',
    reference: 'https://www.postgresql.org/docs/current/sql-dropview.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Desk";
      CREATE TABLE "Desk".tickets (id bigint PRIMARY KEY, closed boolean NOT NULL DEFAULT false);
      CREATE VIEW "Desk"."Open" AS SELECT id FROM "Desk".tickets WHERE NOT closed;
      CREATE MATERIALIZED VIEW "Desk".totals AS SELECT count(*) AS n FROM "Desk".tickets;`,
    unsafe: ['DROP VIEW "Desk"."Open";', 'DROP MATERIALIZED VIEW IF EXISTS "Desk".totals;'],
    safe: [
      'DROP VIEW "Desk"."Open"; CREATE VIEW "Desk"."Open" AS SELECT id, closed FROM "Desk".tickets WHERE NOT closed;',
      'CREATE VIEW draft AS SELECT 1 AS a; DROP VIEW draft;',
    ],
  },

  detect(actions) {
    return actions.flatMap(({ action, catalog, effect }, position): readonly TransactionDetection[] => {
      if (action.kind !== 'other') return []
      if (action.tag !== 'DROP VIEW' && action.tag !== 'DROP MATERIALIZED VIEW') return []
      const locked = new Set(effect.locks.map(({ relation }) => relation))
      const made = new Set(actions.slice(position).flatMap(createdName))
      const gone = action.relations
        .filter((view) => catalog.table(view) !== 'absent')
        .map((view) => formatRelation(catalog.resolve(view)))
        .filter((view) => locked.has(view) && !made.has(view))
      if (gone.length === 0) return []
      return [
        {
          claims: [position],
          message: `Statements of the running application that read ${listed(gone)} fail from now on.`,
        },
      ]
    })
  },
})

function createdName({
  action,
  catalog,
}: Parameters<Parameters<typeof defineTransactionRule>[0]['detect']>[0][number]): readonly string[] {
  const view = action.kind === 'other' ? createdView(action.sql) : null
  return view === null ? [] : [formatRelation(catalog.resolve(view.name))]
}
