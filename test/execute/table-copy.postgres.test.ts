/**
 * A table that is copied behind applications which delete, bring back, change and move its rows as fast as they can, in every
 * isolation level: nothing that they did may be undone by a batch, and the way back must lose nothing either.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DatabaseError, type Session } from '../../src/database/session.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import type { Plan } from '../../src/model/plan.ts'
import { loadParser } from '../../src/sql/parser.ts'
import { randomFrom } from '../../src/verify/random.ts'
import { planOnServer, stepsOf } from '../support/plan-scenario.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { createOwner, type TestRole } from '../support/role.ts'
import { must, options } from './run-fixture.ts'

let database: TestDatabase
let owner: TestRole
/** Belongs to no one who may see the copy. */
let application: TestRole

beforeAll(loadParser)

beforeEach(async () => {
  database = await createTestDatabase()
  application = await createOwner(database)
  owner = await createOwner(database)
  const session = await mustConnect(owner.url, 'the owner')
  await session.execute(`
    CREATE TABLE jobs (id integer PRIMARY KEY, code text NOT NULL UNIQUE, parent integer REFERENCES jobs ON UPDATE CASCADE ON DELETE SET NULL, n integer NOT NULL);
    INSERT INTO jobs SELECT n, 'c' || n, NULL, 0 FROM generate_series(1, 2000) AS n;
    UPDATE jobs SET parent = id / 2 WHERE id > 1 AND id % 5 = 0;
    GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO "${application.name}"`)
  await session.close()
})

afterEach(() => database.drop())

const isolations = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const

/** What is certain of a row: its number of changes, or that it is gone. */
type Known = Map<number, number | 'gone'>

interface Crowd {
  readonly known: Known
  readonly stop: () => Promise<number>
}

/** Each works on ids of its own, so that it knows what must be there; all of them together are everywhere in the table. */
async function startCrowd(url: string, size: number, seed: number): Promise<Crowd> {
  const known: Known = new Map(Array.from({ length: 2000 }, (_, at) => [at + 1, 0]))
  const state = { stopping: false, done: 0 }
  const sessions = await Promise.all(
    Array.from({ length: size }, (_, at) => mustConnect(url, `application ${at}`)),
  )
  const work = sessions.map(async (session, at) => {
    const random = randomFrom(seed + at)
    const isolation = isolations[at % isolations.length] ?? 'READ COMMITTED'
    let fresh = 10_000 * (at + 1)
    while (!state.stopping) {
      const mine = [...known.keys()].filter((id) => id % size === at && known.get(id) !== 'gone')
      const id = mine[Math.floor(random.next() * mine.length)]
      if (id === undefined) break
      const moved = fresh + ((at - (fresh % size) + size) % size)
      const [sql, after] = oneThing(random.next(), id, moved)
      if (await isDone(session, isolation, sql)) {
        for (const [key, value] of after(known)) known.set(key, value)
        fresh = moved + size
        state.done += 1
      }
    }
    await session.close()
  })
  return {
    known,
    stop: async () => {
      state.stopping = true
      await Promise.all(work)
      return state.done
    },
  }
}

function oneThing(
  choice: number,
  id: number,
  fresh: number,
): readonly [sql: string, after: (known: Known) => readonly (readonly [number, number | 'gone'])[]] {
  const now = (known: Known): number => {
    const n = known.get(id)
    return typeof n === 'number' ? n : 0
  }
  if (choice < 0.3) return [`DELETE FROM jobs WHERE id = ${id}`, () => [[id, 'gone']]]
  if (choice < 0.5) return [`UPDATE jobs SET n = n + 1 WHERE id = ${id}`, (known) => [[id, now(known) + 1]]]
  if (choice < 0.65) {
    return [
      `UPDATE jobs SET id = ${fresh}, n = n + 1 WHERE id = ${id}`,
      (known) => [
        [fresh, now(known) + 1],
        [id, 'gone'],
      ],
    ]
  }
  if (choice < 0.8) {
    return [
      `DELETE FROM jobs WHERE id = ${id}; INSERT INTO jobs VALUES (${id}, 'again ${id} ${fresh}', NULL, 7)`,
      () => [[id, 7]],
    ]
  }
  return [`INSERT INTO jobs VALUES (${fresh}, 'new ${fresh}', NULL, 0)`, () => [[fresh, 0]]]
}

/** False: it was refused as such a transaction may be, and is as if it had not been. */
async function isDone(session: Session, isolation: string, sql: string): Promise<boolean> {
  try {
    // A look before, so that what sees one state only has one that is older than what it writes.
    await session.execute(
      `BEGIN ISOLATION LEVEL ${isolation}; SELECT count(*) FROM jobs; SELECT pg_sleep(0.003); ${sql}; COMMIT`,
    )
    return true
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    await session.execute('ROLLBACK')
    if (error.sqlstate === '40001' || error.sqlstate === '40P01') return false
    throw error
  }
}

async function differencesIn(known: Known): Promise<readonly string[]> {
  const rows = await database.session.query<{ id: number; n: number }>('SELECT id, n FROM jobs')
  const found = new Map(rows.map(({ id, n }) => [id, n]))
  const wrong = [...known].flatMap(([id, n]) => {
    const is = found.get(id) ?? 'gone'
    return is === n ? [] : [`row ${id} is ${is}, and was left as ${n}`]
  })
  return [
    ...wrong,
    ...[...found.keys()].filter((id) => !known.has(id)).map((id) => `row ${id} came from nowhere`),
  ]
}

function inSmallBatches(plan: Plan): Plan {
  return {
    ...plan,
    stages: plan.stages.map((stage) => ({
      ...stage,
      phases: stage.phases.map((phase) => ({
        ...phase,
        steps: phase.steps.map((step) => (step.kind === 'in-batches' ? { ...step, batchRowsMax: 60 } : step)),
      })),
    })),
  }
}

describe('a table that is copied', { timeout: 300_000 }, () => {
  it.each([1, 2])('holds what the applications have left in it, there and back (seed %d)', async (seed) => {
    const crowd = await startCrowd(application.url, 6, seed)
    const plan = inSmallBatches(must(await planOnServer(database.session, 'ALTER TABLE jobs SET UNLOGGED;')))
    const slow = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 4))
    }
    const run = { beforeCommit: slow }
    const there = must(await applyPlan(plan, owner.url, options({ ...run, through: 'first-gate' })))
    expect(there.steps.filter(({ outcome }) => outcome.status === 'failed')).toEqual([])
    expect(there.status).toBe('at-gate')
    const back = must(await rollbackPlan(plan, owner.url, options()))
    expect(back.status).toBe('done')
    const again = must(await applyPlan(plan, owner.url, options(run)))
    expect(again.status).toBe('done')
    const done = await crowd.stop()
    expect(await differencesIn(crowd.known)).toEqual([])
    expect(done).toBeGreaterThan(stepsOf(plan).length)
    const [persistence] = await database.session.query(
      `SELECT relpersistence FROM pg_class WHERE relname = 'jobs'`,
    )
    expect(persistence).toEqual({ relpersistence: 'u' })
  })
})
