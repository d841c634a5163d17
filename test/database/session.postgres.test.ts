import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../support/database.ts'
import { createTestDatabase, mustConnect } from '../support/database.ts'
import { DatabaseError } from '../../src/database/session.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

async function errorOf(work: Promise<unknown>): Promise<DatabaseError> {
  try {
    await work
  } catch (error) {
    if (error instanceof DatabaseError) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('values', () => {
  it('reads what can be given back, without loss', async () => {
    const written = ['2020-01-01 00:00:00.123456+00', '9007199254740993', '\\x00ff', '1.10']
    const read = `SELECT $1::timestamptz AS t, $2::int8 AS i, $3::bytea AS b, $4::numeric AS n`
    const [row] = await database.session.query<{ t: string; i: string; b: string; n: string }>(read, written)
    expect(row).toEqual({
      t: '2020-01-01 00:00:00.123456+00',
      i: '9007199254740993',
      b: '\\x00ff',
      n: '1.10',
    })
  })

  it('passes values as text of the type that the server infers', async () => {
    const values = ['true', false, '{"a":1}', ['a"b\\', null, 'c,d', ''], [1, 2], new Date(0), 7n, null]
    const [row] = await database.session.query(
      `SELECT $1::bool AS a, $2::bool AS b, $3::jsonb AS c, $4::text[] AS d, $5::int[] AS e,
              $6::timestamptz AS f, $7::int8 AS g, $8::text AS h, NULL::text[] AS i, '{}'::text[] AS j`,
      values,
    )
    expect(row).toEqual({
      a: true,
      b: false,
      c: { a: 1 },
      d: ['a"b\\', null, 'c,d', ''],
      e: [1, 2],
      f: '1970-01-01 00:00:00+00',
      g: '7',
      h: null,
      i: null,
      j: [],
    })
  })
})

describe('execute', () => {
  it('sends several statements as one transaction', async () => {
    const { session } = database
    await errorOf(session.execute('CREATE TABLE undone (a int); SELECT 1/0'))
    expect(await session.query(`SELECT to_regclass('undone') AS t`)).toEqual([{ t: null }])
  })

  it('counts rows', async () => {
    const { session } = database
    await session.execute('CREATE TABLE counted AS SELECT generate_series(1, 7) AS a')
    expect(await session.execute('UPDATE counted SET a = a + 1')).toEqual({ rowsAffected: 7 })
    expect(await session.execute('SELECT 1; DELETE FROM counted WHERE a < 4')).toEqual({ rowsAffected: 2 })
    expect(await session.change('DELETE FROM counted WHERE a = $1', [4])).toEqual({ rowsAffected: 1 })
    expect(await session.execute('CREATE TABLE uncounted (a int)')).toEqual({ rowsAffected: 0 })
  })

  it('refuses COPY from and to the client, and goes on', async () => {
    const { session } = database
    await session.execute('CREATE TABLE copied (a int)')
    const error = await errorOf(session.execute('COPY copied FROM STDIN'))
    expect(error.message).toBe('COPY from or to the client is not possible here')
    await errorOf(session.execute('COPY copied TO STDOUT'))
    expect(await session.query('SELECT count(*) FROM copied')).toEqual([{ count: '0' }])
  })
})

describe('errors', () => {
  it('keeps all fields of the server', async () => {
    const { session } = database
    await session.execute('CREATE TABLE checked (a int CONSTRAINT positive CHECK (a > 0))')
    const error = await errorOf(session.query('INSERT INTO checked VALUES ($1)', [-1]))
    expect(error).toMatchObject({
      message: 'new row for relation "checked" violates check constraint "positive"',
      sqlstate: '23514',
      constraint: 'positive',
      detail: 'Failing row contains (-1).',
      severity: 'ERROR',
      connectionLost: false,
    })
    expect((await errorOf(session.execute('SELECT nothing'))).position).toBe(8)
    expect(session.closed).toBe(false)
  })

  it('a session that the server ended is lost for good, with its reason', async () => {
    const session = await mustConnect(database.url)
    const waiting = errorOf(session.query('SELECT pg_sleep(30)'))
    const behind = errorOf(session.query('SELECT 1'))
    await database.session.query(`SELECT pg_terminate_backend($1) FROM (SELECT pg_sleep(0.1)) AS a_moment`, [
      session.pid,
    ])
    for (const error of [await waiting, await behind, await errorOf(session.execute('SELECT 1'))]) {
      expect(error).toMatchObject({
        message: 'terminating connection due to administrator command',
        sqlstate: '57P01',
        connectionLost: true,
      })
    }
    expect(session.closed).toBe(true)
    await session.close()
  })
})
