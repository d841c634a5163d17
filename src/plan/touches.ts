/**
 * Which steps must stay in the order of their source. Everything that orders a plan goes through here: two steps may
 * change places only when what they declare they touch says so.
 */
import type { Touches } from '../model/plan.ts'
import { anyStatement } from '../rules/steps/objects.ts'

/** One line of a step's declaration, cut so that it can be compared. */
export interface Touch {
  readonly access: keyof Touches
  /** As declared: `column public.t.c`. */
  readonly object: string
  /** The relation it is or stands in, spelled by `formatRelation`; itself where it stands in none (an index, a type). */
  readonly home: string
  /** False for what stands inside of a table: a column, a constraint, its rows. */
  readonly whole: boolean
  /** Only of rows that are changed: the `values` that are changed in them; null: any of them, or the rows as such. */
  readonly values?: ReadonlySet<string> | null
}

export const noTouches: Touches = { creates: [], reads: [], changes: [], drops: [] }

export function touchesOf(touches: Touches): readonly Touch[] {
  const changes = touches.changes.map((object) => touch('changes', object))
  return [
    ...touches.creates.map((object) => touch('creates', object)),
    ...touches.reads.map((object) => touch('reads', object)),
    ...changes.map((one) => (isRows(one) ? { ...one, values: valuesIn(one.home, changes) } : one)),
    ...touches.drops.map((object) => touch('drops', object)),
  ]
}

function isRows({ object }: Touch): boolean {
  return object.startsWith('rows ')
}

function isValues({ object }: Touch): boolean {
  return object.startsWith('values ')
}

function valuesIn(table: string, changes: readonly Touch[]): ReadonlySet<string> | null {
  const named = changes.filter((one) => isValues(one) && one.home === table)
  return named.length === 0 ? null : new Set(named.map(({ object }) => object))
}

function touch(access: keyof Touches, object: string): Touch {
  const space = object.indexOf(' ')
  const kind = object.slice(0, space)
  const name = object.slice(space + 1)
  const isInTable =
    kind === 'column' || kind === 'viewed' || kind === 'constraint' || kind === 'default' || kind === 'values'
  if (isInTable) {
    return { access, object, home: name.slice(0, lastDot(name)), whole: false }
  }
  if (kind === 'rows') return { access, object, home: name, whole: false }
  return { access, object, home: name, whole: true }
}

/** Where the last dot of a name stands that is not inside of double quotes; its length where there is none. */
export function lastDot(name: string): number {
  let quoted = false
  let last = name.length
  for (let at = 0; at < name.length; at += 1) {
    if (name[at] === '"') quoted = !quoted
    else if (name[at] === '.' && !quoted) last = at
  }
  return last
}

/**
 * The same object: unless both only read it; and tables, indexes, views and sequences share a name space, so that one
 * of them may be what frees or takes the name of another. A table and what stands in it: creating or dropping the table is in
 * conflict with everything, changing it with whatever is not a mere reader. Two different things in one table: never, but
 * for a column that goes and a view over it, and for rows and the values in them.
 */
function isConflicting(one: Touch, other: Touch): boolean {
  if (one.home !== other.home) return false
  if (one.object === other.object || (one.whole && other.whole))
    return one.access !== 'reads' || other.access !== 'reads'
  if (goesFromView(one, other) || goesFromView(other, one)) return true
  if (one.whole === other.whole) return areRowsWithValues(one, other) || areRowsWithValues(other, one)
  const [table, part] = one.whole ? [one, other] : [other, one]
  if (table.access === 'creates' || table.access === 'drops') return true
  return table.access === 'changes' && part.access !== 'reads'
}

function goesFromView(column: Touch, viewed: Touch): boolean {
  return (
    column.access === 'drops' &&
    viewed.object.startsWith('viewed ') &&
    column.object === `column ${viewed.object.slice('viewed '.length)}`
  )
}

function areRowsWithValues(rows: Touch, values: Touch): boolean {
  if (rows.values === undefined || !isValues(values)) return false
  return rows.values === null || rows.values.has(values.object)
}

/** A statement whose text may rely on anything, and be relied upon by anything, keeps its place among all others. */
function isBarrier(touches: readonly Touch[]): boolean {
  return touches.some(({ object }) => object === anyStatement)
}

export function areConflicting(some: readonly Touch[], others: readonly Touch[]): boolean {
  if (some.length > 0 && others.length > 0 && (isBarrier(some) || isBarrier(others))) return true
  return some.some((one) => others.some((other) => isConflicting(one, other)))
}

/** The tables that a declaration names, itself or by what stands in them; sorted, without repeats. */
export function tablesOf(touches: Touches): readonly string[] {
  const homes = touchesOf(touches)
    .filter(({ whole, object }) => !whole || object.startsWith('table '))
    .map(({ home }) => home)
  return [...new Set(homes)].sort()
}
