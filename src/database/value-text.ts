/**
 * Values on their way to the server, as text whose type the server infers. The driver's own serializers are not used:
 * they guess (a text 'true' for a boolean parameter becomes false, a timestamp loses its microseconds).
 */
type Scalar = string | number | bigint | boolean | null | Date
export type SqlValue = Scalar | readonly (string | number | null)[]

export function parameterText(value: SqlValue): string | null {
  if (value === null) return null
  if (value instanceof Date) return value.toISOString()
  if (isArray(value)) return `{${value.map((item) => elementText(item)).join(',')}}`
  return String(value)
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO: quoted elements need no further rule. */
function elementText(item: string | number | null): string {
  if (item === null) return 'NULL'
  if (typeof item === 'number') return String(item)
  return `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function isArray(value: SqlValue): value is readonly (string | number | null)[] {
  return Array.isArray(value)
}

/** `{a,"b, c",NULL}` → `['a', 'b, c', null]`. One dimension, which is all that catalogs hold. */
export function parseArrayText(text: string): (string | null)[] {
  const items: (string | null)[] = []
  let at = text.indexOf('{') + 1
  while (at < text.length && text[at] !== '}') {
    const element = text[at] === '"' ? quotedElement(text, at) : bareElement(text, at)
    items.push(element.value)
    at = element.end
    if (text[at] === ',') at++
  }
  return items
}

interface Element {
  readonly value: string | null
  readonly end: number
}

function quotedElement(text: string, start: number): Element {
  let value = ''
  let at = start + 1
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\') at++
    value += text[at] ?? ''
    at++
  }
  return { value, end: at + 1 }
}

function bareElement(text: string, start: number): Element {
  let end = start
  while (end < text.length && text[end] !== ',' && text[end] !== '}') end++
  const value = text.slice(start, end)
  return { value: value === 'NULL' ? null : value, end }
}
