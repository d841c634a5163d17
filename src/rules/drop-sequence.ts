import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'drop-sequence',
  severity: 'warning',
  on: ['other'],

  docs: {
    what: 'DROP SEQUENCE.',
    why: 'An application that draws its keys with nextval() cannot insert a row any more, and the number at which the sequence stood is lost. With CASCADE the defaults that draw from it go as well: INSERTs write NULL, or fail.',
    instead:
      'Deploy an application that does not draw from it, and drop it in a later migration. migrate plan leaves it to the contract phase, behind the gate.',
    reference: 'https://www.postgresql.org/docs/current/sql-dropsequence.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Desk";
      CREATE SEQUENCE "Desk"."Tickets" START 1000;`,
    unsafe: ['DROP SEQUENCE "Desk"."Tickets";'],
    safe: ['ALTER SEQUENCE "Desk"."Tickets" RESTART;'],
  },

  detect(action, { catalog, judged }) {
    if (action.tag !== 'DROP SEQUENCE' || judged.effect.locks.length === 0) return null
    const names = listed(action.relations.map((one) => formatRelation(catalog.resolve(one))))
    return { message: `An application that draws from ${names} cannot insert any more.` }
  },
})
