/** How big the next batch is: the time that a batch takes is the longest that an application waits for a row of it. */

export interface BatchSize {
  readonly size: number
  /** Milliseconds for one row or page, smoothed; null before the first batch. */
  readonly costMs: number | null
}

export interface BatchLimits {
  readonly targetMs: number
  readonly min: number
  readonly max: number
}

const smoothing = 0.4
const growthMax = 1.2
const shrinkMax = 0.5

/** After a batch of `done` units in `ms`: nearer to the target, by a fifth more or by half at most. */
export function afterBatch(
  { size, costMs }: BatchSize,
  batch: { readonly done: number; readonly ms: number },
  { targetMs, min, max }: BatchLimits,
): BatchSize {
  if (batch.done === 0) return { size, costMs }
  // A clock that did not move says "very fast", not "free".
  const cost = Math.max(batch.ms, 0.01) / batch.done
  const smoothed = costMs === null ? cost : smoothing * cost + (1 - smoothing) * costMs
  const factor = clamp(targetMs / (smoothed * size), shrinkMax, growthMax)
  return { size: clamp(Math.round(size * factor), min, max), costMs: smoothed }
}

/** After a row that somebody else holds, a deadlock or a timeout: half of it, down to a single unit. */
export function afterConflict({ size }: BatchSize): BatchSize {
  return { size: Math.max(1, Math.floor(size / 2)), costMs: null }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
