/** That the laboratory sees what a server does, in a transaction and outside, and says where the model is wrong. */
import { beforeAll, describe, expect, it } from 'vitest'
import { findBinaries } from '../src/database/embedded-binaries.ts'
import { measureLaboratory } from '../src/laboratory/measure.ts'
import { renewed } from '../src/laboratory/measured.ts'
import { readCases } from '../src/laboratory/read-cases.ts'
import type { LaboratoryReport } from '../src/model/laboratory.ts'
import { laboratoryTable } from '../src/report/laboratory-table.ts'
import { loadParser } from '../src/sql/parser.ts'

const cases = readCases(`
-- A heading
CREATE INDEX fresh ON words (id)
-- refused 25001
CREATE INDEX CONCURRENTLY fresh ON words (id)
-- autocommit
CREATE INDEX CONCURRENTLY fresh ON words (id)
-- refused 42701
ALTER TABLE words ADD COLUMN other int
-- min 99
SELECT 1
`)

let report: LaboratoryReport

beforeAll(async () => {
  await loadParser()
  const named = process.env['LOCKSTEP_TEST_BINARIES']
  const found = named === undefined ? findBinaries(null) : { ok: true as const, value: named }
  if (!found.ok) throw new Error(found.problems[0]?.message)
  const measured = await measureLaboratory({
    schema: 'CREATE TABLE words (id int); INSERT INTO words SELECT generate_series(1, 100)',
    cases,
    binaries: [found.value],
    say: () => undefined,
  })
  if (!measured.ok) throw new Error(measured.problems[0]?.message)
  report = measured.value
})

describe('the laboratory', () => {
  it('sees locks, scans and builds', () => {
    const [built, refused, outside] = report.measured.cases
    expect(built?.seen).toMatchObject([
      { locks: ['public.words Share'], scans: ['public.words'], builds: ['public.words'] },
    ])
    expect(refused?.seen).toMatchObject([{ refused: '25001' }])
    expect(outside).toMatchObject({
      autocommit: true,
      seen: [{ locks: ['public.words ShareUpdateExclusive'], scans: null, builds: ['public.words'] }],
    })
  })

  it('reports a case that does not do what is said of it', () => {
    const sql = 'ALTER TABLE words ADD COLUMN other int'
    expect(report.disagreements).toMatchObject([
      { sql, catalog: 'replayed', said: 'refused 42701', seen: 'succeeds' },
      { sql, catalog: 'read', said: 'refused 42701', seen: 'succeeds' },
    ])
    const [, row = ''] = laboratoryTable(report, false).split('\n')
    expect(row.split(' ').filter(Boolean)).toEqual([report.measured.servers[0], '4', '3', '1'])
  })

  it('leaves what was seen of other cases in a table that is renewed in part', () => {
    const { measured } = report
    const part = { servers: measured.servers, cases: measured.cases.slice(0, 1) }
    expect(renewed(measured, part, cases.slice(0, 3)).cases).toEqual(measured.cases.slice(0, 3))
  })
})
