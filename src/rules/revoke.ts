import { formatRelation } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { revoked } from '../sql/object-facts.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'revoke',
  severity: 'warning',
  recipe: ['R-50'],
  on: ['other'],

  docs: {
    what: 'REVOKE of privileges on a table that is in use.',
    why: 'The next statement of an application that needs the privilege fails with 42501, in the middle of its work.',
    instead:
      'Revoke what no running application uses any more. migrate plan puts REVOKE in the contract phase, behind the gate at which the old application must be gone.',
    reference: 'https://www.postgresql.org/docs/current/sql-revoke.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Staff";
      CREATE TABLE "Staff"."Salaries" (person bigint PRIMARY KEY, amount numeric);
      GRANT SELECT, UPDATE ON "Staff"."Salaries" TO PUBLIC;`,
    unsafe: [
      'REVOKE UPDATE ON "Staff"."Salaries" FROM PUBLIC;',
      'REVOKE ALL ON TABLE "Staff"."Salaries" FROM PUBLIC;',
    ],
    safe: ['CREATE TABLE secrets (a text); REVOKE ALL ON secrets FROM PUBLIC;'],
  },

  detect(action, { catalog }) {
    const taken = action.tag === 'REVOKE' ? revoked(action.sql) : null
    const old = action.relations.filter((table) => !catalog.isNew(table))
    if (taken === null || old.length === 0) return null
    const tables = listed(old.map((table) => formatRelation(catalog.resolve(table))))
    const who = listed(taken.from.map((role) => (role === 'PUBLIC' ? role : quoteIdentifier(role))))
    const what = taken.privileges.length === 0 ? 'Whatever' : listed(taken.privileges)
    return {
      message: `${what} that an application does on ${tables} by a privilege of ${who} fails with 42501 from now on.`,
    }
  },
})
