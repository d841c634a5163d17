import type { Catalog } from '../../catalog/catalog.ts'
import type { ActionOf, ConstraintOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated, withConstraintName, withNotValid } from '../../sql/edit.ts'
import { constraintNameOf } from './constraint-name.ts'
import { keyObjects } from './key-objects.ts'
import { notValidSteps } from './not-valid-steps.ts'
import { columnObjects, rowsObject, tableObject, touching } from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { checkStep, type StepSketch } from './step-sketch.ts'

/** R-11: orphans are asked for, then the key is added NOT VALID, then validated. */
export function foreignKeySteps(
  action: ActionOf<'add-constraint'>,
  constraint: ConstraintOf<'foreign-key'>,
  { catalog, serverVersion }: RecipeContext,
): Recipe {
  const table = catalog.resolve(action.table)
  const known = catalog.table(action.table)
  if (typeof known === 'object' && known.kind === 'partitioned-table' && serverVersion.min < 18) {
    return {
      cannot: `${formatRelation(table)} is partitioned, and before PostgreSQL 18 a foreign key of a partitioned table cannot be NOT VALID: in the place of another it is not offered.`,
    }
  }
  const name = constraintNameOf(action, catalog)
  const parent = catalog.resolve(constraint.references)
  const keys = referencedKey(constraint, catalog)
  const reads = [
    ...columnObjects(table, constraint.columns),
    tableObject(parent),
    rowsObject(parent),
    ...columnObjects(parent, keys ?? []),
    // It hangs on a unique index, which must be there, and be the one that stays.
    ...keyObjects(catalog, constraint.references, constraint.referencedColumns),
  ]
  const steps = [
    ...(keys === null ? [] : [orphansCheck(table, parent, constraint.columns, keys, name)]),
    ...notValidSteps({
      table,
      name,
      noun: 'foreign key',
      sql: withNotValid(constraint.name === null ? withConstraintName(action.sql, name) : action.sql),
      reads: [...reads],
      addIn: 'expand',
      validateIn: 'backfill',
    }),
  ]
  if (keys !== null) return { steps }
  return {
    steps,
    notes: [
      `Orphans are not asked for before ${quoteIdentifier(name)} is added, because the primary key of ${formatRelation(parent)} is not known; VALIDATE CONSTRAINT finds them.`,
    ],
  }
}

/** The columns that the key points at; null where the author left them to a primary key that nobody knows. */
export function referencedKey(
  constraint: ConstraintOf<'foreign-key'>,
  catalog: Catalog,
): readonly string[] | null {
  if (constraint.referencedColumns.length > 0) return constraint.referencedColumns
  const parent = catalog.table(constraint.references)
  if (typeof parent !== 'object') return null
  const key = parent.constraints.find(({ kind }) => kind === 'primary-key')
  return key?.columns.length === constraint.columns.length ? key.columns : null
}

function orphansCheck(
  table: QualifiedName,
  parent: QualifiedName,
  columns: readonly string[],
  keys: readonly string[],
  name: string,
): StepSketch {
  const child = columns.map((column) => `lockstep_child.${quoteIdentifier(column)}`)
  const same = keys.map((key, index) => `lockstep_parent.${quoteIdentifier(key)} = ${child[index]}`)
  const spelledTable = formatRelation(table)
  const spelledParent = formatRelation(parent)
  return checkStep({
    slug: `no orphans of ${name}`,
    phase: 'expand',
    title: `Ask that every row of ${spelledTable} has its row in ${spelledParent}`,
    touches: touching({
      reads: [
        ...columnObjects(table, columns),
        ...columnObjects(parent, keys),
        rowsObject(table),
        rowsObject(parent),
      ],
    }),
    before: [
      {
        kind: 'no-rows',
        sql: generated(
          [
            `SELECT ${child.join(', ')} FROM ${spelledTable} AS lockstep_child`,
            // A key with a NULL in it refers to nothing (MATCH SIMPLE).
            `WHERE ${child.map((column) => `${column} IS NOT NULL`).join(' AND ')}`,
            `AND NOT EXISTS (SELECT FROM ${spelledParent} AS lockstep_parent WHERE ${same.join(' AND ')})`,
            'LIMIT 20',
          ].join(' '),
        ),
        otherwise: `These values of ${spelledTable} point at rows that ${spelledParent} does not have: mend or delete them first`,
      },
    ],
  })
}
