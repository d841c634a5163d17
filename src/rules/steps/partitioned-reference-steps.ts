/**
 * a foreign key of a partitioned table, which cannot be NOT VALID before PostgreSQL 18. Each leaf gets one of its own,
 * checked while it is written to; then the author's ADD FOREIGN KEY finds one like its own on every leaf, adopts it and
 * reads no row (tryAttachPartitionForeignKey, tablecmds.c; tried on 14 to 17). Where one is not validated, all are read.
 */
import type { Catalog } from '../../catalog/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { TableSnapshot } from '../../model/catalog.ts'
import type { ActionOf, ConstraintOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { ofTable, withConstraintName } from '../../sql/edit.ts'
import { constraintNameOf } from './constraint-name.ts'
import { foreignKeySteps } from './foreign-key-steps.ts'
import { dropIfThere, partitionsUnknown } from './leaf-by-leaf.ts'
import { columnObjects, constraintObject, rowsObject, tableObject, touching } from './objects.ts'
import { parsedAction } from './parsed-action.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { ddlStep, type StepSketch } from './step-sketch.ts'

/** The author's ADD FOREIGN KEY, of a table with partitions or without. */
export function referenceSteps(
  action: ActionOf<'add-constraint'>,
  constraint: ConstraintOf<'foreign-key'>,
  context: RecipeContext,
): Recipe {
  const known = context.catalog.table(action.table)
  const isParent = typeof known === 'object' && known.kind === 'partitioned-table'
  return isParent && context.serverVersion.min < 18
    ? leafByLeaf(action, constraint, context)
    : foreignKeySteps(action, constraint, context)
}

function leafByLeaf(
  action: ActionOf<'add-constraint'>,
  constraint: ConstraintOf<'foreign-key'>,
  context: RecipeContext,
): Recipe {
  const { catalog } = context
  const table = catalog.resolve(action.table)
  if (constraint.notValid) {
    return { cannot: `Before PostgreSQL 18 a foreign key of a partitioned table cannot be NOT VALID.` }
  }
  const name = constraintNameOf(action, catalog)
  const leaves = leavesOf(table, name, catalog)
  if ('cannot' in leaves) return leaves
  const steps: StepSketch[] = []
  const notes: string[] = []
  for (const leaf of leaves) {
    const own = parsedAction(ofTable(withConstraintName(action.sql, name), leaf), 'add-constraint')
    const recipe = foreignKeySteps(own, { ...constraint, name }, context)
    if ('cannot' in recipe) return recipe
    steps.push(
      ...recipe.steps.map((step) =>
        step.kind === 'ddl' ? { ...step, undo: dropIfThere(leaf, name) } : step,
      ),
    )
    notes.push(...(recipe.notes ?? []))
  }
  return { steps: [...steps, adoptStep(action, constraint, { table, name, leaves, catalog })], notes }
}

/** PostgreSQL gives a partition's key the name of its parent's, where that is free there. */
function leavesOf(
  table: QualifiedName,
  name: string,
  catalog: Catalog,
): readonly TableSnapshot[] | { readonly cannot: string } {
  const unknown = partitionsUnknown(table, catalog)
  if (unknown !== null) return unknown
  const partitions = catalog.partitionsOf(table)
  const taken = partitions.find((one) => one.constraints.some((constraint) => constraint.name === name))
  if (taken !== undefined) {
    return { cannot: `${formatRelation(taken)} has a constraint ${quoteIdentifier(name)} already.` }
  }
  return partitions.filter(({ kind }) => kind === 'table')
}

interface Adopted {
  readonly table: QualifiedName
  readonly name: string
  readonly leaves: readonly TableSnapshot[]
  readonly catalog: Catalog
}

function adoptStep(
  action: ActionOf<'add-constraint'>,
  constraint: ConstraintOf<'foreign-key'>,
  { table, name, leaves, catalog }: Adopted,
): StepSketch {
  const spelled = formatRelation(table)
  const parent = catalog.resolve(constraint.references)
  const is = (of: QualifiedName, exists: boolean): Condition => ({
    kind: 'constraint',
    table: formatRelation(of),
    constraint: name,
    exists,
    validated: exists ? true : null,
    definition: null,
  })
  return ddlStep({
    slug: `adopt ${name}`,
    phase: 'backfill',
    title: `Let foreign key ${quoteIdentifier(name)} of ${spelled} adopt those of its partitions`,
    sql: [constraint.name === null ? withConstraintName(action.sql, name) : action.sql],
    touches: touching({
      creates: [constraintObject(table, name)],
      reads: [
        tableObject(table),
        ...columnObjects(table, constraint.columns),
        tableObject(parent),
        rowsObject(parent),
        ...leaves.map((leaf) => constraintObject(leaf, name)),
      ],
    }),
    before: [is(table, false), ...leaves.map((leaf) => is(leaf, true))],
    after: [is(table, true)],
    // The triggers that the partitions' own keys have there make room for the common ones. Measured on 14 to 17.
    dynamicLocks: [{ relation: formatRelation(parent), mode: 'AccessExclusive' }],
    // Those of the partitions belong to it by then, and go with it.
    undo: dropIfThere(table, name),
  })
}
