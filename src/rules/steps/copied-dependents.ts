/** What hangs on a column, made anew for a copy of it; the pieces that every kind of dependent is made of. */
import type { ColumnSnapshot, ConstraintSnapshot, TableSnapshot } from '../../model/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated, withNotValid } from '../../sql/edit.ts'
import { lockstepName } from './lockstep-name.ts'
import { undoOneByOne, type StepSketch } from './step-sketch.ts'

export interface CopiedColumn {
  readonly table: TableSnapshot
  readonly from: ColumnSnapshot
  /** What the copy is called while both are there. */
  readonly copy: string
}

/** What hangs on a column, made anew for its copy. The column is gone in the end, or set aside under another name. */
export interface CopiedDependents {
  /** In the backfill phase, under names of ours. */
  readonly build: readonly StepSketch[]
  /** In the backfill phase, where the column is set aside: what it needs to take its place again. */
  readonly keep: readonly StepSketch[]
  /** In the backfill phase: what points at the column points at the copy, which is to be when the column is … */
  readonly move: { readonly gone: readonly StepSketch[]; readonly aside: readonly StepSketch[] }
  /** In the backfill phase, where the column is set aside, as soon as it is. */
  readonly behind: (aside: string) => readonly StepSketch[]
  /** What is dropped ahead of the column, because it can be dropped alone, or concurrently. */
  readonly clear: readonly StepSketch[]
  /** While the column still has its name. */
  readonly ahead: readonly string[]
  /** When the column is gone: the names that its dependents had, for those of the copy. */
  readonly adopt: readonly string[]
  /** What `adopt` needs where the column is not gone but set aside: its dependents give their names up. */
  readonly release: (aside: string) => readonly string[]
  /** What takes all three back, in order, while the one column is still aside and the copy has its name. */
  readonly giveBack: (aside: string) => readonly string[]
  readonly after: readonly Condition[]
  /** Objects that `adopt` gives their names, or that another of these statements changes. */
  readonly named: readonly string[]
}

export const noDependents: CopiedDependents = {
  build: [],
  keep: [],
  move: { gone: [], aside: [] },
  behind: () => [],
  clear: [],
  ahead: [],
  adopt: [],
  release: () => [],
  giveBack: () => [],
  after: [],
  named: [],
}

export function joinedDependents(one: CopiedDependents, other: CopiedDependents): CopiedDependents {
  return {
    build: [...one.build, ...other.build],
    keep: [...one.keep, ...other.keep],
    move: {
      gone: [...one.move.gone, ...other.move.gone],
      aside: [...one.move.aside, ...other.move.aside],
    },
    behind: (aside) => [...one.behind(aside), ...other.behind(aside)],
    clear: [...one.clear, ...other.clear],
    ahead: [...one.ahead, ...other.ahead],
    adopt: [...one.adopt, ...other.adopt],
    release: (aside) => [...one.release(aside), ...other.release(aside)],
    giveBack: (aside) => [...other.giveBack(aside), ...one.giveBack(aside)],
    after: [...one.after, ...other.after],
    named: [...one.named, ...other.named],
  }
}

export function renameConstraintSql(table: TableSnapshot, from: string, to: string): string {
  return generated(
    `ALTER TABLE ${formatRelation(table)} RENAME CONSTRAINT ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`,
  )
}

export function dropConstraintSql(table: TableSnapshot, constraint: string): string {
  return generated(`ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${quoteIdentifier(constraint)}`)
}

export function addNotValidSql(table: TableSnapshot, name: string, definition: string): string {
  return withNotValid(
    generated(`ALTER TABLE ${formatRelation(table)} ADD CONSTRAINT ${quoteIdentifier(name)} ${definition}`),
  )
}

/**
 * Steps that add a constraint beside another one and check it. When they are taken back, the other one may have come again
 * for new rows only: then its rows are read, as late as that, without a lock that stops anybody.
 */
export function withWayBack(
  [add, validate]: readonly StepSketch[],
  table: TableSnapshot,
  { name, validated }: ConstraintSnapshot,
): readonly StepSketch[] {
  if (add === undefined || validate === undefined) throw new Error('it is added, and checked')
  const back = `ALTER TABLE ${formatRelation(table)} VALIDATE CONSTRAINT ${quoteIdentifier(name)}`
  return validated ? [add, { ...validate, undo: undoOneByOne(generated(back)) }] : [add]
}

export function constraintIsGone(
  table: TableSnapshot,
  constraint: string,
): Extract<Condition, { kind: 'constraint' }> {
  return { ...constraintExists(table, constraint), exists: false }
}

/**
 * Names of ours for what is built for the copy, and for what is left of the column’s own where the copy’s takes its name.
 * What stands on several columns, of which others may be copied, too, is there once for each.
 */
export interface StandIns {
  readonly temporary: string
  readonly aside: string
}

export function standIns(name: string, column: string, isShared: boolean): StandIns {
  const full = isShared ? `${name}_${column}` : name
  return { temporary: lockstepName('new', full), aside: lockstepName('old', full) }
}

export function standInsOf({ name, columns }: ConstraintSnapshot, column: string): StandIns {
  return standIns(name, column, columns.length > 1)
}

export function constraintExists(
  table: TableSnapshot,
  constraint: string,
): Extract<Condition, { kind: 'constraint' }> {
  return {
    kind: 'constraint',
    table: formatRelation(table),
    constraint,
    exists: true,
    validated: null,
    definition: null,
  }
}
