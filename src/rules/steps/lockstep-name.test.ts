import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lockstepName } from './lockstep-name.ts'

it('is the name itself behind a prefix, where that fits', () => {
  expect(lockstepName('index', 'orders_customer')).toBe('lockstep_orders_customer')
  expect(lockstepName('old', 'Größe')).toBe('lockstep_old_Größe')
})

it('ends in a digest where it does not fit, so that two long names stay two', () => {
  const one = lockstepName('nn', 'a_column_of_sixty_three_bytes_is_as_long_as_postgresql_lets_one')
  const other = lockstepName('nn', 'a_column_of_sixty_three_bytes_is_as_long_as_postgresql_lets_two')
  expect(one).toMatch(/^lockstep_nn_a_column_of_sixty_three_bytes_is_as_long_a_[0-9a-f]{8}$/)
  expect(one).not.toBe(other)
})

it('is never longer than PostgreSQL lets a name be', () => {
  const purpose = fc.constantFrom('index', 'old', 'nn')
  fc.assert(
    fc.property(purpose, fc.string({ unit: 'grapheme', maxLength: 80 }), (purpose, name) => {
      expect(Buffer.byteLength(lockstepName(purpose, name))).toBeLessThanOrEqual(63)
    }),
  )
})
