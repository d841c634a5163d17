/** The plan as a file: the same plan always gives the same bytes, and a file that anybody has touched is not a plan. */
import { parseEach, type SchemaIssue } from '../model/parse.ts'
import { plan as planSchema } from '../model/plan.ts'
import type { Plan } from '../model/plan.ts'
import type { Position } from '../model/position.ts'
import { fail } from '../model/problem.ts'
import type { Problem, Result } from '../model/problem.ts'
import { digestOf } from './digest.ts'
import { lineAndColumn, offsetOfJsonPath } from '../model/json-position.ts'

const makeAgain = 'make the plan again with `migrate plan`'

/** JSON with two spaces, keys in the order of the schema, a line feed at the end. Throws on a plan without its digest. */
export function writePlan(plan: Plan): string {
  if (plan.digest !== digestOf(plan)) throw new Error(`plan ${plan.id} is written without its digest`)
  return `${JSON.stringify(planSchema.parse(plan), null, 2)}\n`
}

/**
 * Reads what `writePlan` wrote. Problems: `plan-not-json`, `plan-unknown-format`, `plan-invalid` (one for each place
 * that does not fit the schema), `plan-changed`.
 */
export function readPlan(text: string, path: string): Result<Plan> {
  const json = parseJson(text, path)
  if (!json.ok) return json
  if (formatOf(json.value) !== 1) {
    return fail(
      'plan-unknown-format',
      `${path} is not a plan of format 1, the only one that this version of lockstep reads`,
      makeAgain,
      placeAt(text, path, offsetOfJsonPath(text, ['formatVersion'])),
    )
  }
  const parsed = parseEach(planSchema, json.value)
  if (!parsed.ok) {
    return { ok: false, problems: parsed.issues.map((issue) => schemaProblem(issue, text, path)) }
  }
  if (digestOf(parsed.value) !== parsed.value.digest) {
    return fail(
      'plan-changed',
      'the plan was changed after it was made: its digest does not match',
      makeAgain,
      placeAt(text, path, offsetOfJsonPath(text, ['digest'])),
    )
  }
  return { ok: true, value: parsed.value }
}

function parseJson(text: string, path: string): Result<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // V8 says `… in JSON at position 12 …` for most mistakes, but not for all of them.
    const said = /at position (\d+)/.exec(error.message)?.[1]
    const place = said === undefined ? undefined : placeAt(text, path, Number(said))
    return fail('plan-not-json', `${path} is not JSON: ${error.message}`, makeAgain, place)
  }
}

function formatOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'formatVersion' in json ? json.formatVersion : null
}

function schemaProblem(issue: SchemaIssue, text: string, path: string): Problem {
  return {
    code: 'plan-invalid',
    message: issue.message,
    hint: makeAgain,
    ...placeAt(text, path, offsetOfJsonPath(text, issue.path)),
  }
}

function placeAt(text: string, path: string, offset: number): { position: Position; excerpt: string } {
  const { line, column } = lineAndColumn(text, offset)
  return {
    position: { path, line, column, endLine: line, endColumn: column + 1 },
    excerpt: text.split('\n')[line - 1] ?? '',
  }
}
