import { describe, expect, it } from 'vitest'
import type { Prediction } from '../model/trace.ts'
import type { Seen, SizedRelation } from './statement-sight.ts'
import { disagreementsOf } from './trace-difference.ts'

const nothing = { locks: [], rewrites: [], scans: [], builds: [] }

function seen(fields: Partial<Seen>): Seen {
  return { how: 'exact', ...nothing, rowsChanged: [], walBytes: 0, ...fields }
}

function said(
  fields: Partial<Prediction['effect']>,
  readsByQuery: Prediction['readsByQuery'] = [],
): Prediction {
  return { effect: { ...nothing, changesRows: [], unknowns: [], ...fields }, readsByQuery }
}

function relation(name: string, kind: string, bytes: number): SizedRelation {
  return { oid: 1, name, kind, filenode: 1, parent: null, isEmpty: false, table: null, bytes, indexed: null }
}

const relations = [
  relation('public.t', 'r', 8192),
  relation('public.void', 'r', 0),
  relation('public.t_pkey', 'i', 8192),
]

function parts(one: Seen, other: Prediction): readonly string[] {
  return disagreementsOf(one, other, relations).map(
    ({ kind, what, relation: name, mode }) => `${kind} ${what} ${name}${mode === null ? '' : ` ${mode}`}`,
  )
}

const exclusive = { relation: 'public.t', mode: 'AccessExclusive' } as const
const share = { relation: 'public.t', mode: 'Share' } as const

describe('disagreementsOf', () => {
  it('names a lock that is stronger than predicted, and one that is weaker', () => {
    const held = seen({ locks: [{ ...exclusive, carried: false }] })
    expect(parts(held, said({ locks: [exclusive] }))).toEqual([])
    expect(parts(held, said({ locks: [share] }))).toEqual(['not-predicted lock public.t AccessExclusive'])
    const weaker = seen({ locks: [{ ...share, carried: false }] })
    expect(parts(weaker, said({ locks: [exclusive] }))).toEqual(['not-seen lock public.t AccessExclusive'])
  })

  it('lets a carried lock stand for a weaker one that it hides', () => {
    const carried = seen({ locks: [{ ...exclusive, carried: true }] })
    expect(parts(carried, said({ locks: [share] }))).toEqual([])
    expect(parts(carried, said({}))).toEqual([])
  })

  it('compares the lock of an index only where the model names it', () => {
    const index = { relation: 'public.t_pkey', mode: 'AccessExclusive' } as const
    const held = seen({ locks: [{ ...index, carried: false }] })
    expect(parts(held, said({}))).toEqual([])
    expect(parts(held, said({ locks: [{ ...index, mode: 'Share' }] }))).toEqual([
      'not-predicted lock public.t_pkey AccessExclusive',
    ])
  })

  it('names work on either side, but no scan of what is written anew or holds no row', () => {
    const work = { rewrites: ['public.t'], scans: ['public.t'], builds: [] }
    expect(parts(seen(work), said({ rewrites: ['public.t'] }))).toEqual([])
    expect(parts(seen({}), said({ scans: ['public.void'], builds: ['public.void'] }))).toEqual([
      'not-seen build public.void',
    ])
    expect(parts(seen({ scans: ['public.t'] }), said({}))).toEqual(['not-predicted scan public.t'])
    expect(parts(seen({}), said({ rewrites: ['public.t'] }))).toEqual(['not-seen rewrite public.t'])
  })

  it('leaves to a query how it reads what the model says that it touches', () => {
    const reads = { relation: 'public.t', mode: 'AccessShare' } as const
    expect(parts(seen({ scans: ['public.t'] }), said({ locks: [reads] }, 'all'))).toEqual([])
    expect(parts(seen({}), said({ scans: ['public.t'] }, 'all'))).toEqual([])
    expect(parts(seen({ scans: ['public.t'] }), said({}, 'all'))).toEqual(['not-predicted scan public.t'])
  })

  it('names rows changed in a table that the model does not write to', () => {
    const changed = seen({ rowsChanged: [{ relation: 'public.t', rows: 3 }] })
    const writes = { relation: 'public.t', mode: 'RowExclusive' } as const
    expect(parts(changed, said({ locks: [writes] }))).toEqual([])
    expect(parts(changed, said({}))).toEqual(['not-predicted rows public.t'])
  })

  it('does not hold against the model what was looked for from beside and not seen', () => {
    const sampled = seen({ how: 'sampled' })
    expect(parts(sampled, said({ locks: [share], scans: ['public.t'] }))).toEqual([])
    expect(parts(sampled, said({ builds: ['public.t'] }))).toEqual(['not-seen build public.t'])
  })
})
