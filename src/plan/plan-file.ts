/** The plan as a file: the same plan always gives the same bytes, and a file that anybody has touched is not a plan. */
import { placeInJson, readJsonFile } from '../model/json-file.ts'
import { offsetOfJsonPath } from '../model/json-position.ts'
import { plan as planSchema } from '../model/plan.ts'
import type { Plan } from '../model/plan.ts'
import { fail } from '../model/problem.ts'
import type { Result } from '../model/problem.ts'
import { digestOf } from './digest.ts'

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
  const read = readJsonFile(planSchema, text, path, { noun: 'plan', formatVersion: 1, hint: makeAgain })
  if (!read.ok || digestOf(read.value) === read.value.digest) return read
  return fail(
    'plan-changed',
    'the plan was changed after it was made: its digest does not match',
    makeAgain,
    placeInJson(text, path, offsetOfJsonPath(text, ['digest'])),
  )
}
