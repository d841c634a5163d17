import type { Effect, Stalls } from '../model/effect.ts'
import type { ActionKind } from '../model/statement.ts'

/** Why the author's own statement is no step: who would wait for it, and for what work. */
export function explainStall(
  kind: ActionKind,
  effect: Effect,
  stalls: NonNullable<Stalls>,
): { readonly message: string; readonly hint: string } {
  const works = [
    ...effect.rewrites.map((relation) => `writes ${relation} anew`),
    ...effect.builds.map((relation) => `builds an index on ${relation}`),
    ...effect.scans.map((relation) => `reads all of ${relation}`),
    ...effect.changesRows.map((relation) => `changes rows of ${relation}`),
  ]
  const who = { reads: 'readers and writers', writes: 'writers', rows: 'writers of the same rows' }[stalls]
  const unknown =
    effect.unknowns.length === 0
      ? ''
      : ` Taken for the worse case, because it is not known: ${effect.unknowns.join('; ')}.`
  return {
    message:
      `this ${kind.replaceAll('-', ' ')} ${works.length === 0 ? 'works' : works.join(', ')}, ` +
      `and ${who} wait until it is done`,
    hint: `No rule has steps yet that do the same while the application goes on.${unknown}`,
  }
}
