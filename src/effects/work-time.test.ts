import { beforeAll, describe, expect, it } from 'vitest'
import { catalogOf, emptyCatalog, snapshotOf } from '../catalog/replay.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Work, WorkRates } from '../model/work.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { walk } from './walk.ts'
import { workOf } from './work-time.ts'

beforeAll(loadParser)

const serverVersion = { min: 15, max: 15 }

/** By rows and by bytes alike where a row has 100 bytes. */
const rate = { rowsPerSecond: 1000, bytesPerSecond: 100_000 }
const rates: WorkRates = {
  scan: { rowsPerSecond: 5000, bytesPerSecond: 500_000 },
  build: rate,
  rewrite: rate,
  update: { rowsPerSecond: 100, bytesPerSecond: 10_000 },
  insert: { rowsPerSecond: 200, bytesPerSecond: 20_000 },
  delete: { rowsPerSecond: 500, bytesPerSecond: 50_000 },
}

/** Tables as they are before, each with as many rows as `rows` says, of 100 bytes each. */
function database(sql: string, rows: Readonly<Record<string, number | null>>): Catalog {
  const start = emptyCatalog({ complete: true, searchPath: ['public'] })
  const { statements } = parseScript(sql, 'a.sql')
  const snapshot = snapshotOf(
    walk(statements, { transaction: 'statement', catalog: start, serverVersion }).catalog,
  )
  const tables = snapshot.tables.map((table) => {
    const estimatedRows = rows[table.name] ?? null
    return { ...table, estimatedRows, tableBytes: estimatedRows === null ? null : estimatedRows * 100 }
  })
  return catalogOf({ ...snapshot, tables })
}

function workIn(sql: string, catalog: Catalog): readonly (Work | null)[] {
  const { statements, problems } = parseScript(sql, 'b.sql')
  expect(problems).toEqual([])
  return walk(statements, { transaction: 'statement', catalog, serverVersion }).judged.map((one) =>
    workOf(one.action, one.effect, one.catalog, rates),
  )
}

function msOf(sql: string, catalog: Catalog): unknown {
  return workIn(sql, catalog).map((work) => (work === null ? null : (work.duration ?? 'unknown')))
}

const exactly = (ms: number) => ({ fromMs: ms, toMs: ms })

const shop = () =>
  database(
    `CREATE TABLE orders (id bigint PRIMARY KEY, state text, n int); CREATE INDEX orders_state ON orders (state);
     CREATE TABLE lines (id bigint, order_id bigint); CREATE TABLE uncounted (id bigint);`,
    { orders: 2000, lines: 500 },
  )

describe('workOf', () => {
  it.each([
    ['a scan', 'ALTER TABLE orders ALTER state SET NOT NULL', 400],
    ['a build, which has read the heap', 'CREATE INDEX ON orders (n)', 2000],
    ['a rewrite, with each index built anew', 'ALTER TABLE orders ALTER n TYPE bigint', 6000],
    ['every row changed', "UPDATE orders SET state = ''", 20_000],
    ['every row deleted', 'DELETE FROM lines', 1000],
    ['as many rows inserted as are read', 'INSERT INTO orders SELECT id FROM lines', 2600],
  ])('counts %s', (_, sql, ms) => {
    expect(msOf(sql, shop())).toEqual([exactly(ms)])
  })

  it('is null where nothing grows with a table', () => {
    expect(msOf("UPDATE orders SET state = '' WHERE id = 1; ALTER TABLE orders ADD x int", shop())).toEqual([
      null,
      null,
    ])
  })

  it('gives a change of the rows that match from none to all of them', () => {
    expect(msOf("UPDATE orders SET state = '' WHERE n > 3", shop())).toEqual([{ fromMs: 0, toMs: 20_000 }])
  })

  it('goes from the faster to the slower of the reckonings by rows and by bytes', () => {
    const wide = catalogOf({
      ...snapshotOf(shop()),
      tables: snapshotOf(shop()).tables.map((table) => ({ ...table, tableBytes: 1_000_000 })),
    })
    expect(msOf('CREATE INDEX ON orders (n)', wide)).toEqual([{ fromMs: 2000, toMs: 10_000 }])
  })

  it('does not know of a table that nobody has counted, nor of one that a statement has filled since', () => {
    expect(msOf('CREATE INDEX ON uncounted (id)', shop())).toEqual(['unknown'])
    const filled = 'INSERT INTO lines SELECT id FROM orders; CREATE INDEX ON lines (id)'
    expect(msOf(filled, shop())).toEqual([exactly(10_000), 'unknown'])
    expect(msOf('INSERT INTO lines VALUES (1, 1); CREATE INDEX ON lines (id)', shop())).toEqual([
      null,
      exactly(500),
    ])
  })

  it('takes a partitioned table for all of its partitions', () => {
    const parts = (rows: Readonly<Record<string, number | null>>) =>
      database(
        `CREATE TABLE p (id int, n int) PARTITION BY RANGE (id);
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (99);`,
        rows,
      )
    const update = 'UPDATE p SET n = 1'
    expect(workIn(update, parts({ p1: 30, p2: 70 }))).toEqual([
      {
        relations: [
          { relation: 'public.p1', estimatedRows: 30, tableBytes: 3000 },
          { relation: 'public.p2', estimatedRows: 70, tableBytes: 7000 },
        ],
        duration: exactly(1000),
      },
    ])
    expect(msOf(update, parts({ p1: 30 }))).toEqual(['unknown'])
  })
})
