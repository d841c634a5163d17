/**
 * The lock model against the server of this run: every case of the laboratory that may be in a transaction, with what
 * `compare` holds against each other. `npm run measure` does the same on all majors, and the others too.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogOf } from '../src/catalog/replay.ts'
import type { Catalog } from '../src/catalog/catalog.ts'
import { readCatalog } from '../src/database/read-catalog.ts'
import { compare } from '../src/laboratory/compare.ts'
import { relationsOf, type Relation } from '../src/verify/measure-statement.ts'
import { observe } from '../src/laboratory/observe.ts'
import { predict } from '../src/laboratory/predict.ts'
import { loadParser } from '../src/sql/parser.ts'
import { createTestDatabase, type TestDatabase } from './support/database.ts'
import { laboratoryCases, laboratorySchema } from './support/laboratory.ts'

let database: TestDatabase
let catalog: Catalog
let before: readonly Relation[]
let major: number

beforeAll(async () => {
  await loadParser()
  database = await createTestDatabase()
  await database.session.execute(laboratorySchema())
  await database.session.execute('ANALYZE')
  catalog = catalogOf(await readCatalog(database.session))
  before = await relationsOf(database.session)
  major = Math.floor(database.session.serverVersionNum / 10_000)
})

afterAll(() => database.drop())

const cases = laboratoryCases().filter(({ autocommit }) => !autocommit)

describe('what effectOf says is what the server does', () => {
  it.each(cases)('$sql', async (one) => {
    if (major < one.min || major > one.max) return
    const sight = await observe(one, database.session, before)
    const { said, seen } = compare(one, predict(one, catalog, major), sight)
    expect(said).toBe(seen)
  })
})
