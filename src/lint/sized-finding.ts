/** What the sizes of the tables make of a finding: an estimate of how long it lasts, and less weight where that is nothing. */
import type { JudgedAction } from '../effects/walk.ts'
import { workOf, workOfAll } from '../effects/work-time.ts'
import type { Severity } from '../model/finding.ts'
import type { RelationSize, Work, WorkRates } from '../model/work.ts'
import { rowsInWords } from '../postgres/rows-in-words.ts'
import type { RuleDetection } from '../rules/detect.ts'

export interface SizeOptions {
  /** A table with fewer rows is small. */
  readonly smallTableRows: number
  readonly rates: WorkRates
}

interface Sized {
  readonly severity: Severity
  readonly message: string
  readonly work: Work | null
}

/**
 * On small tables alone the finding stays, as `info`, and says why. A table that nobody has counted is the worse case, and
 * so is one that pending statements fill from others. `sizes` null: no database has been asked.
 */
export function sizedFinding(
  { rule, claims, severity, message }: RuleDetection,
  judged: readonly JudgedAction[],
  sizes: SizeOptions | null,
): Sized {
  if (sizes === null || rule.lastsAsLongAsRows !== true) return { severity, message, work: null }
  const works = claims.flatMap((claim) => {
    const one = judged[claim]
    return one === undefined ? [] : (workOf(one.action, one.effect, one.catalog, sizes.rates) ?? [])
  })
  const work = workOfAll(works)
  if (work === null) return { severity, message, work }
  const isSmall = work.relations.every(
    ({ estimatedRows }) => estimatedRows !== null && estimatedRows < sizes.smallTableRows,
  )
  if (!isSmall) return { severity, message, work }
  return { severity: 'info', message: `${work.relations.map(inWords).join(', ')}: ${message}`, work }
}

function inWords({ relation, estimatedRows }: RelationSize): string {
  if (estimatedRows === null || estimatedRows === 0) return `${relation} is empty`
  return `${relation} has about ${rowsInWords(estimatedRows)}`
}
