import type { ActionOf, ConstraintOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { hasIndexStorage } from '../../sql/statement-facts.ts'
import { constraintNameOf } from './constraint-name.ts'
import { buildIndexStep, uniqueValuesCheck } from './index-steps.ts'
import { columnObjects, constraintObject, indexObject, tableObject, touching } from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { ddlStep, undoSql, type StepSketch } from './step-sketch.ts'

type UniqueConstraint = ConstraintOf<'unique' | 'primary-key'>

/** duplicates are asked for, the index is built concurrently, and the constraint takes it over in an instant. */
export function uniqueSteps(
  action: ActionOf<'add-constraint'>,
  constraint: UniqueConstraint,
  { catalog }: RecipeContext,
): Recipe {
  const table = catalog.resolve(action.table)
  const spelledTable = formatRelation(table)
  if (constraint.withoutOverlaps) {
    return {
      cannot: `A WITHOUT OVERLAPS key of ${spelledTable} needs a GiST index, and PostgreSQL lets no such constraint take over an index that is there (R-15).`,
    }
  }
  if (hasIndexStorage(action.sql)) {
    return {
      cannot: `The key of ${spelledTable} says how its index is stored: create the unique index with WITH or TABLESPACE first, concurrently, and let the constraint take it over (USING INDEX).`,
    }
  }
  const name = constraintNameOf(action, catalog)
  const index = {
    table,
    name,
    sql: generated(uniqueIndexSql(table, name, constraint)),
    unique: true,
    columns: [...constraint.columns, ...constraint.include],
  }
  return {
    steps: [
      uniqueValuesCheck(table, constraint.columns, constraint.nullsNotDistinct),
      buildIndexStep(index, 'expand'),
      adoptIndexStep(table, name, constraint),
    ],
  }
}

/** Plain columns in the default order, operator class and collation: PostgreSQL lets a constraint adopt no other. */
export function uniqueIndexSql(table: QualifiedName, name: string, constraint: UniqueConstraint): string {
  const include =
    constraint.include.length === 0 ? '' : ` INCLUDE (${constraint.include.map(quoteIdentifier).join(', ')})`
  const nulls = constraint.nullsNotDistinct ? ' NULLS NOT DISTINCT' : ''
  return `CREATE UNIQUE INDEX CONCURRENTLY ${quoteIdentifier(name)} ON ${formatRelation(table)} (${constraint.columns.map(quoteIdentifier).join(', ')})${include}${nulls}`
}

export function adoptIndexStep(table: QualifiedName, name: string, constraint: UniqueConstraint): StepSketch {
  const spelledTable = formatRelation(table)
  const index = { schema: table.schema, name }
  const here = { kind: 'constraint', table: spelledTable, constraint: name, definition: null } as const
  const word = constraint.kind === 'unique' ? 'UNIQUE' : 'PRIMARY KEY'
  return ddlStep({
    slug: `add ${name}`,
    phase: 'expand',
    title: `Let constraint ${quoteIdentifier(name)} of ${spelledTable} take over its index`,
    sql: [
      generated(
        `ALTER TABLE ${spelledTable} ADD CONSTRAINT ${quoteIdentifier(name)} ${word} USING INDEX ${quoteIdentifier(name)}${deferral(constraint)}`,
      ),
    ],
    touches: touching({
      creates: [constraintObject(table, name)],
      reads: [tableObject(table), ...columnObjects(table, constraint.columns)],
      changes: [indexObject(index)],
    }),
    before: [
      { ...here, exists: false, validated: null },
      { kind: 'index', index: formatRelation(index), exists: true, valid: true, definition: null },
    ],
    after: [{ ...here, exists: true, validated: true }],
    // The index goes with its constraint.
    undo: undoSql(generated(`ALTER TABLE ${spelledTable} DROP CONSTRAINT ${quoteIdentifier(name)}`)),
  })
}

export function deferral(constraint: UniqueConstraint): string {
  if (!constraint.deferrable) return ''
  return constraint.initiallyDeferred ? ' DEFERRABLE INITIALLY DEFERRED' : ' DEFERRABLE'
}
