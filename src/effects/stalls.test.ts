import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Effect, Lock } from '../model/effect.ts'
import { lockModes } from '../postgres/lock-mode.ts'
import { mergeLocks } from './lock-set.ts'
import { stallsOf } from './stalls.ts'

const t = 'public.t'
const nothing: Effect = { locks: [], rewrites: [], scans: [], builds: [], changesRows: [], unknowns: [] }
const lock = (mode: Lock['mode'], relation = t): Lock => ({ relation, mode })

describe('stallsOf', () => {
  it.each<[string, Partial<Effect>, readonly Lock[], string | null]>([
    ['an instant under AccessExclusive', { locks: [lock('AccessExclusive')] }, [], null],
    ['a rewrite', { locks: [lock('AccessExclusive')], rewrites: [t] }, [], 'reads'],
    ['a validated foreign key', { locks: [lock('ShareRowExclusive')], scans: [t] }, [], 'writes'],
    ['an index build', { locks: [lock('Share')], builds: [t] }, [], 'writes'],
    ['VALIDATE', { locks: [lock('ShareUpdateExclusive')], scans: [t] }, [], null],
    [
      'VALIDATE behind ALTER',
      { locks: [lock('ShareUpdateExclusive')], scans: [t] },
      [lock('AccessExclusive', 'public.u')],
      'reads',
    ],
    ['a mass UPDATE', { locks: [lock('RowExclusive')], changesRows: [t] }, [], 'rows'],
    [
      'a mass UPDATE behind an index build',
      { locks: [lock('RowExclusive')], changesRows: [t] },
      [lock('Share')],
      'writes',
    ],
    ['a SELECT', { locks: [lock('AccessShare')], scans: [t] }, [lock('RowExclusive')], null],
    ['nothing behind ALTER', {}, [lock('AccessExclusive')], null],
  ])('%s', (_, effect, held, stalls) => {
    expect(stallsOf({ ...nothing, ...effect }, held)).toBe(stalls)
  })

  it('never gets better by holding more', () => {
    const severity = [null, 'rows', 'writes', 'reads']
    const anyLock = fc.record({ relation: fc.constantFrom('a', 'b'), mode: fc.constantFrom(...lockModes) })
    fc.assert(
      fc.property(fc.array(anyLock), fc.array(anyLock), fc.boolean(), (own, held, changes) => {
        const effect = { ...nothing, locks: own, ...(changes ? { changesRows: ['a'] } : { scans: ['a'] }) }
        const together = severity.indexOf(stallsOf(effect, held))
        expect(together).toBeGreaterThanOrEqual(severity.indexOf(stallsOf(effect, [])))
        expect(stallsOf({ ...effect, locks: [...mergeLocks(own)] }, mergeLocks(held))).toBe(
          severity[together],
        )
      }),
    )
  })
})

it('merges locks to those that matter, sorted', () => {
  const several = [
    lock('Share'),
    lock('RowExclusive'),
    lock('AccessShare', 'a'),
    lock('ShareUpdateExclusive'),
  ]
  const left = [lock('AccessShare', 'a'), lock('Share'), lock('ShareUpdateExclusive')]
  expect(mergeLocks(several)).toEqual(left)
  const all = [lock('Share'), lock('AccessExclusive'), lock('Share')]
  expect(mergeLocks(all)).toEqual([lock('AccessExclusive')])
})
