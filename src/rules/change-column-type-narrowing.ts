import { quoteIdentifier } from '../postgres/identifier.ts'
import { parseTypeName, type TypeName } from '../postgres/type-name.ts'
import { columnTypeOf } from '../catalog/known-type.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'change-column-type-narrowing',
  severity: 'warning',
  on: ['alter-column-type'],

  docs: {
    what: 'ALTER COLUMN … TYPE to a type that cannot hold every value of the old one.',
    why: 'One value that does not fit makes the migration fail (22001, 22003), after it has stopped the table for as long as it took to find it; and the running application may still write such values until the change, and fails with them afterwards.',
    instead:
      'Forbid the values first with a CHECK that is NOT VALID, and VALIDATE it: then the application and the rows are known to fit. A CHECK alone may be all that you need.',
    reference: 'https://www.postgresql.org/docs/current/datatype.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Press";
      CREATE TABLE "Press"."Authors" (id bigint PRIMARY KEY, name text, code varchar(40), age bigint);
      INSERT INTO "Press"."Authors" SELECT n, 'author ' || n, 'code ' || n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Press"."Authors" ALTER COLUMN name TYPE varchar(50);',
      'ALTER TABLE "Press"."Authors" ALTER COLUMN code TYPE character varying(39);',
      'ALTER TABLE "Press"."Authors" ALTER COLUMN age TYPE integer;',
    ],
    safe: [
      'ALTER TABLE "Press"."Authors" ALTER COLUMN code TYPE varchar(80);',
      'ALTER TABLE "Press"."Authors" ALTER COLUMN code TYPE text;',
    ],
  },

  detect(action, { catalog, judged }) {
    const known = catalog.column(action.table, action.column)
    // USING says what becomes of each value.
    if (typeof known !== 'object' || action.using !== null || judged.effect.locks.length === 0) return null
    const [from, to] = [parseTypeName(known.type), parseTypeName(columnTypeOf(catalog, action.type))]
    if (!isNarrower(from, to)) return null
    return {
      message: `A value of ${quoteIdentifier(action.column)} of ${spelled(action.table, catalog)} that is no ${action.type} makes the change fail.`,
    }
  },
})

const integers: readonly string[] = ['smallint', 'integer', 'bigint']
const texts: readonly string[] = ['text', 'character varying']

function isNarrower(from: TypeName, to: TypeName): boolean {
  if (from.array || to.array) return false
  if (integers.includes(from.base) && integers.includes(to.base)) {
    return integers.indexOf(to.base) < integers.indexOf(from.base)
  }
  if (!texts.includes(from.base) || to.base !== 'character varying') return false
  const [before = Number.POSITIVE_INFINITY] = from.modifiers
  const [after = Number.POSITIVE_INFINITY] = to.modifiers
  return after < before
}
