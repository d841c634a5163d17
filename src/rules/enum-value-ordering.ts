import { formatRelation } from '../postgres/relation-name.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import { isEnumValuePlaced } from '../sql/object-facts.ts'
import { addedEnumValue } from '../sql/statement-facts.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'enum-value-ordering',
  severity: 'info',
  optIn: true,
  on: ['other'],

  docs: {
    what: 'ALTER TYPE … ADD VALUE without BEFORE or AFTER.',
    why: 'The value comes last in every ORDER BY and every comparison, and its place can never be changed.',
    instead: 'Say BEFORE or AFTER which value it belongs.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertype.html',
  },

  examples: {
    setup: `CREATE TYPE "Size" AS ENUM ('small', 'large');`,
    unsafe: [`ALTER TYPE "Size" ADD VALUE 'medium';`],
    safe: [`ALTER TYPE "Size" ADD VALUE 'medium' BEFORE 'large';`],
  },

  detect(action, { catalog }) {
    const added = action.tag === 'ALTER TYPE' ? addedEnumValue(action.sql) : null
    if (added === null || isEnumValuePlaced(action.sql)) return null
    return {
      message: `${quoteLiteral(added.value)} comes after every other value of ${formatRelation(catalog.resolveType(added.type))}.`,
    }
  },
})
