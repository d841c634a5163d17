import { beforeAll, describe, expect, it } from 'vitest'
import { emptyCatalog, replay, startBatch } from '../catalog/replay.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { walk } from './walk.ts'

beforeAll(() => loadParser())

function actionsOf(sql: string) {
  const script = parseScript(sql, 'test.sql')
  expect(script.problems).toEqual([])
  return script.statements
}

/** Old tables `t` and `u`, with a key each. */
function setting(): Catalog {
  const sql = 'CREATE TABLE t (id int PRIMARY KEY, a int, b int); CREATE TABLE u (id int PRIMARY KEY, a int)'
  const start = emptyCatalog({ complete: true, searchPath: ['public'] })
  return startBatch(
    actionsOf(sql)
      .flatMap(({ actions }) => actions)
      .reduce(replay, start),
  )
}

function judge(sql: string, transaction: 'file' | 'statement' = 'file', catalog = setting()) {
  return walk(actionsOf(sql), { transaction, catalog, serverVersion: { min: 14, max: 18 } })
}

const stalls = (sql: string, transaction?: 'file' | 'statement') =>
  judge(sql, transaction).judged.map((one) => one.stalls)
const numbers = (sql: string, transaction?: 'file' | 'statement') =>
  judge(sql, transaction).judged.map(({ transaction: { number, kind } }) => `${number} ${kind}`)
const timeouts = (sql: string, transaction?: 'file' | 'statement') =>
  judge(sql, transaction).judged.map((one) => one.transaction.lockTimeoutMs)

describe('locks are carried to COMMIT', () => {
  it('through the file, but not from statement to statement in autocommit', () => {
    const sql = 'ALTER TABLE t ADD c int; UPDATE t SET c = 1; CREATE INDEX ON u (a)'
    expect(stalls(sql)).toEqual([null, 'reads', 'reads'])
    expect(stalls(sql, 'statement')).toEqual([null, 'rows', 'writes'])
  })

  it('through a message of several statements, COMMIT in it included', () => {
    const sql = 'ALTER TABLE t ADD c int; COMMIT; ALTER TABLE u ADD c int; CREATE INDEX ON u (a)'
    const { judged } = walk(actionsOf(sql), {
      transaction: 'message',
      catalog: setting(),
      serverVersion: { min: 14, max: 18 },
    })
    expect(judged.map((one) => one.stalls)).toEqual([null, null, null, 'reads'])
    expect(judged.at(-1)?.transaction).toMatchObject({ number: 1, kind: 'file' })
  })

  it('up to COMMIT and from BEGIN', () => {
    const sql = 'ALTER TABLE t ADD c int; COMMIT; CREATE INDEX ON u (a)'
    expect(stalls(sql)).toEqual([null, null, 'writes'])
    const explicit = 'BEGIN; ALTER TABLE t ADD c int; CREATE INDEX ON u (a); COMMIT; CREATE INDEX ON t (a)'
    expect(stalls(explicit, 'statement')).toEqual([null, null, 'reads', null, 'writes'])
  })

  it('over savepoints', () => {
    const sql = 'SAVEPOINT s; ALTER TABLE t ADD c int; ROLLBACK TO s; CREATE INDEX ON u (a)'
    expect(stalls(sql)).toEqual([null, null, null, 'reads'])
  })

  it('each on its relation, the strongest that matter', () => {
    const [, , last] = judge('CREATE INDEX ON t (a); UPDATE t SET a = 1; SELECT 1').judged
    expect(last?.held).toEqual([
      { relation: 'public.t', mode: 'RowExclusive' },
      { relation: 'public.t', mode: 'Share' },
    ])
  })

  it('but not on tables that are new', () => {
    const sql =
      'CREATE TABLE n (id int); ALTER TABLE n ADD a int; CREATE INDEX ON n (a); CREATE INDEX ON t (a)'
    expect(stalls(sql)).toEqual([null, null, null, 'writes'])
    const partner = judge('CREATE TABLE n (t_id int REFERENCES t)').judged[0]
    expect(partner?.effect.locks).toEqual([{ relation: 'public.t', mode: 'ShareRowExclusive' }])
  })

  it('and taken before the first action of one ALTER TABLE runs', () => {
    const sql = 'ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u, ADD COLUMN c int'
    expect(stalls(sql)).toEqual(['reads', null])
    expect(judge(sql).judged.map(({ held }) => held)).toEqual([
      [],
      expect.arrayContaining([{ relation: 'public.t', mode: 'ShareRowExclusive' }]),
    ])
  })
})

describe('one ALTER TABLE', () => {
  const proof = 'ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL);'

  it('drops the proof before it needs it', () => {
    expect(stalls(`${proof} COMMIT; ALTER TABLE t ALTER a SET NOT NULL, DROP CONSTRAINT c`)).toEqual([
      'reads',
      null,
      'reads',
      null,
    ])
    expect(
      stalls(`${proof} COMMIT; ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t DROP CONSTRAINT c`),
    ).toEqual(['reads', null, null, null])
  })
})

describe('transactions', () => {
  it('are counted, and say who opened them', () => {
    expect(numbers('SELECT 1; SELECT 2')).toEqual(['0 file', '0 file'])
    expect(numbers('SELECT 1; SELECT 2', 'statement')).toEqual(['0 statement', '1 statement'])
    expect(numbers('SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3', 'statement')).toEqual([
      '0 statement',
      '1 explicit',
      '1 explicit',
      '1 explicit',
      '2 statement',
    ])
    expect(numbers('BEGIN; SELECT 1; COMMIT; SELECT 2')).toEqual([
      '0 explicit',
      '0 explicit',
      '0 explicit',
      '1 file',
    ])
  })

  it('take their catalog back at ROLLBACK', () => {
    const { catalog } = judge(
      'BEGIN; ALTER TABLE t ADD c int; ROLLBACK; ALTER TABLE t ADD d int',
      'statement',
    )
    expect(catalog.column({ schema: null, name: 't' }, 'c')).toBe('absent')
    expect(catalog.column({ schema: null, name: 't' }, 'd')).toMatchObject({ name: 'd' })
  })

  it('leave the search path of the file behind', () => {
    const { judged, catalog } = judge(
      'SET search_path TO app; CREATE TABLE n (a int); ALTER TABLE n ADD b int',
    )
    expect(judged.map(({ effect }) => effect.locks)).toEqual([[], [], []])
    expect(catalog.table({ schema: 'app', name: 'n' })).toMatchObject({ schema: 'app' })
    expect(catalog.resolve({ schema: null, name: 'n' }).schema).toBe('public')
  })
})

describe('lock_timeout', () => {
  it.each([
    ["SET lock_timeout = '2s'", 2000],
    ['SET lock_timeout = 500', 500],
    ["SET lock_timeout TO '1min'", 60_000],
    ["SET lock_timeout TO '1.5 s'", 1500],
    ['SET lock_timeout = 0', null],
    ["SET lock_timeout = '2s'; RESET lock_timeout", null],
    ["SET lock_timeout = '2s'; RESET ALL", null],
    ["SET statement_timeout = '2s'", null],
    ["SET lock_timeout = '2s'; SET LOCAL lock_timeout = '1s'", 1000],
    ["SET lock_timeout = '2s'; SET LOCAL lock_timeout = '1s'; COMMIT", 2000],
    ["SET LOCAL lock_timeout = '1s'; COMMIT", null],
    ["SET lock_timeout = '2s'; ROLLBACK", null],
    ["SET lock_timeout = '2s'; COMMIT; BEGIN; SET lock_timeout = '3s'; ROLLBACK", 2000],
  ])('%s', (sql, ms) => {
    expect(timeouts(`${sql}; SELECT 1`).at(-1)).toBe(ms)
  })

  it('of SET LOCAL means nothing in autocommit', () => {
    expect(timeouts("SET LOCAL lock_timeout = '1s'; SELECT 1", 'statement')).toEqual([null, null])
    expect(timeouts("SET lock_timeout = '1s'; SELECT 1", 'statement')).toEqual([null, 1000])
  })
})
