import { isDeepStrictEqual } from 'node:util'

/** What was found of something, and what it should be. */
export interface Check {
  readonly what: string
  readonly found: unknown
  readonly wanted: unknown
}

export function nothing(what: string, found: readonly unknown[]): Check {
  return { what, found, wanted: [] }
}

const shownMax = 12

/** In words, only where they differ: whole databases are held against one another, and nobody reads those. */
export function differencesOf(checks: readonly Check[]): readonly string[] {
  return checks.flatMap(({ what, found, wanted }) => {
    const all = unlike(found, wanted, what)
    return all.length > shownMax ? [...all.slice(0, shownMax), `${what}: ${all.length} differences`] : all
  })
}

function unlike(found: unknown, wanted: unknown, where: string): readonly string[] {
  if (isDeepStrictEqual(found, wanted)) return []
  if (Array.isArray(found) && Array.isArray(wanted)) {
    const [ours, theirs] = [found.map(textOf), wanted.map(textOf)]
    return [
      ...without(ours, theirs).map((text) => `${where}, too much: ${text}`),
      ...without(theirs, ours).map((text) => `${where}, missing: ${text}`),
    ]
  }
  if (isRecord(found) && isRecord(wanted)) {
    const keys = [...new Set([...Object.keys(found), ...Object.keys(wanted)])]
    return keys.flatMap((key) => unlike(found[key], wanted[key], `${where}.${key}`))
  }
  return [`${where} is ${textOf(found)}, should be ${textOf(wanted)}`]
}

/** As often as it is there. */
function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others]
  return some.filter((one) => {
    const at = left.indexOf(one)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
