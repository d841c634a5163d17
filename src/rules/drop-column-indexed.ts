import { mentions } from '../catalog/index-facts.ts'
import type { IndexSnapshot } from '../model/catalog.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-column-indexed',
  severity: 'warning',
  recipe: ['R-30'],
  on: ['drop-column'],

  docs: {
    what: 'DROP COLUMN of a column that shares an index, or a unique key, with other columns.',
    why: 'The whole index goes with the column, without a word. Queries by the other columns read the whole table from then on, and a unique key over several columns does not hold any more.',
    instead:
      'Build an index over the columns that stay with CREATE INDEX CONCURRENTLY, before the column goes. It is not added for you: the schema you end with is the one you wrote.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-COLUMN',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Club";
      CREATE TABLE "Club"."Members" (
        id bigint PRIMARY KEY, region text, "number" integer, joined date, left_on date,
        CONSTRAINT "number in region" UNIQUE ("number", region)
      );
      CREATE INDEX members_joined ON "Club"."Members" (joined DESC, region);
      CREATE INDEX members_there ON "Club"."Members" (joined) WHERE left_on IS NULL;
      CREATE INDEX members_left ON "Club"."Members" (left_on);
      INSERT INTO "Club"."Members" SELECT n, 'eu', n, date '2026-01-01' FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Club"."Members" DROP COLUMN region;',
      'ALTER TABLE "Club"."Members" DROP COLUMN left_on;',
    ],
    safe: ['ALTER TABLE "Club"."Members" DROP COLUMN id;'],
  },

  detect(action, { catalog, judged }) {
    const table = catalog.table(action.table)
    if (typeof table !== 'object' || judged.effect.locks.length === 0) return null
    const lost = table.indexes.filter(
      (index) => mentions(index, action.column) && isShared(index, action.column),
    )
    if (lost.length === 0) return null
    const names = listed(lost.map(({ name }) => quoteIdentifier(name)))
    const unique = lost.some(({ unique }) => unique) ? ', and what was unique by it need not be any more' : ''
    return {
      message: `With ${quoteIdentifier(action.column)} goes all of ${names} on ${spelled(action.table, catalog)}${unique}.`,
    }
  },
})

function isShared({ columns, include }: IndexSnapshot, column: string): boolean {
  return [...columns, ...include].some((one) => one !== column)
}
