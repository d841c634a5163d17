/**
 * A plan whose lines to the server go dead at a message, for every message that a run sends, once before the server has
 * it and once after it has answered; then a second run over a good line. A seeded sample; with LOCKSTEP_FAULTS=all every
 * one of them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../src/database/fingerprint.ts'
import { readCatalog } from '../../src/database/read-catalog.ts'
import type { Session } from '../../src/database/session.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import type { Plan } from '../../src/model/plan.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { startCuttingProxy, type Cut } from './cutting-proxy.ts'
import {
  addColumn,
  batchesStep,
  captureStep,
  columnCondition,
  ddlStep,
  indexStep,
  patientStep,
  planOf,
  rowsStep,
} from './plan-fixture.ts'
import { majorOf, must, options } from './run-fixture.ts'

const table = 'public.things'
const samples = process.env['LOCKSTEP_FAULTS'] === 'all' ? Infinity : 12
const all = 3_600_000

let template: TestDatabase
let major: number

beforeAll(async () => {
  template = await createTestDatabase()
  major = majorOf(template.session)
  await template.session.execute(`
    CREATE TABLE owners (name text PRIMARY KEY);
    INSERT INTO owners VALUES ('O''Hara');
    CREATE TABLE things (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0);
    INSERT INTO things (id) SELECT generate_series(1, 300)`)
  await template.session.close()
})

afterAll(async () => {
  const admin = await mustConnect(template.url.replace(`/${template.name}`, '/postgres'))
  await admin.execute(`DROP DATABASE "${template.name}" WITH (FORCE)`)
  await admin.close()
})

function plan(): Plan {
  const check = { kind: 'constraint', table, constraint: 'positive', exists: true, definition: null } as const
  const lock = { relation: table, mode: 'AccessExclusive' } as const
  return planOf({
    id: 'fault-plan',
    major,
    invariants: [
      { name: 'ids', sql: 'SELECT count(*), sum(id) FROM things', expect: 'same', origin: 'config' },
    ],
    phases: {
      expand: [
        addColumn('add-twice', table, 'twice', 'bigint'),
        rowsStep({
          id: 'once',
          sql: 'UPDATE things SET n = n + 10 WHERE id <= 5',
          undo: {
            kind: 'sql',
            sql: ['UPDATE things SET n = n - 10 WHERE id <= 5'],
            concurrently: false,
            locks: [],
          },
        }),
        captureStep({ id: 'find-owner', sql: 'SELECT name FROM owners' }),
        ddlStep({
          id: 'add-owner',
          sql: [['ALTER TABLE things ADD COLUMN owner text NOT NULL DEFAULT ', { capture: 'find-owner' }]],
          locks: [lock],
          before: [columnCondition(table, 'owner', false)],
          after: [columnCondition(table, 'owner', true)],
          undo: {
            kind: 'sql',
            sql: ['ALTER TABLE things DROP COLUMN owner'],
            concurrently: false,
            locks: [lock],
          },
        }),
        indexStep({
          id: 'build',
          index: 'public.things_n',
          table,
          sql: 'CREATE INDEX CONCURRENTLY things_n ON public.things (n)',
        }),
        ddlStep({
          id: 'add-check',
          sql: ['ALTER TABLE things ADD CONSTRAINT positive CHECK (n >= 0) NOT VALID'],
          locks: [lock],
          before: [{ ...check, exists: false, validated: null }],
          after: [{ ...check, validated: null }],
          undo: {
            kind: 'sql',
            sql: ['ALTER TABLE things DROP CONSTRAINT positive'],
            concurrently: false,
            locks: [lock],
          },
        }),
      ],
      backfill: [
        batchesStep({
          id: 'fill',
          table,
          batchRowsMax: 110,
          sql: 'UPDATE things SET twice = id * 2, n = n + 1 WHERE (id) >= ($1::bigint) AND (id) <= ($2::bigint)',
          undo: {
            kind: 'sql',
            sql: ['UPDATE things SET n = n - 1 WHERE twice IS NOT NULL', 'UPDATE things SET twice = NULL'],
            concurrently: false,
            locks: [],
          },
        }),
        patientStep({
          id: 'validate',
          sql: 'ALTER TABLE things VALIDATE CONSTRAINT positive',
          before: [{ ...check, validated: false }],
          after: [{ ...check, validated: true }],
        }),
      ],
    },
  })
}

async function endOf(session: Session): Promise<unknown> {
  return {
    schema: fingerprintOf(await readCatalog(session), [table]),
    rows: await session.query(`SELECT md5(string_agg(t::text, ',' ORDER BY id)) AS rows FROM things t`),
  }
}

/** What the plan has found once it works with, whatever is there later; before that it may as well find the new one. */
async function renameOwnerIfCaptured(session: Session): Promise<void> {
  const [journal] = await session.query<{ found: boolean }>(
    `SELECT to_regclass('lockstep.capture') IS NOT NULL AS found`,
  )
  if (journal?.found !== true) return
  await session.execute(`UPDATE owners SET name = 'other' WHERE EXISTS (SELECT FROM lockstep.capture)`)
}

/** The cuts to try: `messages` × two, thinned out evenly, from a place that moves with the seed. */
function cutsOf(messages: number): Cut[] {
  const every = (['unsent', 'unanswered'] as const).flatMap((how) =>
    Array.from({ length: messages }, (_, at): Cut => ({ message: at + 1, how })),
  )
  const stride = Math.max(1, Math.floor(every.length / samples))
  const offset = Number(process.env['LOCKSTEP_SEED'] ?? '1') % stride
  return every.filter((_, at) => at % stride === offset)
}

async function inCopy<T>(body: (copy: TestDatabase) => Promise<T>): Promise<T> {
  const copy = await createTestDatabase(template.name)
  try {
    return await body(copy)
  } finally {
    await copy.drop()
  }
}

type Run = typeof applyPlan

/** Runs over a line that is cut, however that ends; gives the number of messages. */
async function cutRun(run: Run, url: string, cut: Cut | null): Promise<number> {
  const proxy = await startCuttingProxy(url, cut)
  try {
    const ended = await run(plan(), proxy.url, options())
    if (cut === null && must(ended).status !== 'done') throw new Error('an undisturbed run did not end')
    return proxy.count()
  } finally {
    await proxy.close()
  }
}

describe('a line that goes dead', () => {
  it(
    'at any message of an apply: the next one ends as an undisturbed one does',
    { timeout: all },
    async () => {
      const { messages, wanted } = await inCopy(async (copy) => {
        const messages = await cutRun(applyPlan, copy.url, null)
        return { messages, wanted: await endOf(copy.session) }
      })
      expect(messages).toBeGreaterThan(50)
      for (const cut of cutsOf(messages)) {
        await inCopy(async (copy) => {
          await cutRun(applyPlan, copy.url, cut)
          await renameOwnerIfCaptured(copy.session)
          expect({ cut, status: must(await applyPlan(plan(), copy.url, options())).status }).toEqual({
            cut,
            status: 'done',
          })
          expect({ cut, end: await endOf(copy.session) }).toEqual({ cut, end: wanted })
        })
      }
    },
  )

  it(
    'at any message of a rollback: the next one takes back what is left, and nothing twice',
    { timeout: all },
    async () => {
      const rollback: Run = (given, url, run) => rollbackPlan(given, url, { ...run, loseData: true })
      const { messages, wanted } = await inCopy(async (copy) => {
        const wanted = await endOf(copy.session)
        must(await applyPlan(plan(), copy.url, options()))
        const messages = await cutRun(rollback, copy.url, null)
        expect(await endOf(copy.session)).toEqual(wanted)
        return { messages, wanted }
      })
      for (const cut of cutsOf(messages)) {
        await inCopy(async (copy) => {
          must(await applyPlan(plan(), copy.url, options()))
          await cutRun(rollback, copy.url, cut)
          expect({ cut, status: must(await rollback(plan(), copy.url, options())).status }).toEqual({
            cut,
            status: 'done',
          })
          expect({ cut, end: await endOf(copy.session) }).toEqual({ cut, end: wanted })
        })
      }
    },
  )
})
