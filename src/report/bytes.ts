const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Bytes as PostgreSQL counts them, in powers of 1024: `0 B`, `312 B`, `4.1 kB`, `12 MB`. */
export function bytesText(bytes: number): string {
  let amount = bytes
  let unit = 0
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1024
    unit += 1
  }
  return `${unit === 0 || amount >= 10 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`
}
