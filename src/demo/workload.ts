/** A load as data: scripts, each picked as often as it weighs, each a few statements with their values. */
import type { Random } from './random.ts'

export interface WorkloadStatement {
  readonly text: string
  readonly values: readonly (string | number | boolean | Date | null)[]
}

/** How many tokens were loaded: the keys of everything else follow from it. */
export interface WorkloadScale {
  readonly tokens: number
}

export interface WorkloadScript {
  readonly name: string
  /** Per cent of all runs. */
  readonly weight: number
  /** Whether the statements stand between BEGIN and COMMIT, or each alone. */
  readonly transaction: boolean
  statements(random: Random, scale: WorkloadScale): readonly WorkloadStatement[]
}

/** One of `scripts`, which must not be empty, by weight. */
export function pickScript(scripts: readonly WorkloadScript[], random: Random): WorkloadScript {
  let left = random.next() * scripts.reduce((sum, script) => sum + script.weight, 0)
  for (const script of scripts) {
    left -= script.weight
    if (left < 0) return script
  }
  // Only rounding could lead here.
  const [first] = scripts
  if (first === undefined) throw new RangeError('a workload without scripts')
  return first
}
