import { policiesOn } from '../catalog/dependents.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'

export default defineTransactionRule({
  id: 'enable-rls',
  severity: 'error',
  recipe: ['R-51'],

  docs: {
    what: 'ENABLE ROW LEVEL SECURITY on a table without a policy.',
    why: 'Without a policy nobody but the owner of the table sees a single row or may write one: the application meets an empty table, and its INSERTs fail. After FORCE ROW LEVEL SECURITY the owner does too.',
    instead:
      'CREATE POLICY for every role that the application uses, in the same transaction and before. Policies without row level security change nothing, so they can come in an earlier migration.',
    reference: 'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Tenants";
      CREATE TABLE "Tenants"."Bills" (id bigint PRIMARY KEY, tenant text NOT NULL);
      CREATE TABLE "Tenants".notes (id bigint PRIMARY KEY, tenant text NOT NULL);
      CREATE POLICY "own notes" ON "Tenants".notes USING (tenant = current_user);
      INSERT INTO "Tenants"."Bills" SELECT n, 'acme' FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Tenants"."Bills" ENABLE ROW LEVEL SECURITY;'],
    safe: [
      'CREATE POLICY own ON "Tenants"."Bills" USING (tenant = current_user); ALTER TABLE "Tenants"."Bills" ENABLE ROW LEVEL SECURITY;',
      'ALTER TABLE "Tenants"."Bills" ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON "Tenants"."Bills" USING (tenant = current_user);',
      'ALTER TABLE "Tenants".notes ENABLE ROW LEVEL SECURITY;',
    ],
  },

  detect(actions) {
    return actions.flatMap(({ action, catalog, effect }, position): readonly TransactionDetection[] => {
      if (action.kind !== 'alter-table' || action.subcommand !== 'ENABLE ROW LEVEL SECURITY') return []
      if (effect.locks.length === 0 || policiesOn(catalog, action.table).length > 0) return []
      const table = formatRelation(catalog.resolve(action.table))
      const comes = actions
        .slice(position)
        .some(
          ({ action: later, catalog: then }) =>
            later.kind === 'other' &&
            later.tag === 'CREATE POLICY' &&
            later.relations.some((one) => formatRelation(then.resolve(one)) === table),
        )
      if (comes) return []
      const known = typeof catalog.table(action.table) === 'object' ? '' : ' that is known'
      return [
        {
          claims: [position],
          message: `No policy of ${table}${known} lets anybody through: every role but its owner sees no row of it from now on.`,
        },
      ]
    })
  },
})
