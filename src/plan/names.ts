/** What the SQL of a step calls by name without saying so in its declaration: functions, types and sequences of this plan. */
import { sqlOfStep } from '../model/step-sql.ts'
import { wordsOf } from '../postgres/words.ts'
import type { Draft } from './draft.ts'
import { touchesOf } from './touches.ts'

const called: ReadonlySet<string> = new Set(['function', 'type', 'sequence'])

/**
 * Every draft whose SQL has the word reads what the plan makes, changes or drops by that name. A word may mean another
 * thing; then the two keep their order for nothing.
 */
export function withNames(drafts: readonly Draft[]): readonly Draft[] {
  const objects = new Map<string, Set<string>>()
  for (const { touches } of drafts) {
    for (const { access, kind, object, word } of touchesOf(touches)) {
      if (access === 'reads' || word === null || !called.has(kind)) continue
      objects.set(word, (objects.get(word) ?? new Set()).add(object))
    }
  }
  if (objects.size === 0) return drafts
  return drafts.map((draft) => {
    const { step, touches } = draft
    const met = new Set(sqlOfStep(step).flatMap((sql) => [...wordsOf(sql)]))
    const own = new Set([...touches.creates, ...touches.changes, ...touches.drops])
    const found = [...objects].flatMap(([word, all]) =>
      met.has(word) ? [...all].filter((object) => !own.has(object)) : [],
    )
    if (found.length === 0) return draft
    const all = { ...touches, reads: [...new Set([...touches.reads, ...found])].sort() }
    return { ...draft, touches: all, step: { ...step, touches: all } }
  })
}
