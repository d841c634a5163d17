/**
 * The cases of a file: one statement or short transaction a line. A comment line above a case may say of it, with commas,
 * `min 15`, `max 17`, `refused 42P16`, `autocommit`; any other comment is a heading.
 */
import type { LaboratoryCase } from '../model/laboratory.ts'

const releases = { min: 14, max: 18 }

type Directives = Pick<LaboratoryCase, 'min' | 'max' | 'refused' | 'autocommit'>

export function readCases(text: string): readonly LaboratoryCase[] {
  const cases: LaboratoryCase[] = []
  let directives: Directives | null = null
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue
    if (line.startsWith('--')) {
      directives = directivesOf(line.slice(2).trim())
      continue
    }
    cases.push({ sql: line, ...(directives ?? none) })
    directives = null
  }
  return cases
}

const none: Directives = { ...releases, refused: null, autocommit: false }

/** Null: a heading. */
function directivesOf(comment: string): Directives | null {
  let directives: Directives = none
  for (const part of comment.split(',')) {
    const [word = '', value = '', ...more] = part.trim().split(' ')
    const next = directive(word, value)
    if (next === null || more.length > 0) return null
    directives = { ...directives, ...next }
  }
  return directives
}

function directive(word: string, value: string): Partial<Directives> | null {
  switch (word) {
    case 'min':
      return { min: Number(value) }
    case 'max':
      return { max: Number(value) }
    case 'refused':
      return { refused: value }
    case 'autocommit':
      return { autocommit: true }
    default:
      return null
  }
}
