import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attachGreen } from '../../src/bluegreen/attach.ts'
import { cutOver } from '../../src/bluegreen/cutover.ts'
import { abortRun } from '../../src/bluegreen/end-run.ts'
import { startRun } from '../../src/bluegreen/start.ts'
import { readBluegreenStatus } from '../../src/bluegreen/status-run.ts'
import { verifyRun } from '../../src/bluegreen/verify-run.ts'
import type { Comparison } from '../../src/model/bluegreen-run.ts'
import { startEmbeddedServer } from '../../src/database/embedded-server.ts'
import { makeSides, must, refusal, tracesOf, type Sides } from './run-bluegreen.ts'
import { shopFile } from './shop.ts'
import { startTwoServers, type TwoServers } from './two-servers.ts'

let servers: TwoServers
beforeAll(async () => {
  servers = await startTwoServers()
})
afterAll(async () => {
  await servers.stop()
})

const start = (sides: Sides, file = shopFile()) => must(sides, file, (pair) => startRun(pair, []))

describe('preflight', () => {
  it('says all that is not so at once, and leaves nothing', async () => {
    const sides = await makeSides(servers.blue, servers.green)
    await sides.blue
      .execute(`CREATE TABLE keyless (n int); CREATE UNLOGGED TABLE volatile (n int PRIMARY KEY);
      CREATE TABLE parent (n int PRIMARY KEY); CREATE TABLE child (PRIMARY KEY (n)) INHERITS (parent); SELECT lo_create(0)`)
    await sides.green.execute(
      `INSERT INTO history VALUES ('left over'); CREATE TABLE parent (n int PRIMARY KEY)`,
    )
    const file = shopFile({
      back: [],
      events: [
        {
          name: 'never',
          table: 'public."Token"',
          key: ['nowhere'],
          green: [{ table: 'public."Token"', match: { signature: 'else' }, dead: 'absent' }],
        },
      ],
    })
    const codes = await refusal(sides, file, (pair) => startRun(pair, []))
    expect([...new Set(codes)].sort()).toEqual([
      'preflight-event',
      'preflight-inheritance',
      'preflight-large-objects',
      'preflight-missing-table',
      'preflight-no-way-back',
      'preflight-not-empty',
      'preflight-replica-identity',
      'preflight-unlogged',
    ])
    expect(codes.filter((code) => code === 'preflight-event')).toHaveLength(3)
    expect([...(await tracesOf(sides.blue)), ...(await tracesOf(sides.green))]).toEqual([])
    await sides.drop()
  })

  it('names what a server is not set to', async () => {
    const started = await startEmbeddedServer({
      settings: { max_replication_slots: '0', max_wal_senders: '0' },
    })
    if (!started.ok) throw new Error('no server')
    const sides = await makeSides(started.value, servers.green)
    const codes = await refusal(sides, shopFile(), (pair) => startRun(pair, []))
    expect(codes).toEqual(['preflight-wal-level', 'preflight-slots', 'preflight-senders'])
    await sides.drop()
    await started.value.stop()
  })
})

describe('verification', () => {
  const defects: readonly (readonly [name: string, sql: string, what: string])[] = [
    [
      'a value',
      `UPDATE "Token" SET customer_id = customer_id + 1 WHERE signature = 'sig9'`,
      'rows of public."Token"',
    ],
    ['a row that is gone', `DELETE FROM "Token" WHERE signature = 'sig8'`, 'rows of public."Token"'],
    ['a row too many', `INSERT INTO "Token" VALUES ('odd', 7, 1, true)`, 'rows of public."Token"'],
    ['NULL for an empty text', `UPDATE customers SET city = '' WHERE id = 3`, 'rows of public.customers'],
    [
      'two values that changed places',
      `UPDATE "Token" t SET customer_id = o.customer_id FROM "Token" o WHERE (t.signature, o.signature) IN (('sig1', 'sig2'), ('sig2', 'sig1'))`,
      'rows of public."Token"',
    ],
    [
      'a row that is not what it is made of',
      `UPDATE lockstep_bluegreen_aside.orders SET amount_cents = 1 WHERE id = 5`,
      'public.orders, as the file makes it',
    ],
    [
      'a row that cannot come back',
      `UPDATE lockstep_bluegreen_aside.orders SET amount_cents = 1 WHERE id = 5`,
      'public.orders, on the way back',
    ],
    ['an answer', `DELETE FROM lockstep_bluegreen_aside.orders WHERE id = 6`, 'invariant money'],
  ]

  it('is clean, and finds each planted defect', async () => {
    const sides = await makeSides(servers.blue, servers.green)
    const file = shopFile()
    await start(sides, file)
    await must(sides, file, attachGreen)
    const clean = await must(sides, file, verifyRun)
    expect(clean.comparisons.filter(({ verdict }) => verdict !== 'equal')).toEqual([])
    for (const [name, sql, what] of defects) {
      await sides.green.execute(`BEGIN; SET LOCAL session_replication_role = replica; ${sql}; COMMIT`)
      const { comparisons } = await must(sides, file, verifyRun)
      const found = comparisons.filter(({ verdict }: Comparison) => verdict === 'different')
      expect(
        found.map((one) => one.what),
        name,
      ).toContain(what)
    }
    expect(await refusal(sides, file, (pair) => cutOver(pair, { unverified: false }))).toEqual(['unverified'])
    await must(sides, file, abortRun)
    await sides.drop()
  })
})

describe('a row that cannot be transformed', () => {
  const poison = `ALTER TABLE lockstep_bluegreen_aside.orders ADD CONSTRAINT small CHECK (amount_cents < 10000000) NOT VALID`
  const change = `UPDATE orders SET amount = 99999999 WHERE id = 7; UPDATE orders SET amount = 3 WHERE id = 8`

  it('is parked by policy, with its key, and made when it can be', async () => {
    const sides = await makeSides(servers.blue, servers.green)
    const file = shopFile({ poison: 'park', invariants: [] })
    await start(sides, file)
    await must(sides, file, attachGreen)
    await sides.green.execute(poison)
    await sides.blue.execute(change)
    const { comparisons } = await must(sides, file, verifyRun)
    expect(comparisons.find(({ what }) => what === 'rows that could not be transformed')).toMatchObject({
      verdict: 'different',
      rows: 1,
      detail: [expect.stringContaining('public.orders {"id": "7"}')],
    })
    expect(await refusal(sides, file, (pair) => cutOver(pair, { unverified: true }))).toEqual(['rows-parked'])
    await sides.green.execute(`ALTER TABLE lockstep_bluegreen_aside.orders DROP CONSTRAINT small`)
    expect(await must(sides, file, attachGreen)).toMatchObject({ corrected: 1 })
    expect((await must(sides, file, verifyRun)).clean).toBe(true)
    await must(sides, file, abortRun)
    await sides.drop()
  })

  it('else stops replication, which goes on from there once it is mended', async () => {
    const sides = await makeSides(servers.blue, servers.green)
    const file = shopFile({ invariants: [] })
    await start(sides, file)
    await must(sides, file, attachGreen)
    await sides.green.execute(poison)
    await sides.blue.execute(change)
    await expect
      .poll(async () => (await must(sides, file, readBluegreenStatus)).subscriptions, { timeout: 20_000 })
      .toContainEqual(expect.objectContaining({ name: 'lockstep_shop_forward', enabled: false }))
    await sides.green.execute(`ALTER TABLE lockstep_bluegreen_aside.orders DROP CONSTRAINT small`)
    await must(sides, file, attachGreen)
    expect((await must(sides, file, verifyRun)).clean).toBe(true)
    await must(sides, file, abortRun)
    await sides.drop()
  })
})
