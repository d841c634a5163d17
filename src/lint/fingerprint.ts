import { createHash } from 'node:crypto'
import { tokensOf } from '../sql/token.ts'

/**
 * Numbers findings that look alike as it goes, so that each of a file's has a fingerprint of its own: what baselines,
 * code scanning and merge requests know it by again (model/finding.ts).
 */
export function fingerprints(path: string): (rule: string, text: string) => string {
  const seen = new Map<string, number>()
  // Several findings stand on one statement.
  const wordsOf = new Map<string, string>()
  return (rule, text) => {
    let words = wordsOf.get(text)
    if (words === undefined) {
      words = tokensOf(text)
        .map(({ start, end }) => `\0${text.slice(start, end)}`)
        .join('')
      wordsOf.set(text, words)
    }
    const key = `${rule}\0${path}${words}`
    const number = seen.get(key) ?? 0
    seen.set(key, number + 1)
    return createHash('sha256').update(`${key}\0${number}`, 'utf8').digest('hex')
  }
}
