import { describe, expect, it } from 'vitest'
import { differenceOf, type Sight, type SizedRelation } from './statement-sight.ts'

function relation(oid: number, name: string, fields: Partial<SizedRelation> = {}): SizedRelation {
  const whole = { parent: null, table: null, isEmpty: false, bytes: 8192, indexed: null }
  return { oid, name, kind: 'r', filenode: oid, ...whole, ...fields }
}

function sight(relations: readonly SizedRelation[], fields: Partial<Sight> = {}): Sight {
  return {
    relations: new Map(relations.map((one) => [one.oid, one])),
    locks: new Map(),
    counters: new Map(),
    walBytes: 0,
    ...fields,
  }
}

const t = relation(1, 'public.t')
const key = relation(2, 'public.t_pkey', { kind: 'i', indexed: 1 })
const old = new Set([1, 2])

describe('differenceOf', () => {
  it('keeps apart what a statement took and what it found held, by the names of before', () => {
    const before = sight([t], { locks: new Map([[1, ['AccessShare', 'Share']]]) })
    const renamed = relation(1, 'public.u')
    const after = sight([renamed], { locks: new Map([[1, ['AccessShare', 'Share', 'AccessExclusive']]]) })
    expect(differenceOf(before, after, old).locks).toEqual([
      { relation: 'public.t', mode: 'Share', carried: true },
      { relation: 'public.t', mode: 'AccessExclusive', carried: false },
    ])
  })

  it('knows no lock that ROLLBACK TO has let go', () => {
    const before = sight([t], { locks: new Map([[1, ['RowExclusive', 'AccessExclusive']]]) })
    const after = sight([t], { locks: new Map([[1, ['RowExclusive']]]) })
    expect(differenceOf(before, after, old).locks).toEqual([
      { relation: 'public.t', mode: 'RowExclusive', carried: true },
    ])
  })

  it('tells a rewrite from TRUNCATE, and a build from an index that keeps its file under a new oid', () => {
    const rewritten = sight([relation(1, 'public.t', { filenode: 9 }), { ...key, filenode: 10 }])
    expect(differenceOf(sight([t, key]), rewritten, old)).toMatchObject({
      rewrites: ['public.t'],
      builds: [],
    })
    const emptied = sight([relation(1, 'public.t', { filenode: 9, bytes: 0 }), key])
    expect(differenceOf(sight([t, key]), emptied, old)).toMatchObject({ rewrites: [], builds: [] })
    const built = sight([t, key, relation(3, 'public.t_new', { kind: 'i', indexed: 1 })])
    expect(differenceOf(sight([t, key]), built, old)).toMatchObject({ rewrites: [], builds: ['public.t'] })
    const respelled = sight([t, relation(3, 'public.t_pkey', { kind: 'i', indexed: 1, filenode: 2 })])
    expect(differenceOf(sight([t, key]), respelled, old)).toMatchObject({ rewrites: [], builds: [] })
  })

  it('counts rows of the statement alone, and nothing of relations that nobody knows yet', () => {
    const fresh = relation(7, 'public.fresh')
    const before = sight([t, fresh], { counters: new Map([[1, { read: 5, changed: 2 }]]), walBytes: 100 })
    const counters = new Map([
      [1, { read: 5, changed: 6 }],
      [7, { read: 3, changed: 3 }],
    ])
    const after = sight([t, fresh], { counters, walBytes: 150, locks: new Map([[7, ['AccessExclusive']]]) })
    expect(differenceOf(before, after, old)).toEqual({
      how: 'exact',
      locks: [],
      rewrites: [],
      scans: [],
      builds: [],
      rowsChanged: [{ relation: 'public.t', rows: 4 }],
      walBytes: 50,
    })
  })
})
