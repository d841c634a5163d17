import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blockedBy, holdersInTheWay } from '../../src/database/blockers.ts'
import type { Session } from '../../src/database/session.ts'
import type { TestDatabase } from '../support/database.ts'
import { createTestDatabase, mustConnect } from '../support/database.ts'

let database: TestDatabase
let other: Session
beforeAll(async () => {
  database = await createTestDatabase()
  await database.session.execute(
    'CREATE SCHEMA "S"; CREATE TABLE "S"."T" (a int); CREATE TABLE "S".free (a int)',
  )
  other = await mustConnect(database.url, 'the application')
})
afterAll(async () => {
  await other.close()
  await database.drop()
})

describe('holdersInTheWay', () => {
  it('names the holder of a conflicting lock, its transaction and its query', async () => {
    await other.execute('BEGIN')
    await other.execute('INSERT INTO "S"."T" VALUES (1)')
    const holders = await holdersInTheWay(database.session, [
      { relation: '"S"."T"', mode: 'Share' },
      { relation: '"S".free', mode: 'AccessExclusive' },
      { relation: '"S".absent', mode: 'AccessExclusive' },
    ])
    await other.execute('ROLLBACK')
    expect(holders).toEqual([
      {
        relation: '"S"."T"',
        mode: 'RowExclusive',
        pid: other.pid,
        user: expect.any(String),
        application: 'the application',
        state: 'idle in transaction',
        transactionAgeMs: expect.any(Number),
        query: 'INSERT INTO "S"."T" VALUES (1)',
      },
    ])
  })

  it('leaves out locks that do not conflict, and our own', async () => {
    await other.execute('BEGIN; SELECT * FROM "S"."T"')
    await database.session.execute('BEGIN; LOCK TABLE "S".free IN ACCESS EXCLUSIVE MODE')
    const found = await holdersInTheWay(database.session, [
      { relation: '"S"."T"', mode: 'Share' },
      { relation: '"S".free', mode: 'AccessExclusive' },
    ])
    await database.session.execute('ROLLBACK')
    await other.execute('ROLLBACK')
    expect(found).toEqual([])
  })

  it('finds a prepared transaction, which has no session', async () => {
    const [prepared] = await database.session.query<{ max: string }>(
      `SELECT current_setting('max_prepared_transactions') AS max`,
    )
    // The doors of test/support/server.ts set it; a server by MIGRATE_TEST_URL must have it.
    expect(Number(prepared?.max)).toBeGreaterThan(0)
    const name = `forgotten-${database.name}`
    await other.execute(`BEGIN; LOCK TABLE "S"."T" IN SHARE MODE; PREPARE TRANSACTION '${name}'`)
    const holders = await holdersInTheWay(database.session, [{ relation: '"S"."T"', mode: 'RowExclusive' }])
    await other.execute(`ROLLBACK PREPARED '${name}'`)
    expect(holders).toMatchObject([{ pid: 0, state: 'prepared', query: name, mode: 'Share' }])
  })
})

describe('blockedBy', () => {
  it('names whom a waiting backend waits for', async () => {
    const waiting = await mustConnect(database.url, 'waiting')
    await other.execute('BEGIN; LOCK TABLE "S"."T" IN ACCESS EXCLUSIVE MODE')
    const lock = waiting.execute('SELECT * FROM "S"."T"')
    let blockers = await blockedBy(database.session, waiting.pid)
    for (let attempt = 0; blockers.length === 0 && attempt < 500; attempt++) {
      blockers = await blockedBy(database.session, waiting.pid)
    }
    await other.execute('ROLLBACK')
    await lock
    expect(blockers).toMatchObject([
      { pid: other.pid, application: 'the application', state: 'idle in transaction' },
    ])
    expect(await blockedBy(database.session, waiting.pid)).toEqual([])
    await waiting.close()
  })
})
