import type { LoadFigures } from '../model/demo.ts'

/** Collects what became of each transaction of a load. */
export interface LoadRecorder {
  /** `ms` from when it was due; `failure` a SQLSTATE or message, null if it committed. */
  record(script: string, ms: number, failure: string | null): void
  figures(): LoadFigures
}

export function loadRecorder(): LoadRecorder {
  const latencies = new Map<string, number[]>()
  const failures = new Map<string, number>()
  return {
    record(script, ms, failure) {
      const known = latencies.get(script)
      if (known === undefined) latencies.set(script, [ms])
      else known.push(ms)
      if (failure !== null) failures.set(failure, (failures.get(failure) ?? 0) + 1)
    },
    figures() {
      const all = sorted([...latencies.values()].flat())
      const failed = [...failures.values()].reduce((sum, count) => sum + count, 0)
      return {
        transactions: all.length,
        failed,
        failures: Object.fromEntries([...failures].sort(byName)),
        slowerThan100Ms: all.length - firstAbove(all, 100),
        latencyMs: { p50: percentile(all, 0.5), p99: percentile(all, 0.99), max: all.at(-1) ?? 0 },
        byScript: Object.fromEntries(
          [...latencies].sort(byName).map(([script, ms]) => [script, ofScript(ms)]),
        ),
      }
    },
  }
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
