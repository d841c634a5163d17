/**
 * Foreign keys around a primary key that is replaced: PostgreSQL hangs each on one unique index, and lets that index go only
 * when no foreign key hangs on it any more (measured on 14 to 18).
 */
import { constraintSql, definitionOf } from '../../catalog/constraint-facts.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { ConstraintSnapshot, TableSnapshot } from '../../model/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { ActionOf, ConstraintOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated, withConstraintName, withNotValid } from '../../sql/edit.ts'
import { foreignKeySteps } from './foreign-key-steps.ts'
import { lockstepName } from './lockstep-name.ts'
import { validateStep } from './not-valid-steps.ts'
import { columnObjects, constraintObject, rowsObject, tableObject } from './objects.ts'
import { parsedAction } from './parsed-action.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import type { StepSketch } from './step-sketch.ts'

/** One that goes with the old key. */
export interface LeavingReference {
  readonly child: TableSnapshot
  readonly constraint: ConstraintSnapshot
}

/** One that comes in its place. */
export interface ComingReference {
  readonly child: TableSnapshot
  readonly action: ActionOf<'add-constraint'>
  readonly constraint: ConstraintOf<'foreign-key'>
  /** The author's name for it, or PostgreSQL's. */
  readonly name: string
  /** What it is called until the keys change places. */
  readonly temporary: string
  /**
   * True: the new key's index alone can bear it, and it is proved before the keys change places. False: the old key's
   * index would bear it as well, so it must not be there before that index is gone.
   */
  readonly isAhead: boolean
}

/** One that is to be there ahead must say its columns: without them PostgreSQL takes the old key. */
export function comingReference(
  given: Omit<ComingReference, 'temporary'> & { readonly isTaken: boolean },
  key: readonly string[],
  catalog: Catalog,
): ComingReference {
  const { child, name, constraint, isTaken, ...rest } = given
  const temporary = isTaken ? lockstepName('new', name) : name
  if (!given.isAhead || constraint.referencedColumns.length > 0) {
    return { ...rest, child, name, constraint, temporary }
  }
  const explicit = { ...constraint, referencedColumns: [...key] }
  const parent = { ...catalog.resolve(constraint.references), columns: key }
  const sql = `ALTER TABLE ${formatRelation(child)} ADD CONSTRAINT ${quoteIdentifier(name)} ${constraintSql(explicit, parent)}`
  const action = parsedAction(generated(sql), 'add-constraint')
  return { ...rest, child, name, constraint: explicit, action, temporary }
}

/** Adds those that can be ahead, and checks them, once the new index is there. */
export function aheadSteps(coming: readonly ComingReference[], context: RecipeContext): readonly Recipe[] {
  return coming
    .filter(({ isAhead }) => isAhead)
    .map(({ action, constraint, temporary }) => {
      const named = parsedAction(withConstraintName(action.sql, temporary), 'add-constraint')
      const recipe = foreignKeySteps(named, { ...constraint, name: temporary }, context)
      if ('cannot' in recipe) return recipe
      const wanted = constraint.notValid
        ? recipe.steps.filter(({ kind }) => kind !== 'patient')
        : recipe.steps
      return { ...recipe, steps: wanted.map((step): StepSketch => ({ ...step, phase: 'backfill' })) }
    })
}

/** Reads the rows of those that came with the keys' change. What the old one held true is true. */
export function behindSteps(coming: readonly ComingReference[], catalog: Catalog): readonly StepSketch[] {
  return coming
    .filter(({ isAhead, constraint }) => !isAhead && !constraint.notValid)
    .map(({ child, constraint, name }) => {
      const parent = catalog.resolve(constraint.references)
      return validateStep(child, name, 'contract', [tableObject(parent), rowsObject(parent)])
    })
}

/** In the transaction in which the keys change places. */
export function leaveSql(leaving: readonly LeavingReference[]): readonly string[] {
  return leaving.map(({ child, constraint }) => dropSql(child, constraint.name))
}

export function comeSql(coming: readonly ComingReference[]): readonly string[] {
  return coming.flatMap(({ child, action, name, temporary, isAhead }) => {
    if (!isAhead) return [withNotValid(withConstraintName(action.sql, name))]
    return temporary === name ? [] : [renameSql(child, temporary, name)]
  })
}

export function referenceConditions(
  leaving: readonly LeavingReference[],
  coming: readonly ComingReference[],
): { readonly before: readonly Condition[]; readonly after: readonly Condition[] } {
  const is = (child: TableSnapshot, constraint: string, exists: boolean): Condition => ({
    kind: 'constraint',
    table: formatRelation(child),
    constraint,
    exists,
    validated: null,
    definition: null,
  })
  const renamed = coming.filter(({ isAhead, temporary, name }) => isAhead && temporary !== name)
  const stays = (child: TableSnapshot, constraint: string) =>
    coming.some((one) => one.name === constraint && formatRelation(one.child) === formatRelation(child))
  return {
    before: [
      ...leaving.map(({ child, constraint }) => is(child, constraint.name, true)),
      ...renamed.map(({ child, temporary }) => is(child, temporary, true)),
    ],
    after: [
      ...leaving
        .filter(({ child, constraint }) => !stays(child, constraint.name))
        .map(({ child, constraint }) => is(child, constraint.name, false)),
      ...renamed.map(({ child, temporary }) => is(child, temporary, false)),
      ...coming.map(({ child, name }) => is(child, name, true)),
    ],
  }
}

/** What the transaction in which the keys change places makes, takes and needs of the other tables. */
export function referenceTouches(
  leaving: readonly LeavingReference[],
  coming: readonly ComingReference[],
): {
  readonly changes: readonly string[]
  readonly drops: readonly string[]
  readonly reads: readonly string[]
} {
  return {
    changes: coming.map(({ child, name }) => constraintObject(child, name)),
    drops: [
      ...leaving.map(({ child, constraint }) => constraintObject(child, constraint.name)),
      ...coming
        .filter(({ isAhead, temporary, name }) => isAhead && temporary !== name)
        .map(({ child, temporary }) => constraintObject(child, temporary)),
    ],
    reads: [
      ...leaving.flatMap(({ child }) => [tableObject(child), rowsObject(child)]),
      ...coming.flatMap(({ child, constraint }) => [
        tableObject(child),
        rowsObject(child),
        ...columnObjects(child, constraint.columns),
      ]),
    ],
  }
}

/** The way back in two halves, before and behind the statement in which the keys change their places back. */
export interface ReferencesBack {
  readonly before: readonly string[]
  readonly behind: readonly string[]
}

/**
 * The old ones come back under other names before the new ones go. Only where the new ones go to both keys' columns can the
 * old ones not be there ahead of the old key, since another index would bear them: those in place of which one goes to the
 * new key are then absent for two statements, and their rows are read afterwards. Null: where one points cannot be written
 * so that it hangs on the old key.
 */
export function referencesBack(
  leaving: readonly LeavingReference[],
  coming: readonly ComingReference[],
  old: ConstraintSnapshot,
): ReferencesBack | null {
  const [ahead, behind] = [coming.filter((one) => one.isAhead), coming.filter((one) => !one.isAhead)]
  const restored = leaving.map((one) => restoredSql(one, behind.length === 0 ? null : old))
  const sqls = restored.flatMap((sql) => sql ?? [])
  if (restored.includes(null)) return null
  const renames = leaving.map(({ child, constraint }) =>
    renameSql(child, lockstepName('old', constraint.name), constraint.name),
  )
  const drops = (list: readonly ComingReference[]) => list.map(({ child, name }) => dropSql(child, name))
  const again = ahead.flatMap(aheadAgain)
  return behind.length === 0
    ? { before: [...sqls, ...drops(ahead)], behind: [...again, ...renames] }
    : { before: drops(ahead), behind: [...again, ...sqls, ...drops(behind), ...renames] }
}

function aheadAgain({ child, action, constraint, temporary }: ComingReference): readonly string[] {
  const add = withNotValid(withConstraintName(action.sql, temporary))
  return constraint.notValid ? [add] : [add, validateSql(child, temporary)]
}

/** `key`: the one that is to bear it, which PostgreSQL takes where no columns are written, though others would do. */
function restoredSql(
  { child, constraint }: LeavingReference,
  key: ConstraintSnapshot | null,
): readonly string[] | null {
  const definition = definitionOf(constraint)
  const { references } = constraint
  if (definition?.kind !== 'foreign-key' || references === null) return null
  if (key !== null && references.columns.some((column, at) => column !== key.columns[at])) return null
  const name = lockstepName('old', constraint.name)
  const head = `ALTER TABLE ${formatRelation(child)} ADD CONSTRAINT ${quoteIdentifier(name)} `
  const toKey = constraintSql({ ...definition, notValid: false }, { ...references, columns: [] })
  const add = withNotValid(generated(`${head}${key === null ? constraint.definition : toKey}`))
  return constraint.validated ? [add, validateSql(child, name)] : [add]
}

function dropSql(table: TableSnapshot, constraint: string): string {
  return generated(`ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${quoteIdentifier(constraint)}`)
}

function validateSql(table: TableSnapshot, constraint: string): string {
  return generated(`ALTER TABLE ${formatRelation(table)} VALIDATE CONSTRAINT ${quoteIdentifier(constraint)}`)
}

function renameSql(table: TableSnapshot, from: string, to: string): string {
  return generated(
    `ALTER TABLE ${formatRelation(table)} RENAME CONSTRAINT ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`,
  )
}
