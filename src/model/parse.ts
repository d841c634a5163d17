import { z } from 'zod'
import type { Result } from './problem.ts'

/** Untrusted data through a schema, once, at the door; everything that is wrong with it is said at once. */
export function parseWith<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  failure: { readonly code: string; readonly what: string; readonly hint: string },
): Result<z.infer<S>> {
  const result = schema.safeParse(raw)
  if (result.success) return { ok: true, value: result.data }
  const message = `${failure.what}:\n${z.prettifyError(result.error)}`
  return {
    ok: false,
    problems: [{ code: failure.code, message, hint: failure.hint, position: null, excerpt: null }],
  }
}
