/** `migrate rollback`, `migrate status` and `migrate verify`: the way back, and what is to be seen of a plan. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runReport } from '../../src/model/outcome.ts'
import { status as statusSchema } from '../../src/model/status.ts'
import { verification } from '../../src/model/verification.ts'
import type { TestDatabase } from '../support/database.ts'
import { describeDatabase } from '../support/describe-database.ts'
import { during, openShop, type Shop } from './shop.ts'

let shop: Shop
let database: TestDatabase
const plan = 'plans/shop.json'

beforeAll(async () => {
  shop = await openShop({ proof: false })
})
afterAll(() => shop.close())
beforeEach(async () => {
  database = await shop.database()
})
afterEach(() => database.drop())

function apply(...args: readonly string[]) {
  return shop.migrate(['apply', plan, '--unproved', ...args], database.url)
}

function rollback(...args: readonly string[]) {
  return shop.migrate(['rollback', plan, ...args], database.url)
}

function schema(): Promise<readonly string[]> {
  return describeDatabase((sql) => database.session.query(sql))
}

describe('migrate rollback', () => {
  it('leaves the schema as it was before an expand phase, and says what it took back', async () => {
    const before = await schema()
    await apply('--phase', 'expand')
    expect(await schema()).not.toEqual(before)

    const ended = await rollback()
    expect(ended.code).toBe(0)
    expect(ended.stdout).toMatch(/^expand\n {2}↩ Build unique index .*\(taken back in/)
    expect(ended.stdout).toMatch(/– Ask that no two rows .*\(nothing to take back\)\n/)
    expect(ended.stdout).toMatch(
      /↩ Add column public\.orders\.note .*\n\ndone: plan shop is rolled back, 2 steps/,
    )
    expect(await schema()).toEqual(before)

    const status = await shop.migrate(['status'], database.url)
    expect(status.stdout).toContain('plan shop: rolled-back, 0 of ')
    const again = await rollback()
    expect(again).toMatchObject({ code: 0, stdout: 'done: no step of plan shop was left to take back\n' })
    expect((await apply('--phase', 'expand')).code).toBe(0)
  })

  it('stops at what can never be taken back, and says why', async () => {
    await apply('--phase', 'backfill')
    const ended = await rollback('--format', 'json')
    expect(ended.code).toBe(1)
    const report = runReport.parse(JSON.parse(ended.stdout))
    const stopped = report.steps.find(({ outcome }) => outcome.status === 'failed')
    const step = shop.plan.stages
      .flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
      .find(({ id }) => id === stopped?.step)
    if (step?.undo.kind !== 'never') throw new Error('it stopped at a step that can be taken back')
    expect(stopped?.outcome).toMatchObject({ message: expect.stringContaining(step.undo.because) })

    const said = await rollback()
    expect(said.code).toBe(1)
    expect(said.stdout).toContain(`✗ ${step.title}\n`)
    expect(said.stdout).toContain(step.undo.because)
    expect(said.stdout).toContain('steps before it not reached\n')
    expect(said.stdout).toContain('\nstopped: plan shop can be rolled back no further\n')
    const status = await shop.migrate(['status'], database.url)
    expect(status.stdout).toContain(`its rollback stopped at “${step.title}”, which cannot be taken back`)
    expect((await apply()).code).toBe(0)
  })

  it('keeps what the new application has written, until it is told to lose it', async () => {
    await apply('--phase', 'expand')
    await database.session.execute(`UPDATE orders SET note = 'written' WHERE id = 1`)
    const refused = await rollback()
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('would lose data')
    expect(refused.stderr).toContain('--lose-data')
    expect((await rollback('--lose-data')).code).toBe(0)
  })

  it('waits for its locks no longer than --max-wait', async () => {
    await apply('--phase', 'expand')
    await during(database.url, 'SELECT FROM orders', async (pid) => {
      const ended = await rollback('--max-wait', '0.3')
      expect(ended.code).toBe(1)
      expect(ended.stdout).toContain('✗ Add column public.orders.note\n      no lock within ')
      expect(ended.stdout).toContain(`held by pid ${pid} (`)
      expect(ended.stdout).toContain('rolled back in part')
    })
    expect((await rollback()).code).toBe(0)
  })

  it('is misuse for a plan that was never applied', async () => {
    const ended = await rollback()
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('Plan shop has never been applied here.')
  })
})

describe('migrate status', () => {
  it('says where the plan stands, what comes next, and the same as JSON', async () => {
    const none = await shop.migrate(['status'], database.url)
    expect(none).toEqual({ code: 0, stdout: 'No plan has been applied to this database.\n', stderr: '' })
    await apply('--phase', 'expand')
    const pretty = await shop.migrate(['status'], database.url)
    expect(pretty.stdout).toMatch(
      /^plan shop: open, 3 of \d+ steps applied\nbegun \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+\d\d by /,
    )
    expect(pretty.stdout).toContain(
      'next: migrate apply PLAN goes on with “Set state of public.orders in batches”',
    )
    const json = await shop.migrate(['status', '--format', 'json'], database.url)
    expect(json).toMatchObject({ code: 0, stderr: '' })
    const status = statusSchema.parse(JSON.parse(json.stdout))
    expect(status.plan).toMatchObject({ id: 'shop', digest: shop.plan.digest, status: 'open' })
    expect(status.gate).toBe('gate-1')
  })
})

describe('migrate verify', () => {
  it('asks the database, and not the journal', async () => {
    await apply('--through-gates')
    const verify = (...args: readonly string[]) => shop.migrate(['verify', plan, ...args], database.url)
    const held = await verify()
    expect(held).toMatchObject({ code: 0, stderr: '' })
    expect(held.stdout).toMatch(/^holds: \d+ conditions? and \d+ invariants? of plan shop\n$/)

    await database.session.execute('ALTER TABLE orders DROP COLUMN note')
    const broken = await verify()
    expect(broken.code).toBe(1)
    expect(broken.stdout).toContain(
      '✗ Add column public.orders.note\n      column public.orders.note does not exist\n',
    )
    const json = await verify('--format', 'json')
    expect(json.code).toBe(1)
    expect(verification.parse(JSON.parse(json.stdout)).holds).toBe(false)
  })
})
