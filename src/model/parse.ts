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

/** One thing that does not fit a schema, and where in the data it stands. */
export interface SchemaIssue {
  readonly path: readonly PropertyKey[]
  /** In words for a person, with the path in them. */
  readonly message: string
}

/** As `parseWith`, for data whose places can be shown: each issue by itself. */
export function parseEach<S extends z.ZodType>(
  schema: S,
  raw: unknown,
):
  | { readonly ok: true; readonly value: z.infer<S> }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] } {
  const result = schema.safeParse(raw)
  if (result.success) return { ok: true, value: result.data }
  const issues = result.error.issues.map((issue) => ({
    path: issue.path,
    message: z.prettifyError(new z.core.$ZodError([issue])).replace(/^✖ /, ''),
  }))
  return { ok: false, issues }
}
