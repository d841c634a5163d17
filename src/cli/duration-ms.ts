const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 }

/** `500ms`, `30s`, `10min`, `1.5h` in milliseconds, above 0; null for anything else. A bare number has no unit. */
export function durationMs(text: string): number | null {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|min|h)$/.exec(text) ?? []
  const ms = Number(number) * (units[unit] ?? Number.NaN)
  return ms > 0 ? ms : null
}
