/** Units of a time parameter (https://www.postgresql.org/docs/current/config-setting.html); without one it counts milliseconds. */
const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** What `lock_timeout`, `statement_timeout` and their kin are set to, in milliseconds; null: switched off, or no time. */
export function timeParameterMs(value: string): number | null {
  const amount = Number.parseFloat(value)
  const unit = Array.from(value)
    .filter((character) => character >= 'a' && character <= 'z')
    .join('')
  const ms = Math.round(amount * (unitMs[unit === '' ? 'ms' : unit] ?? Number.NaN))
  return Number.isNaN(ms) || ms <= 0 ? null : ms
}
