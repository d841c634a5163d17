import type { Problem } from '../model/problem.ts'

/** A failure without a position, made without loading the schemas of model/. */
export function failure(
  code: string,
  message: string,
  hint: string | null,
): { readonly ok: false; readonly problems: readonly [Problem] } {
  return { ok: false, problems: [{ code, message, hint, position: null, excerpt: null }] }
}
