import type { Effect } from '../model/effect.ts'
import { mergeLocks } from './lock-set.ts'

/** What PostgreSQL does for all actions of one statement together. */
export function effectOfStatement(actions: readonly { readonly effect: Effect }[]): Effect {
  const all = (list: 'rewrites' | 'scans' | 'builds' | 'changesRows' | 'unknowns'): string[] =>
    [...new Set(actions.flatMap(({ effect }) => effect[list]))].sort()
  return {
    locks: [...mergeLocks(actions.flatMap(({ effect }) => effect.locks))],
    rewrites: all('rewrites'),
    scans: all('scans'),
    builds: all('builds'),
    changesRows: all('changesRows'),
    unknowns: all('unknowns'),
  }
}
