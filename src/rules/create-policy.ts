import { formatRelation } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { createdPolicy, policyNamed } from '../sql/object-facts.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'

export default defineTransactionRule({
  id: 'create-policy',
  severity: 'warning',
  recipe: ['R-51'],

  docs: {
    what: 'DROP POLICY, with none in its place, or CREATE POLICY … AS RESTRICTIVE, on a table that is in use.',
    why: 'Where row level security is on, rows that the application has seen are not there for it from then on: without an error when it reads, with 42501 when it writes. AccessExclusive is taken for an instant.',
    instead:
      'Create the policy that lets the rows through before, or in the same transaction. migrate plan leaves DROP POLICY to the contract phase, behind the gate.',
    reference: 'https://www.postgresql.org/docs/current/sql-createpolicy.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Tenant";
      CREATE TABLE "Tenant"."Files" (id bigint PRIMARY KEY, owner text);
      CREATE POLICY "Mine" ON "Tenant"."Files" USING (owner = current_user);
      ALTER TABLE "Tenant"."Files" ENABLE ROW LEVEL SECURITY;`,
    unsafe: [
      'DROP POLICY "Mine" ON "Tenant"."Files";',
      'CREATE POLICY few ON "Tenant"."Files" AS RESTRICTIVE USING (id < 100);',
    ],
    safe: [
      'DROP POLICY "Mine" ON "Tenant"."Files"; CREATE POLICY "Mine" ON "Tenant"."Files" USING (owner = session_user);',
      'CREATE POLICY everybody ON "Tenant"."Files" FOR SELECT USING (true);',
    ],
  },

  detect(actions) {
    return actions.flatMap(({ action, catalog, effect }, position): readonly TransactionDetection[] => {
      const policy = action.kind === 'other' ? policyNamed(action.sql) : null
      const [on] = action.kind === 'other' ? action.relations : []
      if (policy === null || on === undefined || effect.locks.length === 0) return []
      const table = formatRelation(catalog.resolve(on))
      const created = createdPolicy(action.sql)
      if (created?.permissive === true) return []
      const replaced = actions.some(
        ({ action: other, catalog: then }) =>
          other.kind === 'other' &&
          createdPolicy(other.sql)?.permissive === true &&
          other.relations.some((one) => formatRelation(then.resolve(one)) === table),
      )
      if (created === null && replaced) return []
      const what = created === null ? 'that only' : 'that not also'
      return [
        {
          claims: [position],
          message: `Rows of ${table} ${what} policy ${quoteIdentifier(policy)} lets through are not there for the application from now on.`,
        },
      ]
    })
  },
})
