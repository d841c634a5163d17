import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stepIds } from './step-id.ts'

describe('step ids', () => {
  it('are kebab-case words of the slug, numbered where one comes back', () => {
    expect(stepIds(['Build public."Order Lines"', 'gate 1', 'gate 1', 'é', '表', '表'])).toEqual([
      'build-public-order-lines',
      'gate-1',
      'gate-1-2',
      'e',
      'step',
      'step-2',
    ])
  })

  it('are unique, short and fit the schema, whatever the names', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('a'.repeat(70), 'a', 'a 2', 'A'))),
        (slugs) => {
          const ids = stepIds(slugs)
          expect(new Set(ids).size).toBe(slugs.length)
          for (const id of ids) {
            expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
            expect(id.length).toBeLessThanOrEqual(60)
          }
          expect(stepIds(slugs)).toEqual(ids)
        },
      ),
    )
  })
})
