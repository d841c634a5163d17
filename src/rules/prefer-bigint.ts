import { columnTypeOf } from '../catalog/known-type.ts'
import { defineRule } from './define-rule.ts'
import { columnsNamed, newColumns } from './new-columns.ts'

export default defineRule({
  id: 'prefer-bigint',
  severity: 'info',
  optIn: true,
  on: ['create-table', 'add-column'],

  docs: {
    what: 'A new column of type integer or smallint.',
    why: 'An integer ends at 2147483647, and on the day it does no row can be inserted any more; to widen it writes the whole table anew.',
    instead: 'bigint, at least for keys and whatever counts.',
    reference: 'https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT',
  },

  examples: {
    setup: 'CREATE TABLE "Counters" (id bigint PRIMARY KEY);',
    unsafe: [
      'CREATE TABLE "Hits" (id serial PRIMARY KEY, page integer);',
      'ALTER TABLE "Counters" ADD COLUMN step smallint;',
    ],
    safe: ['CREATE TABLE visits (id bigint PRIMARY KEY, price numeric);'],
  },

  detect(action, { catalog }) {
    const small = newColumns(action).filter(({ type }) =>
      ['integer', 'smallint'].includes(columnTypeOf(catalog, type)),
    )
    if (small.length === 0) return null
    return { message: `${columnsNamed(small)} can run out of numbers.` }
  },
})
