import type { Outcome } from '../model/outcome.ts'
import { failed } from './failure.ts'
import type { Judged } from './look.ts'

const shownRows = 20

/** What differs, as a failure with the rows that show it. */
export function unmetOutcome(lead: string, judged: readonly Judged[], hint: string | null = null): Outcome {
  const unmet = judged.filter(({ holds }) => !holds)
  return failed(`${lead}: ${unmet.map(({ instead }) => instead).join('; ')}`, {
    rows: unmet.flatMap(({ rows }) => rows).slice(0, shownRows),
    hint,
  })
}
