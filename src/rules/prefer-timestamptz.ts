import { columnTypeOf } from '../catalog/known-type.ts'
import { parseTypeName } from '../postgres/type-name.ts'
import { defineRule } from './define-rule.ts'
import { columnsNamed, newColumns } from './new-columns.ts'

export default defineRule({
  id: 'prefer-timestamptz',
  severity: 'info',
  optIn: true,
  on: ['create-table', 'add-column'],

  docs: {
    what: 'A new column of type timestamp without time zone.',
    why: 'It says what a clock showed, and not where: sessions with another TimeZone write other moments into it and cannot tell. To change the type later writes the table anew unless the zone is UTC.',
    instead: 'timestamptz, which takes the same room.',
    reference: 'https://www.postgresql.org/docs/current/datatype-datetime.html',
  },

  examples: {
    setup: 'CREATE TABLE "Meetings" (id bigint PRIMARY KEY);',
    unsafe: ['CREATE TABLE "Calls" (at timestamp(3));', 'ALTER TABLE "Meetings" ADD COLUMN held timestamp;'],
    safe: ['CREATE TABLE talks (at timestamptz, day date);'],
  },

  detect(action, { catalog }) {
    const local = newColumns(action).filter(
      ({ type }) => parseTypeName(columnTypeOf(catalog, type)).base === 'timestamp without time zone',
    )
    if (local.length === 0) return null
    return { message: `${columnsNamed(local)} does not say in which time zone.` }
  },
})
