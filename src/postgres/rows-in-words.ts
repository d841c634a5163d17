/** A planner's estimate as a person says it, to two digits: `120 rows`, `4 rows`, `13000 rows`, `12 million rows`. */
export function rowsInWords(rows: number): string {
  const rounded = Number(rows.toPrecision(2))
  if (rounded >= 1e9) return `${rounded / 1e9} billion rows`
  if (rounded >= 1e6) return `${rounded / 1e6} million rows`
  return rounded === 1 ? '1 row' : `${rounded} rows`
}
