/**
 * Chance that can be repeated: one generator a worker, and with it the only source of new keys. No clock and no
 * entropy of the machine, so that a run that failed can be run again.
 */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A name that no other worker and no earlier call has given, as long as seeds differ between runs. */
  fresh(): string
}

export function createRandom(seed: number, worker: number): Random {
  // Neighbouring workers must not walk the same sequence a few steps apart, hence the odd multiplier.
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(worker + 1, 0x85ebca6b)) >>> 0
  let given = 0
  return {
    next() {
      // mulberry32: 32 bits of state, good enough to spread load, small enough to read.
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    },
    fresh() {
      given += 1
      return `${seed}-${worker}-${given}`
    },
  }
}

/** From 1 to `max`, all alike. */
export function uniform(random: Random, max: number): number {
  return 1 + Math.floor(random.next() * max)
}

/** From 1 to `max`, falling off with the rank as in Zipf's law (exponent 1): the first few take most. */
export function zipf(random: Random, max: number): number {
  return Math.min(max, Math.floor((max + 1) ** random.next()))
}
