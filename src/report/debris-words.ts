import type { Debris, DebrisKind } from '../model/debris.ts'

const words: Readonly<Record<DebrisKind, string>> = {
  'invalid-index': 'INVALID index',
  'not-valid-constraint': 'constraint that is not validated:',
  'pending-detach': 'partition half detached:',
  'sync-trigger': 'trigger',
  'sync-function': 'function',
  'other-tool': '',
}

/** `INVALID index public.orders_total_idx`. */
export function debrisWords({ kind, object }: Pick<Debris, 'kind' | 'object'>): string {
  return `${words[kind]} ${object}`.trim()
}
