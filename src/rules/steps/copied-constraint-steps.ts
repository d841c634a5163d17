/** A constraint over a column, made anew for the copy of the column (BB-8). */
import { constraintSql, definitionOf } from '../../catalog/constraint-facts.ts'
import type { ConstraintSnapshot, TableSnapshot } from '../../model/catalog.ts'
import type { ConstraintOf } from '../../model/statement.ts'
import { notNullName } from '../../postgres/generated-name.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { withRenamedColumn } from '../../sql/rename-column.ts'
import {
  addNotValidSql,
  constraintExists,
  constraintIsGone,
  dropConstraintSql,
  noDependents,
  renameConstraintSql,
  standInsOf,
  withWayBack,
  type CopiedColumn,
  type CopiedDependents,
} from './copied-dependents.ts'
import { dropConstraintSteps } from './drop-constraint-steps.ts'
import { buildIndexStep } from './index-steps.ts'
import { lockstepName } from './lockstep-name.ts'
import { namedNotNull, provenNotNull } from './not-null-steps.ts'
import { notValidSteps } from './not-valid-steps.ts'
import { columnObject, constraintObject, rowsObject, tableObject, touching } from './objects.ts'
import { parsedAction } from './parsed-action.ts'
import type { RecipeContext } from './recipe.ts'
import { ddlStep, undoSql, type StepSketch } from './step-sketch.ts'
import { deferral, uniqueIndexSql } from './unique-steps.ts'

export function copiedNotNull(
  { table, from, copy }: CopiedColumn,
  { serverVersion }: RecipeContext,
): CopiedDependents {
  if (serverVersion.min < 18) return { ...noDependents, build: provenNotNull(table, copy, 'backfill') }
  const name = notNullConstraintOf(table, from.name)
  const [temporary, aside] = [lockstepName('new', name), lockstepName('old', name)]
  return {
    ...noDependents,
    build: namedNotNull(table, copy, temporary, 'backfill'),
    release: () => [renameConstraintSql(table, name, aside)],
    adopt: [renameConstraintSql(table, temporary, name)],
    giveBack: () => [renameConstraintSql(table, name, temporary), renameConstraintSql(table, aside, name)],
    after: [constraintExists(table, name)],
    named: [constraintObject(table, name)],
  }
}

/** From 18 on NOT NULL is a constraint, which keeps its name when its column gets another. */
export function notNullConstraintOf(table: TableSnapshot, column: string): string {
  const known = table.constraints.find(({ kind, columns }) => kind === 'not-null' && columns.includes(column))
  return known?.name ?? notNullName(table.name, column, () => false)
}

export function copiedConstraint(
  column: CopiedColumn,
  constraint: ConstraintSnapshot,
  context: RecipeContext,
): CopiedDependents {
  const { table } = column
  const { name } = constraint
  const named = { after: [constraintExists(table, name)], named: [constraintObject(table, name)] }
  switch (constraint.kind) {
    case 'check':
    case 'foreign-key':
      return { ...checkedConstraint(column, constraint, context), ...named }
    case 'unique':
      return { ...copiedUnique(column, constraint), ...named }
    case 'primary-key':
      return { ...copiedPrimaryKey(column, constraint), ...named }
    case 'not-null':
    case 'exclude':
    case 'trigger':
      return noDependents
  }
}

/** CHECK and FOREIGN KEY, whose rows are read while they are written. */
function checkedConstraint(
  { table, from, copy }: CopiedColumn,
  constraint: ConstraintSnapshot,
  context: RecipeContext,
): CopiedDependents {
  const { name, references } = constraint
  const definition = copiedConstraintSql(table, constraint, { from: from.name, to: copy })
  if (definition === null) throw new Error(`${name} was to be refused`)
  const { temporary, aside } = standInsOf(constraint, from.name)
  const steps = notValidSteps({
    table,
    name: temporary,
    noun: constraint.kind === 'check' ? 'check' : 'foreign key',
    sql: addNotValidSql(table, temporary, definition),
    reads: [
      columnObject(table, copy),
      ...(references === null ? [] : [tableObject(references), rowsObject(references)]),
    ],
    addIn: 'backfill',
    validateIn: 'backfill',
  })
  const isForeignKey = constraint.kind === 'foreign-key'
  return {
    ...noDependents,
    build: isForeignKey
      ? withWayBack(steps, table, constraint)
      : constraint.validated
        ? steps
        : steps.slice(0, 1),
    // Alone: it locks the table that it references, too.
    clear: isForeignKey ? droppedForeignKey(table, name, context) : [],
    behind: (column) =>
      isForeignKey ? [dropAsideStep(table, constraint, { from: from.name, to: column })] : [],
    adopt: [renameConstraintSql(table, temporary, name)],
    release: () => [renameConstraintSql(table, name, aside)],
    giveBack: () => [renameConstraintSql(table, name, temporary), renameConstraintSql(table, aside, name)],
  }
}

function droppedForeignKey(
  table: TableSnapshot,
  name: string,
  context: RecipeContext,
): readonly StepSketch[] {
  const sql = generated(`ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${quoteIdentifier(name)}`)
  const recipe = dropConstraintSteps(parsedAction(sql, 'drop-constraint'), context)
  if ('cannot' in recipe) throw new Error(recipe.cannot)
  return recipe.steps
}

/**
 * A foreign key of a column that has been set aside. It would hold the key that it points at, which may itself be about to
 * get another type.
 */
function dropAsideStep(
  table: TableSnapshot,
  constraint: ConstraintSnapshot,
  column: { readonly from: string; readonly to: string },
): StepSketch {
  const spelled = formatRelation(table)
  const { name, references } = constraint
  const { aside } = standInsOf(constraint, column.from)
  const definition = copiedConstraintSql(table, constraint, column)
  if (definition === null || references === null) throw new Error(`${name} was to be refused`)
  return ddlStep({
    slug: `drop ${aside}`,
    phase: 'backfill',
    title: `Drop ${quoteIdentifier(aside)} of ${spelled}, whose place ${quoteIdentifier(name)} has taken`,
    sql: [dropConstraintSql(table, aside)],
    touches: touching({
      drops: [constraintObject(table, aside)],
      changes: [constraintObject(table, name)],
      reads: [
        tableObject(table),
        columnObject(table, column.to),
        tableObject(references),
        rowsObject(references),
      ],
    }),
    before: [constraintExists(table, aside)],
    after: [constraintIsGone(table, aside)],
    undo: undoSql(addNotValidSql(table, aside, definition)),
  })
}

/** What stands after ADD CONSTRAINT name; null: it cannot be read. A key to the table itself has the column on both sides. */
export function copiedConstraintSql(
  table: TableSnapshot,
  constraint: ConstraintSnapshot,
  { from, to }: { readonly from: string; readonly to: string },
): string | null {
  const definition = definitionOf(constraint)
  if (definition === null) return null
  const renamed = (name: string): string => (name === from ? to : name)
  if (definition.kind === 'foreign-key') {
    const { references } = constraint
    const isOwn = references?.schema === table.schema && references.name === table.name
    const target = isOwn ? { ...references, columns: references.columns.map(renamed) } : references
    return constraintSql({ ...definition, columns: constraint.columns.map(renamed) }, target)
  }
  if (definition.kind !== 'check' || !definition.expression.columns.includes(from)) return null
  const head = 'ALTER TABLE t ADD CONSTRAINT c '
  return withRenamedColumn(`${head}${constraint.definition}`, from, to)?.slice(head.length) ?? null
}

function copiedUnique(column: CopiedColumn, constraint: ConstraintSnapshot): CopiedDependents {
  const { table, from } = column
  const { name } = constraint
  const { temporary, aside } = standInsOf(constraint, from.name)
  return {
    ...noDependents,
    build: [buildStep(table, temporary, keyOfCopy(column, constraint))],
    release: () => [renameConstraintSql(table, name, aside)],
    giveBack: () => [dropConstraintSql(table, name), renameConstraintSql(table, aside, name)],
    adopt: [takeOverSql(table, constraint, temporary)],
  }
}

/** There is one at a time: the old one goes, and an index that was built beside it keeps the way back. */
function copiedPrimaryKey(column: CopiedColumn, constraint: ConstraintSnapshot): CopiedDependents {
  const { table, from } = column
  const { name } = constraint
  const { temporary, aside: kept } = standInsOf(constraint, from.name)
  const old = keyOfCopy({ ...column, copy: from.name }, constraint)
  return {
    ...noDependents,
    build: [buildStep(table, temporary, keyOfCopy(column, constraint))],
    keep: [buildStep(table, kept, old)],
    release: () => [dropConstraintSql(table, name)],
    giveBack: () => [dropConstraintSql(table, name), takeOverSql(table, constraint, kept)],
    adopt: [takeOverSql(table, constraint, temporary)],
  }
}

type Key = ConstraintOf<'unique' | 'primary-key'>

function definitionOfKey(constraint: ConstraintSnapshot): Key {
  const definition = definitionOf(constraint)
  if (definition?.kind === 'unique' || definition?.kind === 'primary-key') return definition
  throw new Error(`${constraint.name} was to be refused`)
}

function keyOfCopy({ from, copy }: CopiedColumn, constraint: ConstraintSnapshot): Key {
  const definition = definitionOfKey(constraint)
  const renamed = (name: string): string => (name === from.name ? copy : name)
  return {
    ...definition,
    columns: constraint.columns.map(renamed),
    include: definition.include.map(renamed),
  }
}

function buildStep(table: TableSnapshot, name: string, key: Key): StepSketch {
  const columns = [...key.columns, ...key.include]
  const sql = generated(uniqueIndexSql(table, name, key))
  return buildIndexStep({ table, name, sql, unique: true, columns }, 'backfill')
}

/** The index takes the constraint's name. */
function takeOverSql(table: TableSnapshot, constraint: ConstraintSnapshot, index: string): string {
  const key = definitionOfKey(constraint)
  const words = key.kind === 'unique' ? 'UNIQUE' : 'PRIMARY KEY'
  return generated(
    `ALTER TABLE ${formatRelation(table)} ADD CONSTRAINT ${quoteIdentifier(constraint.name)} ${words} USING INDEX ${quoteIdentifier(index)}${deferral(key)}`,
  )
}
