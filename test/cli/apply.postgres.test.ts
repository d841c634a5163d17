/** `migrate apply` on a real server, as an operator meets it: what it says of each step, and how it ends. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditTrail } from '../../src/model/audit.ts'
import { runLogLine } from '../../src/model/run-log.ts'
import { runReport, type RunReport } from '../../src/model/outcome.ts'
import type { TestDatabase } from '../support/database.ts'
import { during, openShop, type Shop } from './shop.ts'

let shop: Shop
let database: TestDatabase
const plan = 'plans/shop.json'

beforeAll(async () => {
  shop = await openShop({ proof: true })
})
afterAll(() => shop.close())
beforeEach(async () => {
  database = await shop.database()
})
afterEach(() => database.drop())

function apply(...args: readonly string[]) {
  return shop.migrate(['apply', plan, ...args], database.url)
}

function reportOf(stdout: string): RunReport {
  return runReport.parse(JSON.parse(stdout))
}

/** `expand applied`, `backfill not-run`, …: each phase with what became of its steps. */
function phases({ steps }: RunReport): readonly string[] {
  return [...new Set(steps.map(({ phase, outcome }) => `${phase} ${outcome.status}`))]
}

async function ask(sql: string): Promise<unknown> {
  const [row] = await database.session.query<{ answer: unknown }>(`SELECT (${sql}) AS answer`)
  return row?.answer
}

/** In the way of one of the last batches, and of none before it. */
const rowLocked = `SELECT FROM orders WHERE id = 4900 FOR UPDATE`
const rowsLeft = `SELECT count(*)::int FROM orders WHERE state IS NULL`

describe('migrate apply', () => {
  it('stops at the gate, tells what it waits for, and goes on when it is confirmed', async () => {
    const first = await apply()
    expect(first.code).toBe(0)
    expect(first.stdout).toContain('✓ Add column public.orders.note (')
    expect(first.stdout).toMatch(/✓ Set state of public\.orders in batches \(.*5000 rows in \d+ batch/)
    expect(first.stdout).toContain('▮ Wait for the deploy\n      for the deploy: the new application runs')
    expect(first.stdout).toContain('  · Drop column public.orders.legacy\n')
    expect(first.stdout).toContain(`migrate apply ${plan} --confirm gate-1\n`)

    const waiting = await shop.migrate(['status'], database.url)
    expect(waiting.stdout).toContain('at gate gate-1; when what it waits for is true:')

    // The gate before the plan's name, and it is not taken for one more gate.
    const second = await shop.migrate(['apply', '--confirm', 'gate-1', plan], database.url)
    expect(second.code).toBe(0)
    expect(second.stdout).toContain('steps applied before\n')
    expect(second.stdout).toContain('✓ Wait for the deploy (opened)')
    expect(second.stdout).toContain('\ndone: plan shop is applied\n')
    expect(await ask(`SELECT count(*)::int FROM pg_attribute WHERE attname = 'legacy'`)).toBe(0)

    const third = await apply('--format', 'json')
    expect(third.code).toBe(0)
    const report = reportOf(third.stdout)
    expect(report.status).toBe('done')
    expect(new Set(report.steps.map(({ outcome }) => outcome.status))).toEqual(new Set(['already-applied']))
    expect((await apply()).stdout).toContain('\ndone: plan shop was applied before\n')
  })

  it('goes to the end of the phase that was asked for, and through its gate', async () => {
    const expand = reportOf((await apply('--phase', 'expand', '--format', 'json')).stdout)
    expect(phases(expand)).toEqual(['expand applied', 'backfill not-run', 'contract not-run'])
    const again = await apply('--phase', 'expand')
    expect(again.code).toBe(0)
    expect(again.stdout).toContain(`steps to come; go on with migrate apply ${plan}\n`)
    const backfill = reportOf((await apply('--phase', 'backfill', '--format', 'json')).stdout)
    expect(phases(backfill)).toEqual(['expand already-applied', 'backfill applied', 'contract not-run'])
    const contract = reportOf((await apply('--phase', 'contract', '--format', 'json')).stdout)
    expect(phases(contract).at(-1)).toBe('contract applied')
    expect(contract.status).toBe('done')
  })

  it('opens every gate when told to, with progress on stderr and the report alone on stdout', async () => {
    const ended = await apply('--through-gates', '--format', 'json')
    expect(ended.code).toBe(0)
    expect(reportOf(ended.stdout)).toMatchObject({ plan: 'shop', digest: shop.plan.digest, status: 'done' })
    expect(ended.stderr).toContain('  Drop column public.orders.legacy …\n')
  })

  it('shows the rows that a check finds, runs nothing after it, and goes on when they are gone', async () => {
    await database.session.execute(`UPDATE customers SET email = '1@example.org' WHERE id < 4`)
    const ended = await apply()
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('✗ Ask that no two rows of public.customers have the same email\n')
    expect(ended.stdout).toMatch(/\{"email":"1@example\.org".*\}/)
    expect(ended.stdout).toContain('· Set state of public.orders in batches')
    expect(ended.stdout).toContain('mend the cause, then run the same command again')
    expect((await shop.migrate(['status'], database.url)).stdout).toMatch(/✗ Ask that no two rows.*expand/)

    await database.session.execute(`UPDATE customers SET email = id || '@example.org'`)
    expect((await apply()).code).toBe(0)
    expect(await ask(rowsLeft)).toBe(0)
  })

  it('gives up on a lock after --max-wait, and names who holds it', async () => {
    await during(database.url, 'SELECT FROM orders', async (pid) => {
      const ended = await apply('--max-wait', '0.5')
      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain(`in the way: pid ${pid} (`)
      expect(ended.stdout).toContain('✗ Add column public.orders.note\n      no lock within ')
      expect(ended.stdout).toMatch(
        new RegExp(`held by pid ${pid} \\(.*shop web, idle in transaction for .*SELECT`),
      )
      expect(ended.stdout).toContain('end what holds the lock or let it end')
    })
    expect((await apply()).code).toBe(0)
  })

  it('stops between two batches when it is interrupted, and the next run goes on from there', async () => {
    await apply('--phase', 'expand')
    await during(database.url, rowLocked, async (pid) => {
      const running = shop.start(['apply', plan], database.url)
      await running.hasSaid(`in the way: pid ${pid}`)
      running.signal('SIGINT')
      const ended = await running.ended
      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain('SIGINT: stopping after the step or batch under way')
      expect(ended.stdout).toMatch(/stopped on request after \d+ rows/)
      expect(ended.stdout).toContain('run the same command again to go on\n')
    })
    const left = await ask(rowsLeft)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(5000)
    expect((await shop.migrate(['status'], database.url)).stdout).toMatch(
      /in batches \(backfill.*rows so far\)/,
    )
    expect((await apply()).code).toBe(0)
    expect(await ask(rowsLeft)).toBe(0)
  })

  it('is in doubt when its connection is ended, and finds out the next time', async () => {
    await apply('--phase', 'expand')
    await during(database.url, rowLocked, async (pid) => {
      const running = shop.start(['apply', plan], database.url)
      await running.hasSaid(`in the way: pid ${pid}`)
      await ask(
        `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'lockstep/shop'`,
      )
      const ended = await running.ended
      expect(ended.code).toBe(1)
      expect(ended.stdout).toContain('? Set state of public.orders in batches\n      the connection was lost')
      expect(ended.stdout).toContain('it looks what became of the step in doubt')
    })
    expect((await apply()).code).toBe(0)
    expect(await ask(rowsLeft)).toBe(0)
  })

  it('waits for another runner, says who it is, and finds everything applied', async () => {
    await apply('--phase', 'expand')
    const [first, second] = await during(database.url, rowLocked, async (pid) => {
      const one = shop.start(['apply', plan], database.url)
      await one.hasSaid(`in the way: pid ${pid}`)
      const other = shop.start(['apply', plan, '--format', 'json'], database.url)
      await other.hasSaid('another runner is at work: ')
      await other.hasSaid(', with plan shop')
      expect((await shop.migrate(['status'], database.url)).stdout).toContain('at work now: ')
      return [one, other] as const
    })
    expect((await first.ended).code).toBe(0)
    const later = await second.ended
    expect(later.code).toBe(0)
    expect(phases(reportOf(later.stdout)).slice(0, 2)).toEqual([
      'expand already-applied',
      'backfill already-applied',
    ])
  })

  it('goes on to its end when nobody reads its progress any more', async () => {
    const running = shop.start(['apply', plan, '--through-gates'], database.url)
    running.stopReading()
    expect((await running.ended).code).toBe(0)
    expect(await ask(rowsLeft)).toBe(0)
  })
})

describe('what others read of a run', () => {
  it('is one JSON value a line on stderr, and figures in a file', async () => {
    const file = join(shop.folder, 'lockstep.prom')
    const ran = await apply('--log-format', 'json', '--metrics-file', file)
    expect(ran.code).toBe(0)
    const lines = ran.stderr
      .trimEnd()
      .split('\n')
      .map((line) => runLogLine.parse(JSON.parse(line)))
    const events = lines.flatMap((line) => ('event' in line ? [line.event] : []))
    expect(events[0]).toMatchObject({ kind: 'run-started', action: 'apply', digest: shop.plan.digest })
    expect(events.at(-1)).toEqual({ kind: 'run-ended', status: 'at-gate', gate: 'gate-1' })
    const started = events.flatMap((event) => (event.kind === 'step-started' ? [event.step] : []))
    const ended = events.flatMap((event) => (event.kind === 'step-ended' ? [event.step] : []))
    expect(ended).toEqual(started)

    const figures = readFileSync(file, 'utf8')
    expect(figures).toContain('lockstep_run_status{plan="shop",action="apply",status="at-gate"} 1\n')
    expect(figures).toContain('lockstep_rows_changed_total{plan="shop"} 5000\n')

    const asked = await shop.migrate(['audit', '--format', 'json'], database.url)
    const trail = auditTrail.parse(JSON.parse(asked.stdout))
    expect(trail.map(({ action }) => action)).toEqual(['apply', 'run-ended'])
    const told = await shop.migrate(['audit'], database.url)
    expect(told.stdout).toMatch(/apply shop \([0-9a-f]{12}\) by .* \{"through":"first-gate"\}\n/)
  })

  it('tells in the same form why there is no run', async () => {
    const unwritable = await apply('--log-format', 'json', '--metrics-file', '/nowhere/at/all.prom')
    expect(unwritable.code).toBe(2)
    expect(runLogLine.parse(JSON.parse(unwritable.stderr))).toMatchObject({
      plan: 'shop',
      problem: { code: 'metrics-file' },
    })
    const unclear = await apply('--terminate-blockers', '10')
    expect(unclear.code).toBe(2)
    expect(unclear.stderr).toContain('It takes older-than=DURATION')
  })
})
