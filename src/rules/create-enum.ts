import { createdEnum } from '../sql/object-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'create-enum',
  severity: 'info',
  optIn: true,
  on: ['other'],

  docs: {
    what: 'CREATE TYPE … AS ENUM.',
    why: 'Values can be added and never taken away; to get rid of one, every table with such a column is written anew.',
    instead:
      'text with a CHECK, or a table of the values and a foreign key to it: both can be changed beside the running application.',
    reference: 'https://www.postgresql.org/docs/current/datatype-enum.html',
  },

  examples: {
    setup: 'CREATE SCHEMA "Zoo";',
    unsafe: [`CREATE TYPE "Zoo"."Diet" AS ENUM ('grass', 'meat');`],
    safe: ['CREATE TYPE "Zoo".size AS (height integer, weight integer);'],
  },

  detect(action, { catalog }) {
    const type = action.tag === 'CREATE TYPE' ? createdEnum(action.sql) : null
    if (type === null) return null
    return { message: `No value of ${formatRelation(catalog.resolveType(type))} can ever be taken away.` }
  },
})
