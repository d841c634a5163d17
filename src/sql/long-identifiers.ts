import { maxIdentifierBytes } from '../postgres/identifier.ts'
import { tokensOf } from './token.ts'

/** The names in a text that PostgreSQL cuts, as they are written there, once each; without quotes, and not folded. */
export function longIdentifiers(text: string): readonly string[] {
  const names = tokensOf(text).flatMap(({ kind, start, end }) => {
    if (end - start <= maxIdentifierBytes / 4) return []
    if (kind === 'word') return [text.slice(start, end)]
    if (kind !== 'quoted' || text[start] !== '"') return []
    return [text.slice(start + 1, end - 1).replaceAll('""', '"')]
  })
  return [...new Set(names.filter((name) => Buffer.byteLength(name) > maxIdentifierBytes))]
}
