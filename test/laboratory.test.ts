/** The lock model against what `npm run measure` saw on PostgreSQL 14 to 18: every case, every major, no server. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../src/catalog/catalog.ts'
import { compare } from '../src/laboratory/compare.ts'
import { caseKey, measuredText } from '../src/laboratory/measured.ts'
import { predict, replayedCatalog } from '../src/laboratory/predict.ts'
import { loadParser } from '../src/sql/parser.ts'
import { laboratoryCases, laboratorySchema, measuredLaboratory } from './support/laboratory.ts'

const cases = laboratoryCases()
const measured = measuredLaboratory()
const majors = measured.servers.map((version) => Number.parseInt(version, 10))
const seenBy = new Map(measured.cases.map((one) => [caseKey(one), one.seen]))

let catalog: Catalog

beforeAll(async () => {
  await loadParser()
  catalog = replayedCatalog(laboratorySchema())
})

describe('the laboratory', () => {
  it('has measured every case, and nothing else', () => {
    expect(cases.length).toBeGreaterThan(1000)
    expect(majors).toEqual([14, 15, 16, 17, 18])
    expect(measured.cases.map(caseKey)).toEqual([...new Set(cases.map(caseKey))])
    expect(measuredText(measured)).toContain(`"servers": ${JSON.stringify(measured.servers)}`)
  })

  it.each(cases)('$sql', (one) => {
    for (const major of majors) {
      if (major < one.min || major > one.max) continue
      const sight = seenBy.get(caseKey(one))?.find((group) => group.majors.includes(major))
      if (sight === undefined) throw new Error(`not measured on ${major}: npm run measure -- --write`)
      const { said, seen } = compare(one, predict(one, catalog, major), sight)
      expect(`${major}: ${said}`).toBe(`${major}: ${seen}`)
    }
  })
})
