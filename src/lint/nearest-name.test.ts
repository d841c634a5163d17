import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { nearestName } from './nearest-name.ts'

const names = ['create-index-blocking', 'create-index', 'drop-constraint', 'set-default']

it.each([
  ['create-index-blockin', 'create-index-blocking'],
  ['create_index_blocking', 'create-index-blocking'],
  ['drop-constraints', 'drop-constraint'],
  ['set-defualt', 'set-default'],
  ['', null],
  ['vacuum', null],
])('%s: %s', (written, nearest) => {
  expect(nearestName(written, names)).toBe(nearest)
})

it('finds every name again by itself, and with one letter left out', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), (name, at) => {
      expect(nearestName(name, names)).toBe(name)
      const cut = at % name.length
      expect(nearestName(name.slice(0, cut) + name.slice(cut + 1), names)).toBe(name)
    }),
  )
})
