/** A backfill that gives way to the server: to standbys, to the log, to vacuum, and to what the user measures. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Session } from '../../src/database/session.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import type { PacingLimits } from '../../src/execute/pacing.ts'
import type { RunReport } from '../../src/model/outcome.ts'
import type { Pressure, RunEvent } from '../../src/model/run-event.ts'
import { startFaultServer, type FaultServer } from '../faults/fault-server.ts'
import { mustConnect } from '../support/database.ts'
import { batchesStep, planOf } from './plan-fixture.ts'
import { codeOf, must, options, outcomeOf } from './run-fixture.ts'

/** Its own: whatever else writes to a server counts for it. */
let server: FaultServer
let admin: Session

beforeAll(async () => {
  server = await startFaultServer()
})
afterAll(async () => {
  await server.stop()
})

beforeEach(async () => {
  admin = await mustConnect(server.url())
  await admin.execute(`
    CREATE TABLE things (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0) WITH (autovacuum_enabled = false);
    INSERT INTO things (id) SELECT generate_series(1, 20000);
    CREATE TABLE slow (seconds float8 NOT NULL); INSERT INTO slow VALUES (0)`)
})
afterEach(async () => {
  await admin.execute('DROP TABLE things, slow; DROP SCHEMA lockstep CASCADE')
  await admin.close()
})

function plan() {
  return planOf({
    major: server.major,
    phases: {
      backfill: [
        batchesStep({
          id: 'fill',
          table: 'public.things',
          batchRowsMax: 100,
          // As slow as on a table of some size: a server counts dead rows once a second.
          sql: 'UPDATE things SET n = 1 + (SELECT 0 FROM pg_sleep(0.008)) WHERE (id) >= ($1::bigint) AND (id) <= ($2::bigint)',
        }),
      ],
    },
  })
}

interface Paced {
  readonly report: RunReport
  readonly pressures: readonly Pressure[]
}

/** `relieve` is called when the backfill pauses, each time. */
async function paced(pacing: PacingLimits, relieve: () => Promise<unknown>): Promise<Paced> {
  const pressures: Pressure[] = []
  let relieving: Promise<unknown> = Promise.resolve()
  const observer = (event: RunEvent): void => {
    if (event.kind !== 'paused') return
    pressures.push(event.pressure)
    relieving = relieving.then(relieve)
  }
  const report = must(await applyPlan(plan(), server.url(), options({ pacing, observer })))
  await relieving
  return { report, pressures }
}

function expectWhole({ report }: Paced): void {
  expect(outcomeOf(report, 'fill')).toMatchObject({ status: 'applied', rows: 20_000 })
  expect(report.steps[0]?.waits?.lookingMs).toBeGreaterThan(400)
}

describe('a backfill with limits', () => {
  it('waits for a standby that is behind', async () => {
    const standby = await server.standby()
    const replica = await mustConnect(standby.url('postgres'))
    try {
      await replica.query('SELECT pg_wal_replay_pause()')
      await admin.execute('UPDATE slow SET seconds = 0')
      const run = await paced({ replicaLagMaxMs: 300 }, () => replica.query('SELECT pg_wal_replay_resume()'))
      expectWhole(run)
      expect(run.pressures[0]).toMatchObject({ what: 'replica-lag', limit: 300 })
      expect(run.pressures[0]?.value).toBeGreaterThan(300)
    } finally {
      await replica.close()
      await standby.remove()
    }
  })

  it('writes no more of the log in a second than it may, on average', async () => {
    const run = await paced({ walRateMax: 500_000 }, () => Promise.resolve())
    expectWhole(run)
    expect(run.pressures[0]).toMatchObject({ what: 'wal-rate', limit: 500_000 })
  })

  it('waits until vacuum has taken the dead rows', async () => {
    const run = await paced({ deadRowsMax: 5_000 }, () => admin.execute('VACUUM things'))
    expect(outcomeOf(run.report, 'fill')).toMatchObject({ status: 'applied', rows: 20_000 })
    expect(run.pressures[0]).toMatchObject({ what: 'dead-rows', limit: 5_000 })
  })

  it('waits while the query of the user is slow', async () => {
    await admin.execute('UPDATE slow SET seconds = 0.08')
    const probe = { sql: 'SELECT pg_sleep(seconds) FROM public.slow', maxMs: 40 }
    const run = await paced({ probe }, () => admin.execute('UPDATE slow SET seconds = 0'))
    expectWhole(run)
    expect(run.pressures[0]).toMatchObject({ what: 'probe', limit: 40 })
  })

  it('does not begin with a probe that does not run, or one that writes', async () => {
    const run = async (sql: string) =>
      codeOf(await applyPlan(plan(), server.url(), options({ pacing: { probe: { sql, maxMs: 50 } } })))
    expect(await run('SELECT 1 FROM nowhere')).toBe('probe-fails')
    expect(await run('DELETE FROM public.slow')).toBe('probe-fails')
  })

  it('does not promise to look at standbys that its role cannot see', async () => {
    await admin.execute(
      `CREATE ROLE blind LOGIN PASSWORD 'blind'; GRANT CREATE ON DATABASE postgres TO blind`,
    )
    const url = new URL(server.url())
    url.username = 'blind'
    url.password = 'blind'
    const refused = await applyPlan(plan(), url.href, options({ pacing: { replicaLagMaxMs: 1_000 } }))
    expect(codeOf(refused)).toBe('replica-lag-not-visible')
    await admin.execute(
      'DROP SCHEMA lockstep CASCADE; DROP OWNED BY blind; DROP ROLE blind; CREATE SCHEMA lockstep',
    )
  })
})
