import type { JudgedAction } from '../effects/walk.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'
import { columnObject, constraintObject, rowsObject, touching } from './steps/objects.ts'
import { replacementFrom } from './steps/recipe.ts'
import { ddlStep, undoNever } from './steps/step-sketch.ts'

export default defineTransactionRule({
  id: 'set-not-null-loses-check',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-14'],

  docs: {
    what: 'SET NOT NULL and the DROP of the CHECK that proves it in one ALTER TABLE.',
    why: 'PostgreSQL drops first, whatever the order in the text: the proof is gone, and SET NOT NULL reads every row under AccessExclusive after all.',
    instead:
      'Write two statements, SET NOT NULL first; both may stand in one transaction. migrate plan splits them.',
    reference:
      'Measured on PostgreSQL 14 to 18; the order of passes is that of ATRewriteCatalogs (src/backend/commands/tablecmds.c).',
  },

  examples: {
    setup: `
      CREATE TABLE "Members" (
        id bigint PRIMARY KEY,
        since date CONSTRAINT "since is known" CHECK (since IS NOT NULL)
      );
      INSERT INTO "Members" SELECT n, date '2026-01-01' + n FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Members" ALTER COLUMN since SET NOT NULL, DROP CONSTRAINT "since is known";'],
    safe: ['SET lock_timeout = \'100ms\'; ALTER TABLE "Members" ALTER COLUMN since SET NOT NULL;'],
  },

  detect(actions) {
    return actions.flatMap(({ action, statement }, position): readonly TransactionDetection[] => {
      if (action.kind !== 'set-not-null') return []
      const first = actions.findIndex((one) => one.statement === statement)
      const before = actions[first]?.catalog
      if (before === undefined || before.isProvedNotNull(action.table, action.column) !== 'yes') return []
      const column = before.column(action.table, action.column)
      if (typeof column === 'object' && column.notNull) return []
      const dropped = actions.findIndex(
        (one) => one.statement === statement && dropsProof(one, action.column),
      )
      if (dropped < 0) return []
      const [low, high] = dropped < position ? [dropped, position] : [position, dropped]
      return [
        {
          claims: [low, high],
          message: `The CHECK that proves ${quoteIdentifier(action.column)} is dropped first, and SET NOT NULL reads every row of ${formatRelation(before.resolve(action.table))} while every statement on it waits.`,
        },
      ]
    })
  },

  replace(claimed, { serverVersion }) {
    const set = claimed.find(({ action }) => action.kind === 'set-not-null')
    const drop = claimed.find(({ action }) => action.kind === 'drop-constraint')
    if (set?.action.kind !== 'set-not-null' || drop?.action.kind !== 'drop-constraint') {
      return { cannot: 'SET NOT NULL and DROP CONSTRAINT belong together here.' }
    }
    const catalog = claimed[0]?.catalog ?? set.catalog
    const table = catalog.resolve(set.action.table)
    const spelledTable = formatRelation(table)
    const { column } = set.action
    const { constraint } = drop.action
    const proof = { kind: 'constraint', table: spelledTable, constraint, definition: null } as const
    const step = ddlStep({
      slug: `set not null ${column}`,
      phase: 'backfill',
      title: `Make ${spelledTable}.${quoteIdentifier(column)} NOT NULL, then drop the check that proves it`,
      sql: [set.action.sql, drop.action.sql],
      touches: touching({
        reads: [rowsObject(table)],
        changes: [columnObject(table, column)],
        drops: [constraintObject(table, constraint)],
      }),
      before: [{ ...proof, exists: true, validated: true }],
      after: [
        { kind: 'column-not-null', table: spelledTable, column, notNull: true },
        { ...proof, exists: false, validated: null },
      ],
      undo: undoNever(`the check that proved ${quoteIdentifier(column)} would have to read every row again`),
    })
    return replacementFrom({ steps: [step] }, { catalog, serverVersion })
  },
})

/** Drops a validated CHECK that reads the column: the catalog tells no better, and splitting the two never hurts. */
function dropsProof({ action, catalog }: JudgedAction, column: string): boolean {
  if (action.kind !== 'drop-constraint') return false
  const found = catalog.constraint(action.table, action.constraint)
  return (
    typeof found === 'object' && found.kind === 'check' && found.validated && found.columns.includes(column)
  )
}
