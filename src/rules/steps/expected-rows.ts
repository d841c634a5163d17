import type { LockstepComment } from '../../sql/lockstep-comment.ts'

/** How many rows the author expects a statement to meet, both ends included. */
export interface ExpectedRows {
  readonly min: number
  readonly max: number
}

/** `-- lockstep: expect-rows 12` or `expect-rows 10..20`. Null: nobody has said so, or in no such words. */
export function expectedRows(comments: readonly LockstepComment[]): ExpectedRows | null {
  for (const { directive, arguments: given } of comments) {
    if (directive !== 'expect-rows') continue
    const [min, max = min, ...more] = given.split('..').map(count)
    if (min === undefined || min === null || max === undefined || max === null) continue
    if (more.length === 0 && min <= max) return { min, max }
  }
  return null
}

function count(text: string): number | null {
  const digits = text.trim().replaceAll('_', '')
  const value = Number(digits)
  return digits !== '' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
