import { createdFunction, droppedFunctions } from '../sql/object-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineTransactionRule({
  id: 'drop-function',
  severity: 'warning',

  docs: {
    what: 'DROP FUNCTION or DROP PROCEDURE, and none of that name after it in the transaction.',
    why: 'Every statement of the running application that calls it fails (42883) from then on, and so does every function whose body does: bodies are text, so nothing warns of them.',
    instead:
      'Deploy an application that does not call it, and drop it in a later migration. migrate plan leaves it to the contract phase, behind the gate. For another signature create the new one beside it: both may bear the name.',
    reference: 'https://www.postgresql.org/docs/current/sql-dropfunction.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Tax";
      CREATE FUNCTION "Tax"."Rate"(state text) RETURNS numeric LANGUAGE sql AS 'SELECT 0.19';
      CREATE PROCEDURE "Tax".close(year integer) LANGUAGE plpgsql AS 'BEGIN NULL; END';`,
    unsafe: ['DROP FUNCTION "Tax"."Rate"(text);', 'DROP PROCEDURE IF EXISTS "Tax".close;'],
    safe: [
      `DROP FUNCTION "Tax"."Rate"(text); CREATE FUNCTION "Tax"."Rate"(state text, year integer) RETURNS numeric LANGUAGE sql AS 'SELECT 0.19';`,
      `CREATE FUNCTION draft() RETURNS integer LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION draft();`,
    ],
  },

  detect(actions) {
    return actions.flatMap(({ action, catalog }, position): readonly TransactionDetection[] => {
      if (action.kind !== 'other') return []
      const made = new Set(
        actions.flatMap(({ action: other, catalog: then }) => {
          const name = other.kind === 'other' ? createdFunction(other.sql) : null
          return name === null ? [] : [formatRelation(then.resolve(name))]
        }),
      )
      const gone = droppedFunctions(action.sql)
        .map((name) => formatRelation(catalog.resolve(name)))
        .filter((name) => !made.has(name))
      if (gone.length === 0) return []
      return [{ claims: [position], message: `Whatever calls ${listed(gone)} fails with 42883 from now on.` }]
    })
  },
})
