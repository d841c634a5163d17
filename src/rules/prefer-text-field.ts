import { columnTypeOf } from '../catalog/known-type.ts'
import { parseTypeName } from '../postgres/type-name.ts'
import { defineRule } from './define-rule.ts'
import { columnsNamed, newColumns } from './new-columns.ts'

export default defineRule({
  id: 'prefer-text-field',
  severity: 'info',
  optIn: true,
  on: ['create-table', 'add-column'],

  docs: {
    what: 'A new column of type varchar(n) or char(n).',
    why: 'A shorter limit later writes or reads the whole table, and char(n) pads with blanks. Neither is faster than text.',
    instead:
      'text, with a CHECK on its length where there must be a limit: a CHECK can be exchanged beside the running application.',
    reference: 'https://www.postgresql.org/docs/current/datatype-character.html',
  },

  examples: {
    setup: 'CREATE TABLE "Names" (id bigint PRIMARY KEY);',
    unsafe: [
      'CREATE TABLE "People" (id bigint, "firstName" varchar(50), country char(2));',
      'ALTER TABLE "Names" ADD COLUMN short varchar(10);',
    ],
    safe: ['CREATE TABLE places (name text, alias varchar);'],
  },

  detect(action, { catalog }) {
    const limited = newColumns(action).filter(({ type }) => {
      const { base, modifiers } = parseTypeName(columnTypeOf(catalog, type))
      return (base === 'character varying' && modifiers.length > 0) || base === 'character'
    })
    if (limited.length === 0) return null
    return { message: `The length of ${columnsNamed(limited)} is part of the type, and hard to change.` }
  },
})
