/**
 * kill -9 of the runner at each event of each command; then the command once more. In CI a sample; with LOCKSTEP_FAULTS=all
 * every one of them.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyRun } from '../../src/bluegreen/verify-run.ts'
import type { BluegreenFile } from '../../src/model/bluegreen.ts'
import { makeSides, must, tracesOf, type Sides } from './run-bluegreen.ts'
import { shopFile } from './shop.ts'
import { startTwoServers, type TwoServers } from './two-servers.ts'

const isWhole = process.env['LOCKSTEP_FAULTS'] === 'all'
const hour = 3_600_000
const runner = join(import.meta.dirname, 'killed-runner.mjs')
const file: BluegreenFile = shopFile({ invariants: [] })

let servers: TwoServers
beforeAll(async () => {
  servers = await startTwoServers()
})
afterAll(async () => {
  await servers.stop()
})

interface Ended {
  readonly killed: boolean
}

/** `killAt`: the number of an event, from 1; null: none. What it comes to must be well. */
function run(command: string, { blueUrl, greenUrl }: Sides, killAt: number | null): Promise<Ended> {
  const argument = JSON.stringify({ command, file, blueUrl, greenUrl, killAt })
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [runner, argument], (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL') return resolve({ killed: true })
      if (error !== null) return reject(new Error(`${command}: ${stderr}`))
      if (stdout === '') return resolve({ killed: false })
      reject(new Error(`${command}: ${stdout}`))
    })
  })
}

/** Nothing that a killed runner held keeps the application waiting. */
async function isOpen(sides: Sides): Promise<void> {
  await sides.blue
    .execute(`BEGIN; SET LOCAL lock_timeout = '3s'; UPDATE orders SET amount = amount + 1 WHERE id = 1;
    INSERT INTO customers (name) VALUES ('between'); COMMIT`)
}

const around = (names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [`${name} before`, `${name} after`])
const moves = around(
  ['pause', 'lock', 'marker', 'open', 'close', 'commit', 'flip'].map((name) => `move: ${name}`),
)
/** In the order in which a run that nothing happens to tells them. */
const events = {
  cutover: [...around(['look', 'prepare']), ...moves, ...around(['end forward', 'follow back'])],
  rollback: [...moves, ...around(['end back', 'drop fence'])],
}

/** The first is that before the fence commits. */
async function killBehindFence(command: 'cutover' | 'rollback', behind: number, sides: Sides): Promise<void> {
  const fence = events[command].indexOf('move: close before') + 1
  await run(command, sides, fence + behind)
}

describe('a runner that is killed', () => {
  it('at any event is gone on with, or leaves nothing', { timeout: isWhole ? hour : 240_000 }, async () => {
    const sides = await makeSides(servers.blue, servers.green)
    const stride = isWhole ? 1 : 9
    let clean = false
    for (const command of ['start', 'attach', 'cutover', 'rollback', 'finish']) {
      for (let killAt = isWhole ? 1 : 3; ; killAt += stride) {
        const { killed } = await run(command, sides, killAt)
        if (!killed) break
        if (command === 'start' || command === 'attach') await isOpen(sides)
      }
      if (command === 'attach') clean = (await must(sides, file, verifyRun)).clean
    }
    expect(clean).toBe(true)
    expect([...(await tracesOf(sides.blue)), ...(await tracesOf(sides.green))]).toEqual([])
    await isOpen(sides)
    await sides.drop()
  })

  /** From the event before the fence commits to the last. */
  const late = isWhole ? Array.from({ length: 10 }, (_, index) => index) : [1]

  it.each(late)(
    'behind the fence, at event %d, loses nothing and goes on to the end, there and back',
    { timeout: isWhole ? hour : 240_000 },
    async (behind) => {
      const sides = await makeSides(servers.blue, servers.green)
      await run('start', sides, null)
      await run('attach', sides, null)
      await killBehindFence('cutover', behind, sides)
      await run('cutover', sides, null)
      await sides.green.execute(
        `UPDATE orders SET amount_cents = 4200 WHERE id = 2; DELETE FROM flow WHERE challenge = 'l9'`,
      )
      await killBehindFence('rollback', behind, sides)
      await run('rollback', sides, null)
      expect(await sides.blue.query(`SELECT amount FROM orders WHERE id = 2`)).toEqual([{ amount: '42.00' }])
      expect(await sides.blue.query(`SELECT FROM logins WHERE challenge = 'l9'`)).toEqual([])
      await expect(sides.green.execute(`DELETE FROM orders`)).rejects.toMatchObject({ sqlstate: '25006' })
      await run('finish', sides, 3)
      await run('finish', sides, null)
      expect([...(await tracesOf(sides.blue)), ...(await tracesOf(sides.green))]).toEqual([])
      await isOpen(sides)
      await sides.drop()
    },
  )

  it('leaves an abort that is killed to be done again', { timeout: isWhole ? hour : 120_000 }, async () => {
    const sides = await makeSides(servers.blue, servers.green)
    await run('start', sides, null)
    await run('attach', sides, null)
    for (let killAt = 1; ; killAt += isWhole ? 1 : 6) {
      const { killed } = await run('abort', sides, killAt)
      await isOpen(sides)
      if (!killed) break
    }
    expect([...(await tracesOf(sides.blue)), ...(await tracesOf(sides.green))]).toEqual([])
    expect(await sides.green.query('SELECT count(*) FROM orders')).toEqual([{ count: '1000' }])
    await sides.drop()
  })
})
