import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksReads, blocksWrites, conflictsWith, coversMode } from './lock-mode.ts'
import { isConflicting, lockModes, lockModeSql, strongerLockMode } from './lock-mode.ts'

const mode = fc.constantFrom(...lockModes)

/** Table 13.2 of the manual, drawn: rows and columns in the order of `lockModes`. */
const drawn = ['.......X', '......XX', '....XXXX', '...XXXXX', '..XX.XXX', '..XXXXXX', '.XXXXXXX', 'XXXXXXXX']

describe('lock modes', () => {
  it('exclude each other as the manual draws it', () => {
    const said = lockModes.map((one) =>
      lockModes.map((other) => (isConflicting(one, other) ? 'X' : '.')).join(''),
    )
    expect(said).toEqual(drawn)
  })

  it('exclude each other both ways', () => {
    fc.assert(
      fc.property(mode, mode, (a, b) => {
        expect(isConflicting(a, b)).toBe(isConflicting(b, a))
      }),
    )
  })

  it('list the modes they exclude from weakest to strongest, once each', () => {
    fc.assert(
      fc.property(mode, (a) => {
        const list = conflictsWith(a)
        expect(list).toEqual(lockModes.filter((b) => isConflicting(a, b)))
      }),
    )
  })

  it('block reads only at the very top, and writes from Share on but for ShareUpdateExclusive', () => {
    expect(lockModes.filter(blocksReads)).toEqual(['AccessExclusive'])
    expect(lockModes.filter(blocksWrites)).toEqual([
      'Share',
      'ShareRowExclusive',
      'Exclusive',
      'AccessExclusive',
    ])
  })

  it('cover one another as a partial order', () => {
    fc.assert(
      fc.property(mode, mode, mode, (a, b, c) => {
        expect(coversMode(a, a)).toBe(true)
        const implies = (premise: boolean, conclusion: boolean) => !premise || conclusion
        expect(implies(coversMode(a, b) && coversMode(b, a), a === b)).toBe(true)
        expect(implies(coversMode(a, b) && coversMode(b, c), coversMode(a, c))).toBe(true)
        expect(implies(coversMode(a, b), strongerLockMode(a, b) === a)).toBe(true)
      }),
    )
    expect(coversMode('Share', 'ShareUpdateExclusive')).toBe(false)
    expect(coversMode('ShareRowExclusive', 'ShareUpdateExclusive')).toBe(true)
  })

  it('are spelled as LOCK TABLE spells them', () => {
    expect(lockModes.map(lockModeSql)).toEqual([
      'ACCESS SHARE',
      'ROW SHARE',
      'ROW EXCLUSIVE',
      'SHARE UPDATE EXCLUSIVE',
      'SHARE',
      'SHARE ROW EXCLUSIVE',
      'EXCLUSIVE',
      'ACCESS EXCLUSIVE',
    ])
  })
})
