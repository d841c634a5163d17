import { z } from 'zod'
import { position } from './position.ts'

/**
 * Something a person must mend before work can go on: what happened, where, and what to do.
 * `code` is stable and machine-readable (`syntax-error`, `plan-tampered`, `connection-refused`).
 * `excerpt` is the source line at `position`, for the caret.
 */
export const problem = z.strictObject({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  position: position.nullable(),
  excerpt: z.string().nullable(),
})

export type Problem = z.infer<typeof problem>

/** An expected failure is a value; only a bug throws. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function fail(
  code: string,
  message: string,
  hint: string | null = null,
  at: { position: Problem['position']; excerpt: string | null } = { position: null, excerpt: null },
): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems: [{ code, message, hint, ...at }] }
}
