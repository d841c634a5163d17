/** By which columns green finds the row that blue has changed: those by which blue, on the way back, finds green's. */
import { quoteIdentifier } from '../postgres/identifier.ts'
import type { TableShape } from './table-shape.ts'

export type IdentityDifference =
  /** It finds them as it is. */
  | { readonly kind: 'same' }
  /** It does by this index of its own; `was`: what REPLICA IDENTITY says now. */
  | { readonly kind: 'index'; readonly index: string; readonly was: string }
  | { readonly kind: 'none' }

export function differencesOfIdentity(blue: TableShape, green: TableShape): IdentityDifference {
  const sent = (blue.identity ?? []).toSorted().join('\0')
  const serves = (columns: readonly string[] | null): boolean =>
    columns !== null && (blue.replicaIdentity === 'f' || columns.toSorted().join('\0') === sent)
  if (green.replicaIdentity === 'f' || serves(green.identity)) return { kind: 'same' }
  const index = green.uniques.find(({ columns }) => serves(columns))
  return index === undefined
    ? { kind: 'none' }
    : { kind: 'index', index: index.index, was: identityWords(green) }
}

function identityWords({ replicaIdentity, identity, uniques }: TableShape): string {
  switch (replicaIdentity) {
    case 'd':
      return 'DEFAULT'
    case 'f':
      return 'FULL'
    case 'n':
      return 'NOTHING'
    case 'i': {
      const was = uniques.find(({ columns }) => columns.join('\0') === identity?.join('\0'))
      return was === undefined ? 'DEFAULT' : `USING INDEX ${quoteIdentifier(was.index)}`
    }
  }
}
