import type { CatalogDifference, Proof, RowDifference } from '../model/proof.ts'
import { counted } from './counted.ts'
import { paint } from './paint.ts'

/** The verdict of a proof, and everything that speaks against the plan, as a diff: − the author's end, + the plan's. */
export function proofPretty(proof: Proof, colored: boolean): string {
  return [
    verdictLine(proof, colored),
    ...proof.assumptions.map((assumption) => `  assumed: ${assumption}`),
    ...proof.catalogDifferences.flatMap((difference) =>
      differenceLines(difference.object, difference, colored),
    ),
    ...proof.rowDifferences.flatMap((difference) =>
      differenceLines(`row of ${difference.table} ${difference.key ?? ''}`.trimEnd(), difference, colored),
    ),
    ...undeclaredLines(proof),
    ...(proof.writer?.failures ?? []).map((failure) => `  the writer beside the backfill failed: ${failure}`),
    ...proof.allowed.map((allowed) => `  allowed: ${allowed}`),
    ...(proof.volatileColumns.length === 0
      ? []
      : [`  compared by nullness, type and distinctness only: ${proof.volatileColumns.join(', ')}`]),
    '',
  ].join('\n')
}

function verdictLine(proof: Proof, colored: boolean): string {
  const color = paint(colored)
  const on = proof.serverVersion === null ? '' : ` on PostgreSQL ${proof.serverVersion}`
  switch (proof.verdict) {
    case 'proved':
      return color.green(`proved${on}: the same schema and rows (${rowsOf(proof)})`)
    case 'schema-only':
      return color.yellow(`schema only${on}: the same schema; no table had a row to compare`)
    case 'different':
      return color.red(`different${on}: ${proof.because ?? 'the plan does not end where the migrations end'}`)
    case 'unproved':
      return color.red(`unproved${on}: ${proof.because ?? ''}`)
  }
}

function rowsOf({ rows, writer }: Proof): string {
  const total = rows.reduce((sum, { after }) => sum + after, 0)
  const beside =
    writer === null
      ? ''
      : `, with ${writer.updates + writer.inserts + writer.deletes} writes beside the backfills`
  return `${counted(total, 'row')} in ${counted(rows.length, 'table')}${beside}`
}

function differenceLines(
  what: string,
  { kind, expected, actual }: Pick<CatalogDifference | RowDifference, 'kind' | 'expected' | 'actual'>,
  colored: boolean,
): readonly string[] {
  const color = paint(colored)
  return [
    `  ${kind}: ${what}`,
    ...(expected === null ? [] : [color.red(`    − ${expected}`)]),
    ...(actual === null ? [] : [color.green(`    + ${actual}`)]),
  ]
}

function undeclaredLines(proof: Proof): readonly string[] {
  return proof.locksSeen
    .filter(({ undeclared }) => undeclared.length > 0)
    .map(({ step, undeclared }) => {
      const locks = undeclared.map(({ relation, mode }) => `${mode} on ${relation}`).join(', ')
      return `  step ${step} took a lock that it does not declare: ${locks}`
    })
}
