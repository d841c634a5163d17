import fc from 'fast-check'
import { expect, it } from 'vitest'
import { layeredMap } from './layered-map.ts'

it('answers as a Map does, and leaves every earlier map as it was', () => {
  const key = fc.integer({ min: 0, max: 40 }).map((number) => `key ${number}`)
  const change = fc.record({ key, value: fc.option(fc.integer()) })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.integer())),
      fc.array(change, { maxLength: 200 }),
      (start, changes) => {
        const plain = new Map(start.map(([name, number]) => [name, { number }]))
        let layered = layeredMap(plain)
        const history: [typeof layered, unknown][] = []
        for (const { key: name, value } of changes) {
          history.push([layered, new Map(layered)])
          if (value === null) plain.delete(name)
          else plain.set(name, { number: value })
          layered = value === null ? layered.without(name) : layered.with(name, { number: value })
          expect(layered.get(name)).toEqual(plain.get(name))
          expect(layered.has(name)).toBe(plain.has(name))
        }
        expect(new Map(layered)).toEqual(plain)
        expect(new Set(layered.values())).toEqual(new Set(plain.values()))
        for (const [before, contents] of history) expect(new Map(before)).toEqual(contents)
      },
    ),
  )
})
