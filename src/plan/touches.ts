/**
 * Which steps must stay in the order of their source. Everything that orders a plan goes through here: two steps may
 * change places only when what they declare they touch says so.
 */
import type { Touches } from '../model/plan.ts'
import { firstWord } from '../postgres/words.ts'
import { anyStatement } from '../rules/steps/objects.ts'

/** One line of a step's declaration, cut so that it can be compared. */
export interface Touch {
  readonly access: keyof Touches
  /** As declared: `column public.t.c`. */
  readonly object: string
  /** Its first word. */
  readonly kind: string
  /** The relation it is or stands in, spelled by `formatRelation`; itself where it stands in none (an index, a type). */
  readonly home: string
  /** False for what stands inside of a table: a column, a constraint, its rows. */
  readonly whole: boolean
  /** What a text that nobody reads would call it: the first word of its own name, in lower case; null: it has none. */
  readonly word: string | null
  /** Only of rows that are changed: the `values` that are changed in them; null: any of them, or the rows as such. */
  readonly values?: ReadonlySet<string> | null
}

export const noTouches: Touches = { creates: [], reads: [], changes: [], drops: [] }

const cut = new WeakMap<Touches, readonly Touch[]>()

/** Made once for each declaration: every other step asks. */
export function touchesOf(touches: Touches): readonly Touch[] {
  const known = cut.get(touches)
  if (known !== undefined) return known
  const changes = touches.changes.map((object) => touch('changes', object))
  const made = [
    ...touches.creates.map((object) => touch('creates', object)),
    ...touches.reads.map((object) => touch('reads', object)),
    ...changes.map((one) => (one.kind === 'rows' ? { ...one, values: valuesIn(one.home, changes) } : one)),
    ...touches.drops.map((object) => touch('drops', object)),
  ]
  cut.set(touches, made)
  return made
}

function valuesIn(table: string, changes: readonly Touch[]): ReadonlySet<string> | null {
  const named = changes.filter((one) => one.kind === 'values' && one.home === table)
  return named.length === 0 ? null : new Set(named.map(({ object }) => object))
}

/** Parts of a table with a name of their own: `kind table.name`. */
const namedParts: ReadonlySet<string> = new Set([
  'column',
  'viewed',
  'constraint',
  'default',
  'values',
  'trigger',
  'policy',
  'rule',
  'grant',
])

/** What a table has only one of: `kind table`. */
const unnamedParts: ReadonlySet<string> = new Set(['rows', 'columns', 'security'])

/** No text calls a thing by these. */
const nameless: ReadonlySet<string> = new Set([
  'rows',
  'columns',
  'security',
  'values',
  'grant',
  'comment',
  'statement',
])

function touch(access: keyof Touches, object: string): Touch {
  const space = object.indexOf(' ')
  const kind = object.slice(0, space)
  const name = object.slice(space + 1)
  const dot = lastDot(name)
  const word = nameless.has(kind) ? null : firstWord(dot === name.length ? name : name.slice(dot + 1))
  if (namedParts.has(kind)) return { access, object, kind, home: name.slice(0, dot), whole: false, word }
  // A name that a text mentions is no relation: in a home of its own it meets nothing by accident.
  const home = kind === 'named' ? object : name
  return { access, object, kind, home, whole: !unnamedParts.has(kind), word }
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
 * Two that only read never. The same object; and tables, indexes, views and sequences share a name space, so that one
 * of them may be what frees or takes the name of another. A table and what stands in it: creating or dropping the table
 * is in conflict with everything, changing it with whatever is not a mere reader. Two different things in one table:
 * never, but for those of `areRelated`. And what is related across tables: see `areRelatedAnywhere`.
 */
function isConflicting(one: Touch, other: Touch): boolean {
  if (one.access === 'reads' && other.access === 'reads') return false
  if (areRelatedAnywhere(one, other) || areRelatedAnywhere(other, one)) return true
  if (one.home !== other.home) return false
  if (one.object === other.object || (one.whole && other.whole)) return true
  if (one.whole === other.whole) return areRelated(one, other) || areRelated(other, one)
  const [table, part] = one.whole ? [one, other] : [other, one]
  if (table.access === 'creates' || table.access === 'drops') return true
  return table.access === 'changes' && part.access !== 'reads'
}

/** Two things in one table. */
function areRelated(one: Touch, other: Touch): boolean {
  return (
    goesFromView(one, other) ||
    areRowsWithValues(one, other) ||
    isColumnOfAll(one, other) ||
    decidesOnRows(one, other) ||
    guardsRows(one, other)
  )
}

function goesFromView(column: Touch, viewed: Touch): boolean {
  return (
    column.access === 'drops' &&
    viewed.kind === 'viewed' &&
    column.object === `column ${viewed.object.slice('viewed '.length)}`
  )
}

function areRowsWithValues(rows: Touch, values: Touch): boolean {
  if (rows.values === undefined || values.kind !== 'values') return false
  return rows.values === null || rows.values.has(values.object)
}

/** `SELECT *` and LIKE take the columns as they are at that moment. */
function isColumnOfAll(column: Touch, all: Touch): boolean {
  return all.kind === 'columns' && column.kind === 'column' && column.access !== 'reads'
}

/** Whatever a trigger or a rule does, and whatever a policy lets through, happens to rows that are changed after it. */
function decidesOnRows(part: Touch, rows: Touch): boolean {
  return deciding.has(part.kind) && part.access !== 'reads' && isRowChange(rows)
}

const deciding: ReadonlySet<string> = new Set(['trigger', 'rule', 'policy', 'security'])

/** Row level security without a policy hides every row. */
function guardsRows(security: Touch, policy: Touch): boolean {
  return security.kind === 'security' && security.access !== 'reads' && policy.kind === 'policy'
}

function areRelatedAnywhere(one: Touch, other: Touch): boolean {
  return (
    (one.kind === 'named' && other.kind !== 'named' && other.access !== 'reads' && other.word === one.word) ||
    (isChangedFunction(one) && other.kind === 'rows') ||
    (isLostFunction(one) && other.access === 'drops') ||
    (isSchemaChange(one) && isInSchema(other, one.home))
  )
}

/** A trigger, a default or a check of any table may call it. */
function isChangedFunction({ kind, access }: Touch): boolean {
  return kind === 'function' && (access === 'changes' || access === 'drops')
}

function isRowChange({ kind, access }: Touch): boolean {
  return kind === 'rows' && access === 'changes'
}

/** Whatever goes may be what still needs it. */
function isLostFunction({ kind, access }: Touch): boolean {
  return kind === 'function' && access === 'drops'
}

function isSchemaChange({ kind, access }: Touch): boolean {
  return kind === 'schema' && access !== 'reads'
}

function isInSchema(one: Touch, schema: string): boolean {
  return schemaOf(one) === schema
}

/** A statement whose text may rely on anything, and be relied upon by anything, keeps its place among all others. */
export function isBarrier(touches: readonly Touch[]): boolean {
  return touches.some(({ object }) => object === anyStatement)
}

export function areConflicting(some: readonly Touch[], others: readonly Touch[]): boolean {
  if (some.length > 0 && others.length > 0 && (isBarrier(some) || isBarrier(others))) return true
  return some.some((one) => others.some((other) => isConflicting(one, other)))
}

/**
 * The objects over which two declarations are in conflict: the table where one of them makes or drops it whole, else as
 * the second one names them. Empty: they are not.
 */
export function conflictsBetween(some: readonly Touch[], others: readonly Touch[]): readonly string[] {
  if (some.length > 0 && others.length > 0 && (isBarrier(some) || isBarrier(others))) return [anyStatement]
  const met = others.flatMap((other) =>
    some
      .filter((one) => isConflicting(one, other))
      .map((one) => (one.whole && !other.whole && one.home === other.home ? one.object : other.object)),
  )
  return [...new Set(met)]
}

/**
 * For each declaration the earlier ones that it is in conflict with, ascending: as `areConflicting` of all pairs says,
 * but asked only of those that have a home, a word or a kind in common.
 */
export function conflictsBefore(list: readonly (readonly Touch[])[]): readonly (readonly number[])[] {
  const index = new TouchIndex()
  const barriers: number[] = []
  return list.map((touches, at) => {
    const found = new Set<number>()
    if (isBarrier(touches)) {
      for (let before = 0; before < at; before += 1) {
        if ((list[before] ?? []).length > 0) found.add(before)
      }
    } else {
      if (touches.length > 0) for (const barrier of barriers) found.add(barrier)
      for (const one of touches) index.addConflicting(one, found)
    }
    if (isBarrier(touches)) barriers.push(at)
    for (const one of touches) index.put(one, at)
    return [...found].sort((one, other) => one - other)
  })
}

interface Put {
  readonly touch: Touch
  readonly at: number
}

/** Touches by what a later one could meet them by. */
class TouchIndex {
  readonly #readers = new Map<string, Put[]>()
  readonly #others = new Map<string, Put[]>()

  put(one: Touch, at: number): void {
    const byKey = one.access === 'reads' ? this.#readers : this.#others
    for (const key of foundBy(one)) {
      const list = byKey.get(key)
      if (list === undefined) byKey.set(key, [{ touch: one, at }])
      else list.push({ touch: one, at })
    }
  }

  addConflicting(one: Touch, found: Set<number>): void {
    const lists = one.access === 'reads' ? [this.#others] : [this.#others, this.#readers]
    for (const key of looksFor(one)) {
      for (const byKey of lists) {
        for (const { touch: other, at } of byKey.get(key) ?? []) {
          if (!found.has(at) && isConflicting(one, other)) found.add(at)
        }
      }
    }
  }
}

/** Of two touches in conflict each is found by something that the other one looks for. */
function foundBy(one: Touch): readonly string[] {
  const keys = [`home ${one.home}`]
  if (one.kind === 'named') keys.push(`named ${one.word}`)
  else if (one.word !== null && one.access !== 'reads') keys.push(`word ${one.word}`)
  if (one.kind === 'rows') keys.push('rows')
  if (isChangedFunction(one)) keys.push('function')
  if (isLostFunction(one)) keys.push('lost')
  if (one.access === 'drops') keys.push('drops')
  if (isSchemaChange(one)) keys.push(`schema ${one.home}`)
  const schema = schemaOf(one)
  if (schema !== null) keys.push(`in ${schema}`)
  return keys
}

function looksFor(one: Touch): readonly string[] {
  const keys = [`home ${one.home}`]
  if (one.kind === 'named') keys.push(`word ${one.word}`)
  else if (one.word !== null && one.access !== 'reads') keys.push(`named ${one.word}`)
  if (one.kind === 'rows') keys.push('function')
  if (isChangedFunction(one)) keys.push('rows')
  if (isLostFunction(one)) keys.push('drops')
  if (one.access === 'drops') keys.push('lost')
  if (isSchemaChange(one)) keys.push(`in ${one.home}`)
  const schema = schemaOf(one)
  if (schema !== null) keys.push(`schema ${schema}`)
  return keys
}

function schemaOf({ home, kind }: Touch): string | null {
  const dot = lastDot(home)
  return kind === 'schema' || dot === home.length ? null : home.slice(0, dot)
}

/** The tables that a declaration names, itself or by what stands in them; sorted, without repeats. */
export function tablesOf(touches: Touches): readonly string[] {
  const homes = touchesOf(touches)
    .filter(({ whole, kind }) => !whole || kind === 'table')
    .map(({ home }) => home)
  return [...new Set(homes)].sort()
}
