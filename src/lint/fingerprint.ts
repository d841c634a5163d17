import { createHash } from 'node:crypto'
import { tokensOf } from '../sql/token.ts'

/**
 * Numbers findings that look alike as it goes, so that each of a file's has a fingerprint of its own: what baselines,
 * code scanning and merge requests know it by again (model/finding.ts).
 */
export function fingerprints(path: string): (rule: string, text: string) => string {
  const seen = new Map<string, number>()
  return (rule, text) => {
    const key = [rule, path, ...tokensOf(text).map(({ start, end }) => text.slice(start, end))].join('\0')
    const number = seen.get(key) ?? 0
    seen.set(key, number + 1)
    return createHash('sha256').update(`${key}\0${number}`, 'utf8').digest('hex')
  }
}
