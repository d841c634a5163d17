import type { Finding } from '../model/finding.ts'
import type { DurationRange, RelationSize, Work } from '../model/work.ts'
import { rowsInWords } from '../postgres/rows-in-words.ts'

/** `about 40 s for 12 million rows (3.1 GB)`; of several relations, each by name; what was not counted is said. */
export function workInWords({ relations, duration }: Work): string {
  const uncounted = relations.filter(({ estimatedRows }) => estimatedRows === null)
  if (duration === null || uncounted.length > 0) {
    const names = uncounted.map(({ relation }) => relation).join(', ')
    return `nobody can say for how long, so it is taken for long: the rows of ${names} have not been counted (ANALYZE counts them)`
  }
  const sizes =
    relations.length === 1
      ? relations.map(sizeInWords)
      : relations.map((size) => `${sizeInWords(size)} of ${size.relation}`)
  return `${durationInWords(duration)} for ${sizes.join(' and ')}`
}

/** A finding's message, and behind it how long it lasts, where a database has said how large its tables are. */
export function withWork({ message, work }: Pick<Finding, 'message' | 'work'>): string {
  if (work === null) return message
  const words = workInWords(work)
  return `${message} ${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

function sizeInWords({ estimatedRows, tableBytes }: RelationSize): string {
  const rows = rowsInWords(estimatedRows ?? 0)
  return tableBytes === null ? rows : `${rows} (${bytesInWords(tableBytes)})`
}

/** Two digits where both ends agree, else one; no lower end where it is a tenth of the upper one or less. */
function durationInWords({ fromMs, toMs }: DurationRange): string {
  if (toMs < 10) return 'an instant'
  const unit = units.find(({ ms }) => toMs >= ms) ?? { ms: 1, name: 'ms' }
  const inUnits = (ms: number, digits: number) => Number((ms / unit.ms).toPrecision(digits))
  if (fromMs === toMs) return `about ${inUnits(toMs, 2)} ${unit.name}`
  const [from, to] = [inUnits(fromMs, 1), inUnits(toMs, 1)]
  if (fromMs <= toMs / 10) return `up to about ${to} ${unit.name}`
  return from === to ? `about ${to} ${unit.name}` : `about ${from} to ${to} ${unit.name}`
}

/** The largest first. */
const units = [
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1000, name: 's' },
] as const

function bytesInWords(bytes: number): string {
  const unit = [
    { bytes: 1e12, name: 'TB' },
    { bytes: 1e9, name: 'GB' },
    { bytes: 1e6, name: 'MB' },
    { bytes: 1e3, name: 'kB' },
  ].find((one) => bytes >= one.bytes)
  return unit === undefined ? `${bytes} bytes` : `${Number((bytes / unit.bytes).toPrecision(2))} ${unit.name}`
}
