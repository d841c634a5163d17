/** A seeded stream of numbers: the same seed gives the same rows on every machine. */
export interface Random {
  /** 0 <= n < 1. */
  next(): number
  /** Integer, 0 <= n < below. */
  below(limit: number): number
  /** One of a list that is not empty. */
  pick<T>(items: readonly [T, ...T[]]): T
}

/** Mulberry32: 32 bits of state, ample for test rows, and short enough to read. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return { next, below, pick: (items) => items[below(items.length)] ?? items[0] }
}

/** A seed of its own for each name, so that one table more does not change the rows of the others. */
export function seedOf(seed: number, name: string): number {
  let hash = seed ^ 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}
