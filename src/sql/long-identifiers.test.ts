import { expect, it } from 'vitest'
import { longIdentifiers } from './long-identifiers.ts'

const long = 'n'.repeat(64)

it('counts bytes of the name, not characters of the text', () => {
  expect(longIdentifiers(`ALTER TABLE t ADD ${long} integer, ADD "${'n'.repeat(63)}" text`)).toEqual([long])
  expect(longIdentifiers(`SELECT "${'ö'.repeat(31)}", "${'ö'.repeat(32)}"`)).toEqual(['ö'.repeat(32)])
  expect(longIdentifiers(`SELECT "${'""'.repeat(40)}"`)).toEqual([])
  expect(longIdentifiers(`SELECT ${long}, "${long}"`)).toEqual([long])
})

it('looks into no string and no comment', () => {
  expect(longIdentifiers(`SELECT '${long}', $$${long}$$ -- ${long}`)).toEqual([])
})
