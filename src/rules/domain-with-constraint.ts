import { createdType } from '../sql/statement-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'domain-with-constraint',
  severity: 'info',
  optIn: true,
  on: ['other'],

  docs: {
    what: 'CREATE DOMAIN with CHECK or NOT NULL.',
    why: 'Every change of the constraint later reads all tables with such a column at once, and stops their writers meanwhile; a column of the domain that is added writes its table anew.',
    instead:
      'The plain type, with a CHECK on each table: that one is validated beside the running application.',
    reference:
      'Measured on PostgreSQL 14 to 18: see alter-domain-add-constraint and add-column-constrained-domain.',
  },

  examples: {
    setup: 'CREATE SCHEMA "Money";',
    unsafe: ['CREATE DOMAIN "Money"."Cents" AS bigint CHECK (VALUE >= 0);'],
    safe: ['CREATE DOMAIN "Money".code AS text;'],
  },

  detect(action, { catalog }) {
    const type = action.tag === 'CREATE DOMAIN' ? createdType(action.sql) : null
    if (type?.checked !== true) return null
    return {
      message: `The constraint of ${formatRelation(catalog.resolveType(type.name))} cannot be changed without stopping writers.`,
    }
  },
})
