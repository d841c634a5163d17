import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attachGreen } from '../../src/bluegreen/attach.ts'
import { cutOver } from '../../src/bluegreen/cutover.ts'
import { abortRun, finishRun } from '../../src/bluegreen/end-run.ts'
import { rollBack } from '../../src/bluegreen/rollback-run.ts'
import { startRun } from '../../src/bluegreen/start.ts'
import { readBluegreenStatus } from '../../src/bluegreen/status-run.ts'
import { verifyRun } from '../../src/bluegreen/verify-run.ts'
import type { Session } from '../../src/database/session.ts'
import { mustConnect } from '../support/database.ts'
import { makeSides, must, refusal, tracesOf, type Sides } from './run-bluegreen.ts'
import { shopFile } from './shop.ts'
import { startTwoServers, type TwoServers } from './two-servers.ts'
import { startWriters, type Writers } from './writers.ts'

let servers: TwoServers
let folder: string
beforeAll(async () => {
  servers = await startTwoServers()
  folder = mkdtempSync(join(tmpdir(), 'lockstep-bluegreen-'))
})
afterAll(async () => {
  await servers.stop()
  rmSync(folder, { recursive: true })
})

const start = (sides: Sides, file = shopFile()) => must(sides, file, (pair) => startRun(pair, []))

describe.each(['two clusters', 'two databases of one cluster'])('a run between %s', (topology) => {
  it('loses no write and revives no token, there and back', { timeout: 240_000 }, async () => {
    const sides = await makeSides(servers.blue, topology === 'two clusters' ? servers.green : servers.blue)
    const config = join(folder, topology)
    writeFileSync(config, 'blue')
    const file = shopFile({
      flip: [{ kind: 'file', path: config, content: { blue: 'blue', green: 'green' } }],
    })
    const writers = await startWriters(sides, config, 8)
    await start(sides, file)
    await must(sides, file, attachGreen)
    const watcher = await watchTokens(sides.greenUrl)
    await verifiedSoon(sides, file)
    const there = await must(sides, file, (pair) => cutOver(pair, { unverified: false }))
    expect(there.pauseMs).toBeLessThan(file.cutover.budgetMs)
    expect(readFileSync(config, 'utf8')).toBe('green')
    await setTimeout(500)
    await allIsThere(sides.green, writers)
    const back = await must(sides, file, rollBack)
    expect(back.to).toBe('blue')
    await setTimeout(300)
    const { looks, revived } = await watcher.stop()
    expect(revived).toBe(0)
    expect(looks).toBeGreaterThan(50)
    await writers.stop()
    expect(writers.failures).toEqual([])
    expect(writers.fenced()).toBeGreaterThan(0)
    await allIsThere(sides.blue, writers)
    await must(sides, file, finishRun)
    expect([...(await tracesOf(sides.blue)), ...(await tracesOf(sides.green))]).toEqual([])
    await sides.drop()
  })
})

/** Until a verification under writes is clean; what is undecided in one may be decided in the next. */
async function verifiedSoon(sides: Sides, file: ReturnType<typeof shopFile>): Promise<void> {
  // An invariant over all orders never stands still while orders are written; all else must be clean.
  const still = { ...file, invariants: [] }
  const report = await must(sides, still, verifyRun)
  expect(report.comparisons.filter(({ verdict }) => verdict !== 'equal')).toEqual([])
  expect(report.comparisons.length).toBeGreaterThan(10)
}

async function allIsThere(session: Session, writers: Writers): Promise<void> {
  const names = [...writers.acknowledged]
  const revoked = [...writers.revoked]
  const [found] = await session.query<{ lost: string; doubled: string; alive: string }>(
    `SELECT (SELECT count(*) FROM unnest($1::text[]) AS n (name) WHERE NOT EXISTS (SELECT FROM customers c WHERE c.name = n.name)) AS lost,
            (SELECT count(*) FROM (SELECT FROM customers WHERE name LIKE 'written%' GROUP BY name HAVING count(*) > 1) AS twice) AS doubled,
            (SELECT count(*) FROM "Token" WHERE active AND signature = ANY ($2::text[])) AS alive`,
    [names, revoked],
  )
  expect(found).toEqual({ lost: '0', doubled: '0', alive: '0' })
  expect(names.length).toBeGreaterThan(100)
  expect(revoked.length).toBeGreaterThan(10)
}

/** Looks at green again and again: is a token active there that has a tombstone? */
async function watchTokens(url: string): Promise<{ stop(): Promise<{ looks: number; revived: number }> }> {
  const session = await mustConnect(url)
  const ended = new AbortController()
  let looks = 0
  let revived = 0
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const [row] = await session.query<{ count: string }>(
        `SELECT count(*) AS count FROM "Token" t JOIN lockstep_bluegreen.tombstone b ON b.key ->> 'signature' = t.signature WHERE t.active`,
      )
      revived += Number(row?.count)
      looks += 1
      await setTimeout(3)
    }
  })()
  return {
    stop: async () => {
      ended.abort()
      await watching
      await session.close()
      return { looks, revived }
    },
  }
}

describe('the end of a run', () => {
  it('aborts at every state, and leaves nothing', async () => {
    const sides = await makeSides(servers.blue, servers.green)
    await start(sides)
    await must(sides, shopFile(), abortRun)
    expect([...(await tracesOf(sides.blue)), ...(await tracesOf(sides.green))]).toEqual([])
    await sides.green.execute(`TRUNCATE customers, addresses, orders, flow, "Token", history`)
    await start(sides)
    await must(sides, shopFile(), attachGreen)
    await must(sides, shopFile(), abortRun)
    expect([...(await tracesOf(sides.blue)), ...(await tracesOf(sides.green))]).toEqual([])
    // Its own tables are at home, with their rows.
    expect(await sides.green.query('SELECT count(*) FROM orders WHERE amount_cents > 0')).toEqual([
      { count: '1000' },
    ])
    await sides.drop()
  })

  it('refuses to abort after the cut-over, and to finish before it', async () => {
    const sides = await makeSides(servers.blue, servers.green)
    const file = shopFile()
    await start(sides)
    expect(await refusal(sides, file, finishRun)).toEqual(['not-cut-over'])
    expect(await refusal(sides, file, rollBack)).toEqual(['not-cut-over'])
    await must(sides, file, attachGreen)
    expect(await refusal(sides, file, (pair) => cutOver(pair, { unverified: false }))).toEqual(['unverified'])
    // As a vacuum would hold it: waited for, and not run into.
    const vacuum = await mustConnect(sides.blueUrl, 'vacuum')
    await vacuum.execute('BEGIN; LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE')
    const gone = setTimeout(700).then(() => vacuum.execute('COMMIT'))
    const there = await must(sides, file, (pair) => cutOver(pair, { unverified: true }))
    await gone
    await vacuum.close()
    expect(there.attempts).toBe(1)
    expect(await refusal(sides, file, abortRun)).toEqual(['cut-over'])
    expect(await must(sides, file, readBluegreenStatus)).toMatchObject({
      state: 'cut-over',
      writes: 'green',
      next: 'finish, or rollback',
    })
    await must(sides, file, finishRun)
    expect([...(await tracesOf(sides.blue)), ...(await tracesOf(sides.green))]).toEqual([])
    await sides.drop()
  })
})
