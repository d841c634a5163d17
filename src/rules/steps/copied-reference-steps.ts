/**
 * Foreign keys that point at a column go over to the copy of the column, one by one: each is added beside the old
 * one, its rows are read, and it takes the old one's name. The unique index of the copy bears it, whatever that index is
 * called then, and whatever constraint takes it over.
 */
import { constraintSql, definitionOf } from '../../catalog/constraint-facts.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { ConstraintSnapshot, TableSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import {
  addNotValidSql,
  constraintExists,
  constraintIsGone,
  dropConstraintSql,
  joinedDependents,
  noDependents,
  renameConstraintSql,
  withWayBack,
  type CopiedColumn,
  type CopiedDependents,
} from './copied-dependents.ts'
import { lockstepName } from './lockstep-name.ts'
import { notValidSteps } from './not-valid-steps.ts'
import { columnObjects, constraintObject, indexObject, rowsObject, tableObject, touching } from './objects.ts'
import { ddlStep, undoSql, type StepSketch } from './step-sketch.ts'

interface Reference {
  readonly child: TableSnapshot
  readonly constraint: ConstraintSnapshot
}

/** Those whose own columns are not the column: a key of the table to itself over it on both sides goes with its columns. */
function referencesTo({ table, from }: Omit<CopiedColumn, 'copy'>, catalog: Catalog): readonly Reference[] {
  return catalog
    .foreignKeysTo(table)
    .filter(({ constraint }) => constraint.references?.columns.includes(from.name) === true)
    .filter(
      ({ table: child, constraint }) =>
        formatRelation(child) !== formatRelation(table) || !constraint.columns.includes(from.name),
    )
    .map(({ table: child, constraint }) => ({ child, constraint }))
}

/** Each a clause. */
export function reasonsInReferences(column: Omit<CopiedColumn, 'copy'>, catalog: Catalog): readonly string[] {
  return referencesTo(column, catalog).flatMap(({ child, constraint }) => {
    const name = `foreign key ${quoteIdentifier(constraint.name)} of ${formatRelation(child)}`
    if (child.kind !== 'table' || child.partitionOf !== null) {
      return [`${name}, which is partitioned or a partition, points at it`]
    }
    return definitionOf(constraint)?.kind === 'foreign-key'
      ? []
      : [`the definition of ${name} cannot be read`]
  })
}

/** `indexes`: what may bear a key to the copy, by the names of ours that it has until the copy takes over. */
export function movedReferences(
  column: CopiedColumn,
  catalog: Catalog,
  indexes: readonly string[],
): CopiedDependents {
  return referencesTo(column, catalog)
    .map((one) => movedReference(column, one, indexes))
    .reduce(joinedDependents, noDependents)
}

function movedReference(
  { table, from, copy }: CopiedColumn,
  { child, constraint }: Reference,
  indexes: readonly string[],
): CopiedDependents {
  const definition = definitionOf(constraint)
  const { references } = constraint
  if (definition?.kind !== 'foreign-key' || references === null) {
    throw new Error(`${constraint.name} was to be refused`)
  }
  const columns = references.columns.map((name) => (name === from.name ? copy : name))
  const temporary = lockstepName('new', constraint.name)
  const reads = [
    tableObject(table),
    rowsObject(table),
    ...columnObjects(child, constraint.columns),
    ...columnObjects(table, columns),
    ...indexes.map((name) => indexObject({ schema: table.schema, name })),
  ]
  const added = notValidSteps({
    table: child,
    name: temporary,
    noun: 'foreign key',
    sql: addNotValidSql(child, temporary, constraintSql(definition, { ...references, columns })),
    reads,
    addIn: 'backfill',
    validateIn: 'backfill',
  })
  const place: Place = {
    child,
    constraint,
    reads,
    definition: (column) =>
      constraintSql(definition, {
        ...references,
        columns: references.columns.map((name) => (name === from.name ? column : name)),
      }),
  }
  return {
    ...noDependents,
    build: withWayBack(added, child, constraint),
    move: { gone: [placeStep(place, from.name)], aside: [dropStep(place, from.name)] },
    behind: (aside) => [nameStep(place, aside)],
    named: [constraintObject(child, constraint.name)],
  }
}

interface Place extends Reference {
  readonly reads: readonly string[]
  /** Of a key to the table with this column in the place of the one that is copied. */
  readonly definition: (column: string) => string
}

function temporaryOf({ constraint }: Reference): string {
  return lockstepName('new', constraint.name)
}

/** What takes it back brings the old one again for new rows only: the way back of its check reads the others. */
function placeStep(place: Place, column: string): StepSketch {
  const { child, constraint, reads } = place
  const { name } = constraint
  const temporary = temporaryOf(place)
  return ddlStep({
    slug: `place ${name}`,
    phase: 'backfill',
    title: `Let the foreign key to the new column take the place of ${quoteIdentifier(name)} of ${formatRelation(child)}`,
    sql: [dropConstraintSql(child, name), renameConstraintSql(child, temporary, name)],
    touches: touching({
      drops: [constraintObject(child, temporary)],
      changes: [constraintObject(child, name)],
      reads: [tableObject(child), rowsObject(child), ...reads],
    }),
    before: [constraintExists(child, temporary), constraintExists(child, name)],
    after: [constraintExists(child, name), constraintIsGone(child, temporary)],
    undo: undoSql(
      renameConstraintSql(child, name, temporary),
      addNotValidSql(child, name, place.definition(column)),
    ),
  })
}

/** The key that it hangs on is about to change its column: until then, the other one holds as well. */
function dropStep(place: Place, column: string): StepSketch {
  const { child, constraint, reads } = place
  const { name } = constraint
  return ddlStep({
    slug: `drop ${name}`,
    phase: 'backfill',
    title: `Drop ${quoteIdentifier(name)} of ${formatRelation(child)}, as ${quoteIdentifier(temporaryOf(place))} holds the same`,
    sql: [dropConstraintSql(child, name)],
    touches: touching({
      changes: [constraintObject(child, name)],
      reads: [tableObject(child), rowsObject(child), constraintObject(child, temporaryOf(place)), ...reads],
    }),
    before: [constraintExists(child, name)],
    after: [constraintIsGone(child, name)],
    undo: undoSql(addNotValidSql(child, name, place.definition(column))),
  })
}

function nameStep(place: Place, aside: string): StepSketch {
  const { child, constraint } = place
  const { name } = constraint
  const temporary = temporaryOf(place)
  return ddlStep({
    slug: `name ${name}`,
    phase: 'backfill',
    title: `Give ${quoteIdentifier(temporary)} of ${formatRelation(child)} its name, ${quoteIdentifier(name)}`,
    sql: [renameConstraintSql(child, temporary, name)],
    touches: touching({
      drops: [constraintObject(child, temporary)],
      changes: [constraintObject(child, name)],
      reads: [tableObject(child)],
    }),
    before: [constraintExists(child, temporary), constraintIsGone(child, name)],
    after: [constraintExists(child, name), constraintIsGone(child, temporary)],
    // The index that it hangs on goes on the way back.
    undo: undoSql(dropConstraintSql(child, name), addNotValidSql(child, name, place.definition(aside))),
  })
}
