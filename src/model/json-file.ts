/** A JSON file of ours, read back: every problem with the place in the text that it speaks of. */
import type { z } from 'zod'
import { lineAndColumn, offsetOfJsonPath } from './json-position.ts'
import { parseEach } from './parse.ts'
import { fail, type Problem, type Result } from './problem.ts'

/** What the file is, for its problems. */
export interface JsonFileKind {
  /** `plan`: a noun, and the beginning of the codes. */
  readonly noun: string
  readonly formatVersion: number
  /** What to do if it cannot be read. */
  readonly hint: string
}

/**
 * Problems: `NOUN-not-json`, `NOUN-unknown-format`, `NOUN-invalid` (one for each place that does not fit the schema).
 * `path` is only for them.
 */
export function readJsonFile<S extends z.ZodType>(
  schema: S,
  text: string,
  path: string,
  { noun, formatVersion, hint }: JsonFileKind,
): Result<z.infer<S>> {
  const json = parseJson(text)
  if ('broken' in json) {
    const message = `${path} is not JSON: ${json.broken}`
    const place = json.offset === null ? undefined : placeInJson(text, path, json.offset)
    return fail(`${noun}-not-json`, message, hint, place)
  }
  if (formatOf(json.value) !== formatVersion) {
    return fail(
      `${noun}-unknown-format`,
      `${path} is not a ${noun} of format ${formatVersion}, the only one that this version of lockstep reads`,
      hint,
      placeInJson(text, path, offsetOfJsonPath(text, ['formatVersion'])),
    )
  }
  const parsed = parseEach(schema, json.value)
  if (parsed.ok) return parsed
  const problems = parsed.issues.map(({ message, path: place }) => ({
    code: `${noun}-invalid`,
    message,
    hint,
    ...placeInJson(text, path, offsetOfJsonPath(text, place)),
  }))
  return { ok: false, problems }
}

function parseJson(
  text: string,
): { readonly value: unknown } | { readonly broken: string; readonly offset: number | null } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // V8 says `… in JSON at position 12 …` for most mistakes, but not for all of them.
    const said = /at position (\d+)/.exec(error.message)?.[1]
    return { broken: error.message, offset: said === undefined ? null : Number(said) }
  }
}

function formatOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'formatVersion' in json ? json.formatVersion : null
}

/** A line may hold a whole table: more than a terminal's width of it helps nobody. */
const longestExcerpt = 160

export function placeInJson(
  text: string,
  path: string,
  offset: number,
): Pick<Problem, 'position' | 'excerpt'> {
  const { line, column } = lineAndColumn(text, offset)
  const whole = text.split('\n')[line - 1] ?? ''
  return {
    position: { path, line, column, endLine: line, endColumn: column + 1 },
    excerpt: whole.length > longestExcerpt ? null : whole,
  }
}
