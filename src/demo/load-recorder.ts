import type { ApplicationName, LoadFigures } from '../model/demo.ts'

export interface RecordedTransaction {
  readonly application: ApplicationName
  readonly script: string
  /** From when it was due. */
  readonly ms: number
  /** A SQLSTATE or message, null if it committed. */
  readonly failure: string | null
}

/** Collects what became of each transaction of a load. */
export interface LoadRecorder {
  record(transaction: RecordedTransaction): void
  figures(): LoadFigures
}

interface Tally {
  transactions: number
  readonly failures: Map<string, number>
}

export function loadRecorder(): LoadRecorder {
  const latencies = new Map<string, number[]>()
  const tallies = new Map<ApplicationName, Tally>()
  return {
    record({ application, script, ms, failure }) {
      getOrAdd(latencies, script, () => []).push(ms)
      const tally = getOrAdd(tallies, application, () => ({ transactions: 0, failures: new Map() }))
      tally.transactions += 1
      if (failure !== null) tally.failures.set(failure, (tally.failures.get(failure) ?? 0) + 1)
    },
    figures() {
      const all = sorted([...latencies.values()].flat())
      const failures = added([...tallies.values()].map((tally) => tally.failures))
      return {
        transactions: all.length,
        failed: total(failures),
        failures: inOrder(failures),
        byApplication: [...tallies].map(([application, tally]) => ({
          application,
          transactions: tally.transactions,
          failed: total(tally.failures),
          failures: inOrder(tally.failures),
        })),
        slowerThan100Ms: all.length - firstAbove(all, 100),
        latencyMs: { p50: percentile(all, 0.5), p99: percentile(all, 0.99), max: all.at(-1) ?? 0 },
        byScript: Object.fromEntries(
          [...latencies].sort(byName).map(([script, ms]) => [script, ofScript(ms)]),
        ),
      }
    },
  }
}

function getOrAdd<K, V>(map: Map<K, V>, name: K, make: () => V): V {
  const known = map.get(name)
  if (known !== undefined) return known
  const made = make()
  map.set(name, made)
  return made
}

function added(parts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const part of parts) {
    for (const [failure, count] of part) sums.set(failure, (sums.get(failure) ?? 0) + count)
  }
  return sums
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

function inOrder(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(byName))
}

function ofScript(latencies: readonly number[]): LoadFigures['byScript'][string] {
  const ordered = sorted(latencies)
  return { transactions: ordered.length, p99: percentile(ordered, 0.99), max: ordered.at(-1) ?? 0 }
}

function sorted(values: readonly number[]): readonly number[] {
  return [...values].sort((one, other) => one - other)
}

/** Nearest rank: the smallest value with at least `share` of all values at or below it. 0 of nothing. */
export function percentile(ordered: readonly number[], share: number): number {
  return ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] ?? 0
}

function firstAbove(ordered: readonly number[], limit: number): number {
  const index = ordered.findIndex((value) => value > limit)
  return index === -1 ? ordered.length : index
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}
