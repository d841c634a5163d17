/**
 * UNIQUE and PRIMARY KEY of a partitioned table. Each leaf gets the constraint of its own over an index that is built
 * concurrently, both under the name that PostgreSQL would give them; then the author's ADD CONSTRAINT finds one like its own
 * on every leaf, adopts it and builds none (CompareIndexInfo, index.c; tried on 14 to 18).
 */
import { replay } from '../../catalog/replay.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { TableSnapshot } from '../../model/catalog.ts'
import type { ActionOf, ConstraintOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated, withConstraintName } from '../../sql/edit.ts'
import { hasIndexStorage } from '../../sql/statement-facts.ts'
import { constraintNameOf } from './constraint-name.ts'
import { buildIndexStep, uniqueValuesCheck } from './index-steps.ts'
import { dropIfThere, partitionsUnknown } from './leaf-by-leaf.ts'
import { columnObjects, constraintObject, rowsObject, tableObject, touching } from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { ddlStep, type StepSketch } from './step-sketch.ts'
import { adoptIndexStep, uniqueIndexSql, uniqueSteps } from './unique-steps.ts'

type Key = ConstraintOf<'unique' | 'primary-key'>

/** The author's ADD UNIQUE or ADD PRIMARY KEY, of a table with partitions or without. */
export function keySteps(
  action: ActionOf<'add-constraint'>,
  constraint: Key,
  context: RecipeContext,
): Recipe {
  const known = context.catalog.table(action.table)
  const isParent = typeof known === 'object' && known.kind === 'partitioned-table'
  // What a plain table cannot have so, neither can a leaf.
  const isPlain = !constraint.withoutOverlaps && !hasIndexStorage(action.sql)
  return isParent && isPlain
    ? leafByLeaf(action, constraint, context)
    : uniqueSteps(action, constraint, context)
}

/** A leaf and what its constraint, and so its index, is to be called. */
interface LeafKey {
  readonly leaf: TableSnapshot
  readonly name: string
}

/** The constraints come last, together: those of a primary key have to wait until the columns are NOT NULL. */
function leafByLeaf(
  action: ActionOf<'add-constraint'>,
  constraint: Key,
  { catalog, serverVersion }: RecipeContext,
): Recipe {
  const table = catalog.resolve(action.table)
  if (constraint.kind === 'primary-key' && serverVersion.max >= 18) {
    return {
      cannot: `From PostgreSQL 18 on a primary key that a partition of ${formatRelation(table)} has first makes the NOT NULL of its columns the partition's own, which it keeps when its parent gives it up. Make the columns NOT NULL and add a UNIQUE constraint, or add the key while nobody writes.`,
    }
  }
  const name = constraintNameOf(action, catalog)
  const leaves = leafKeys(action, { ...constraint, name }, catalog)
  if ('cannot' in leaves) return leaves
  return {
    steps: [
      uniqueValuesCheck(table, constraint.columns, constraint.nullsNotDistinct),
      ...leaves.map(({ leaf, name: of }) =>
        buildIndexStep(
          {
            table: leaf,
            name: of,
            sql: generated(uniqueIndexSql(leaf, of, constraint)),
            unique: true,
            columns: [...constraint.columns, ...constraint.include],
          },
          'expand',
        ),
      ),
      ...leaves.map(({ leaf, name: of }) => ({
        ...adoptIndexStep(leaf, of, constraint),
        undo: dropIfThere(leaf, of),
      })),
      adoptStep(action, constraint, { table, name, leaves }),
    ],
    notes: [
      `The constraint of each partition of ${formatRelation(table)} is made while it is written to; ${quoteIdentifier(name)} then adopts them in an instant.`,
    ],
  }
}

/** Names as PostgreSQL gives them, which the replay foresees. */
function leafKeys(
  action: ActionOf<'add-constraint'>,
  constraint: Key,
  catalog: Catalog,
): readonly LeafKey[] | { readonly cannot: string } {
  const unknown = partitionsUnknown(action.table, catalog)
  if (unknown !== null) return unknown
  const after = replay(catalog, { ...action, constraint })
  const found: LeafKey[] = []
  for (const partition of catalog.partitionsOf(action.table)) {
    if (partition.kind === 'partitioned-table') continue
    const name = newConstraint(partition, after)
    if (name === null) {
      return { cannot: `${formatRelation(partition)} has a key already, or is no table of this server.` }
    }
    found.push({ leaf: partition, name })
  }
  return found
}

function newConstraint(partition: TableSnapshot, after: Catalog): string | null {
  const table = after.table(partition)
  if (partition.kind !== 'table' || typeof table !== 'object') return null
  const known = new Set(partition.constraints.map(({ name }) => name))
  const isKey = (kind: string): boolean => kind === 'unique' || kind === 'primary-key'
  return table.constraints.find(({ name, kind }) => isKey(kind) && !known.has(name))?.name ?? null
}

function adoptStep(
  action: ActionOf<'add-constraint'>,
  constraint: Key,
  given: { readonly table: QualifiedName; readonly name: string; readonly leaves: readonly LeafKey[] },
): StepSketch {
  const { table, name, leaves } = given
  const spelled = formatRelation(table)
  const is = (of: QualifiedName, called: string, exists: boolean): Condition => ({
    kind: 'constraint',
    table: formatRelation(of),
    constraint: called,
    exists,
    validated: exists ? true : null,
    definition: null,
  })
  return ddlStep({
    slug: `adopt ${name}`,
    phase: 'expand',
    title: `Let ${constraint.kind === 'unique' ? 'unique' : 'primary'} key ${quoteIdentifier(name)} of ${spelled} adopt those of its partitions`,
    sql: [constraint.name === null ? withConstraintName(action.sql, name) : action.sql],
    touches: touching({
      creates: [constraintObject(table, name)],
      reads: [
        tableObject(table),
        rowsObject(table),
        ...columnObjects(table, constraint.columns),
        ...leaves.map(({ leaf, name: of }) => constraintObject(leaf, of)),
      ],
    }),
    before: [is(table, name, false), ...leaves.map(({ leaf, name: of }) => is(leaf, of, true))],
    after: [is(table, name, true)],
    // Those of the partitions belong to it by then, and go with it.
    undo: dropIfThere(table, name),
  })
}
