import { createHash } from 'node:crypto'
import type { Plan } from '../model/plan.ts'

/** sha256, in hexadecimal, over everything in the plan but the digest itself; the order of keys does not count. */
export function digestOf(plan: Omit<Plan, 'digest'>): string {
  // `undefined` keys are not written, whether or not the plan has a digest already.
  return createHash('sha256')
    .update(canonicalJson({ ...plan, digest: undefined }), 'utf8')
    .digest('hex')
}

export function withDigest(plan: Omit<Plan, 'digest'>): Plan {
  return { ...plan, digest: digestOf(plan) }
}

/** JSON without white space and with the keys of every object in code unit order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )
}
