import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readCatalog } from '../../src/database/read-catalog.ts'
import type { RowComparison } from '../../src/verify/row-difference.ts'
import { compareRows, findVolatileColumns } from '../../src/verify/row-difference.ts'
import type { TestDatabase } from '../support/database.ts'
import { createTestDatabase } from '../support/database.ts'

const schema = `
  CREATE TABLE "Orders" (id bigint PRIMARY KEY, state text, at timestamptz, note jsonb);
  CREATE TABLE pairs (a int, b text);
  CREATE TABLE quiet (id int PRIMARY KEY);
`
/** The same in both databases, but the columns of one stand in another order. */
const moved = `
  CREATE TABLE "Orders" (note jsonb, id bigint PRIMARY KEY, at timestamptz, state text);
  CREATE TABLE pairs (b text, a int);
  CREATE TABLE quiet (id int PRIMARY KEY);
`
const rows = `
  TRUNCATE "Orders", pairs;
  INSERT INTO "Orders" (id, state, at, note)
    SELECT n, CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'state ' || n END, 'epoch', jsonb_build_object('n', n)
      FROM generate_series(-5, 1200) n;
  INSERT INTO pairs (a, b) VALUES (1, 'x'), (1, 'x'), (NULL, ''), (2, NULL), (3, '𝒳'), (4, '￿');
`

let stock: TestDatabase
let planned: TestDatabase

beforeAll(async () => {
  stock = await createTestDatabase()
  planned = await createTestDatabase()
  await stock.session.execute(schema)
  await planned.session.execute(moved)
})
beforeEach(async () => {
  await stock.session.execute(rows)
  await planned.session.execute(rows)
})
afterAll(async () => {
  await stock.drop()
  await planned.drop()
})

async function compare(volatileColumns: readonly string[] = []): Promise<RowComparison> {
  const catalogs = [await readCatalog(stock.session), await readCatalog(planned.session)] as const
  return compareRows(
    { session: stock.session, catalog: catalogs[0] },
    { session: planned.session, catalog: catalogs[1] },
    { volatileColumns: new Set(volatileColumns), shownMax: 3 },
  )
}

async function after(change: string) {
  await planned.session.execute(change)
  return (await compare()).differences
}

describe('compareRows', () => {
  it('finds equal rows equal, whatever the order of columns and of rows, and counts them', async () => {
    await planned.session.execute(`UPDATE "Orders" SET state = state WHERE id % 7 = 0`)
    expect(await compare()).toEqual({
      differences: [],
      rows: [
        { table: 'public."Orders"', rows: 1206 },
        { table: 'public.pairs', rows: 6 },
        { table: 'public.quiet', rows: 0 },
      ],
    })
  })

  it('shows a changed row by its key, and only the columns that differ', async () => {
    expect(await after(`UPDATE "Orders" SET state = 'other' WHERE id = 700`)).toEqual([
      {
        kind: 'changed',
        table: 'public."Orders"',
        key: `id='700'`,
        expected: `state=''`,
        actual: `state='other'`,
      },
    ])
  })

  it('tells NULL from the empty string', async () => {
    expect(await after(`UPDATE "Orders" SET state = NULL WHERE id = 1`)).toEqual([
      {
        kind: 'changed',
        table: 'public."Orders"',
        key: `id='1'`,
        expected: `state=''`,
        actual: 'state=NULL',
      },
    ])
  })

  it('finds two rows whose values were swapped, which no count and no sum of a column would', async () => {
    const differences = await after(`
      UPDATE "Orders" o SET state = p.state FROM "Orders" p WHERE (o.id, p.id) IN ((2, 5), (5, 2))`)
    expect(differences.map(({ key, actual }) => [key, actual])).toEqual([
      [`id='2'`, `state='state 5'`],
      [`id='5'`, `state='state 2'`],
    ])
  })

  it('finds a row that is lost and one too many', async () => {
    expect(
      await after(`DELETE FROM "Orders" WHERE id = 9; INSERT INTO "Orders" (id) VALUES (5000)`),
    ).toMatchObject([
      { kind: 'unexpected', key: `id='5000'`, expected: null },
      { kind: 'missing', key: `id='9'`, actual: null },
    ])
  })

  it('knows how often a row is there in a table without a key', async () => {
    expect(
      await after(`DELETE FROM pairs WHERE ctid = (SELECT ctid FROM pairs WHERE a = 1 LIMIT 1)`),
    ).toEqual([{ kind: 'missing', table: 'public.pairs', key: null, expected: `a='1', b='x'`, actual: null }])
    expect(await after(`UPDATE pairs SET b = '' WHERE a = 2`)).toHaveLength(3)
  })

  it('shows no more than the first differences of a table, with a long value cut', async () => {
    const differences = await after(`UPDATE "Orders" SET state = repeat('long', 1000)`)
    expect(differences).toHaveLength(3)
    expect(differences[0]?.actual).toContain('(4000 characters)')
  })

  it('compares volatile columns by nullness and distinctness only', async () => {
    const column = ['public."Orders".at']
    await planned.session.execute(`UPDATE "Orders" SET at = now()`)
    expect((await compare(column)).differences).toEqual([])
    await planned.session.execute(`UPDATE "Orders" SET at = NULL WHERE id = 3`)
    expect((await compare(column)).differences).toEqual([
      {
        kind: 'volatile',
        table: 'public."Orders".at',
        key: null,
        expected: expect.stringMatching(/^0 NULL, 1 distinct of \d+ values$/),
        actual: expect.stringMatching(/^1 NULL, 1 distinct of \d+ values$/),
      },
    ])
    await planned.session.execute(`UPDATE "Orders" SET at = 'epoch'::timestamptz + id * interval '1 second'`)
    expect((await compare(column)).differences[0]?.actual).toMatch(/^0 NULL, all \d+ values distinct$/)
  })

  it('takes a clock that stands still for some rows for what it is, and one value a batch for what it is', async () => {
    const column = ['public."Orders".at']
    const each = `'epoch'::timestamptz + id * interval '1 second'`
    await stock.session.execute(`UPDATE "Orders" SET at = ${each}`)
    await planned.session.execute(`UPDATE "Orders" SET at = date_trunc('minute', ${each})`)
    expect((await compare(column)).differences).toHaveLength(1)
    await planned.session.execute(
      `UPDATE "Orders" SET at = 'epoch'::timestamptz + id / 2 * interval '1 second'`,
    )
    expect((await compare(column)).differences).toEqual([])
  })
})

describe('findVolatileColumns', () => {
  it('names what two runs of the same SQL do not agree on, and nothing else', async () => {
    const run = `UPDATE "Orders" SET at = clock_timestamp(), note = jsonb_build_object('r', random()), state = 'set'`
    await stock.session.execute(run)
    await planned.session.execute(run)
    expect(
      await findVolatileColumns(stock.session, planned.session, await readCatalog(stock.session)),
    ).toEqual(['public."Orders".at', 'public."Orders".note'])
  })
})
