/**
 * A map that never changes: setting gives another map, which shares all but the last few entries with the one before.
 * A history of n statements over n tables would copy n² entries with a plain Map.
 */
export interface LayeredMap<V extends object> extends Iterable<readonly [string, V]> {
  get(key: string): V | undefined
  has(key: string): boolean
  /** In the order in which keys first came. */
  values(): Iterable<V>
  with(key: string, value: V): LayeredMap<V>
  without(key: string): LayeredMap<V>
}

/** Every so many changes the layers become one map again. */
const changesMax = 32

export function layeredMap<V extends object>(entries: Iterable<readonly [string, V]>): LayeredMap<V> {
  return layered(new Map(entries), new Map())
}

/** In `changes`, null: the key is gone from `base`. */
function layered<V extends object>(
  base: ReadonlyMap<string, V>,
  changes: ReadonlyMap<string, V | null>,
): LayeredMap<V> {
  const get = (key: string): V | undefined => {
    const changed = changes.get(key)
    return changed === undefined ? base.get(key) : (changed ?? undefined)
  }
  const change = (key: string, value: V | null): LayeredMap<V> => {
    const next = new Map(changes).set(key, value)
    return next.size < changesMax ? layered(base, next) : layered(merged(base, next), new Map())
  }
  return {
    get,
    has: (key) => get(key) !== undefined,
    values: () => valuesOf(base, changes),
    with: change,
    without: (key) => change(key, null),
    [Symbol.iterator]: () => entriesOf(base, changes),
  }
}

function merged<V extends object>(
  base: ReadonlyMap<string, V>,
  changes: ReadonlyMap<string, V | null>,
): ReadonlyMap<string, V> {
  const next = new Map(base)
  for (const [key, value] of changes) {
    if (value === null) next.delete(key)
    else next.set(key, value)
  }
  return next
}

function* entriesOf<V extends object>(
  base: ReadonlyMap<string, V>,
  changes: ReadonlyMap<string, V | null>,
): Generator<readonly [string, V], undefined> {
  for (const [key, value] of base) {
    const changed = changes.get(key)
    if (changed === undefined) yield [key, value]
    else if (changed !== null) yield [key, changed]
  }
  for (const [key, value] of changes) {
    if (value !== null && !base.has(key)) yield [key, value]
  }
}

function* valuesOf<V extends object>(
  base: ReadonlyMap<string, V>,
  changes: ReadonlyMap<string, V | null>,
): Generator<V, undefined> {
  for (const [, value] of entriesOf(base, changes)) yield value
}
