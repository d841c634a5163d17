/** What lint says of each statement, held against what a server did for it: stalls found, missed, and only feared. */
import type { CorpusStalls } from '../model/corpus.ts'
import type { Stalls } from '../model/effect.ts'
import type { LintedFile, LintReport } from '../model/finding.ts'
import type { TracedPart, TracedStatement } from '../model/trace.ts'

/**
 * A stall is real where a lock that stops an application was held over work that grows with a table, and where rows were
 * changed. Found: lint calls it a stall, and a finding stands on the statement. A change of rows that met none of the rows
 * that were there is neither: only the data know.
 */
export function judgeStalls(parts: readonly TracedPart[], report: LintReport): CorpusStalls {
  const files = new Map(report.files.map((file) => [file.path, file]))
  const judged = parts.flatMap(({ name, statements }) =>
    statements.flatMap((traced, at) => judgeOne(name, traced, files.get(name), at)),
  )
  const named = (verdict: Verdict): string[] =>
    judged.flatMap((one) => (one.verdict === verdict ? one.text : []))
  return {
    statements: judged.length,
    real: judged.filter(({ verdict }) => verdict === 'found' || verdict === 'missed').length,
    missed: named('missed'),
    falseAlarms: named('false-alarm'),
    metNoRow: named('met-no-row').length,
  }
}

type Verdict = 'found' | 'missed' | 'false-alarm' | 'met-no-row' | 'quiet'

function judgeOne(
  path: string,
  traced: TracedStatement,
  file: LintedFile | undefined,
  at: number,
): readonly { readonly verdict: Verdict; readonly text: string }[] {
  const { position } = traced
  const linted = file?.statements[at]
  if (file === undefined || linted === undefined || position === null) return []
  const isTold = file.findings.some(({ line }) => line >= position.line && line <= position.endLine)
  const verdict = verdictOf(stallSeen(traced), isTold ? linted.stalls : null, linted.stalls)
  const [firstLine = ''] = traced.text.split('\n')
  return [{ verdict, text: `${path}:${position.line}: ${firstLine}` }]
}

function verdictOf(seen: Stalls, told: Stalls, predicted: Stalls): Verdict {
  if (seen !== null) return told === null ? 'missed' : 'found'
  if (predicted === null) return 'quiet'
  return predicted === 'rows' ? 'met-no-row' : 'false-alarm'
}

/** Who waited for as long as the statement worked. */
function stallSeen({ waits, rewrites, scans, builds, rowsChanged }: TracedStatement): Stalls {
  const works = rewrites.length + scans.length + builds.length + rowsChanged.length > 0
  if (!works) return null
  if (waits === 'reads' || waits === 'writes') return waits
  return rowsChanged.length > 0 ? 'rows' : null
}
