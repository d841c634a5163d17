import type { JudgedAction } from '../effects/walk.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'

export default defineTransactionRule({
  id: 'several-alters-same-table',
  severity: 'warning',
  lastsAsLongAsRows: true,
  recipe: ['R-49'],

  docs: {
    what: 'Several ALTER TABLE of one transaction that each write the same table anew.',
    why: 'Every statement on the table waits through all of them, and each makes a new copy of heap and indexes that needs the room of the table once more.',
    instead:
      'Put the changes into one ALTER TABLE: PostgreSQL then writes the table once. Best, write it not at all: migrate plan makes each change beside the running application.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Yard";
      CREATE TABLE "Yard"."Trucks" (id bigint PRIMARY KEY, wheels smallint, doors smallint);
      INSERT INTO "Yard"."Trucks" SELECT n, 4, 2 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Yard"."Trucks" ALTER COLUMN wheels TYPE integer; ALTER TABLE "Yard"."Trucks" ALTER COLUMN doors TYPE integer;',
    ],
    safe: ['ALTER TABLE "Yard"."Trucks" ALTER COLUMN wheels TYPE integer, ALTER COLUMN doors TYPE integer;'],
  },

  detect(actions) {
    const tables = [...new Set(actions.flatMap(({ effect }) => effect.rewrites))]
    return tables.flatMap((table): readonly TransactionDetection[] => {
      const [first, ...more] = rewritesOf(table, actions)
      if (first === undefined || more.length === 0) return []
      return [
        {
          claims: [first, ...more],
          message: `${table} is written anew ${String(more.length + 1)} times, and every statement on it waits through all of them.`,
        },
      ]
    })
  },
})

/** The first action of each ALTER TABLE that writes it anew. */
function rewritesOf(table: string, actions: readonly JudgedAction[]): readonly number[] {
  return actions.flatMap(({ action, effect, statement }, position) => {
    if (!effect.rewrites.includes(table) || action.kind === 'other') return []
    const isFirst = !actions
      .slice(0, position)
      .some((before) => before.statement === statement && before.effect.rewrites.includes(table))
    return isFirst ? [position] : []
  })
}
