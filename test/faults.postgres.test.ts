/**
 * Things that happen to a run, at every message of every step of every kind, on the way forth and back: the next run ends
 * where an undisturbed one does, or takes everything back. A seeded sample; `npm run faults` tries all of them.
 */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Plan } from '../src/model/plan.ts'
import {
  endOf,
  strike,
  undisturbed,
  type Action,
  type CaseDatabase,
  type FaultCase,
  type FaultResult,
} from './faults/fault-case.ts'
import { faultPlan, setup } from './faults/fault-plan.ts'
import { answers, startFaultServer, type FaultServer } from './faults/fault-server.ts'
import { faults, type Fault, type FaultName } from './faults/faults.ts'
import { mustConnect } from './support/database.ts'
import { stepsOf } from './support/plan-scenario.ts'

/** `all`, or how many of each fault; empty: what CI takes. */
const asked = process.env['LOCKSTEP_FAULTS'] ?? ''
const only = process.env['LOCKSTEP_FAULT'] ?? ''
const seed = Number(process.env['LOCKSTEP_SEED'] ?? '1')
/** Of each fault, in CI. One that takes the whole server costs a second and more. */
const samples = { database: 4, server: 1, standby: 1 }
const allDay = 3_600_000

/** At once, of those that keep to their own database. */
const runs = asked === '' ? 2 : 3

declare module 'vitest' {
  interface TaskMeta {
    /** What `npm run faults` makes its table of. */
    faults?: readonly FaultResult[]
  }
}

const role = 'deployer'
let server: FaultServer
let plan: Plan
const wanted = new Map<Action, unknown>()
const counts = new Map<Action, ReadonlyMap<string, number>>()

beforeAll(async () => {
  server = await startFaultServer()
  plan = faultPlan(server.major)
  const admin = await mustConnect(server.url())
  await admin.execute(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`)
  await admin.execute(`CREATE DATABASE template OWNER ${role}`)
  await admin.close()
  const owner = await mustConnect(asRole('template'))
  await owner.execute(setup)
  await owner.close()
  await inCopy(async (copy) => {
    counts.set('apply', await undisturbed(copy, 'apply'))
    wanted.set('apply', await endOf(server.url(), copy.name))
    counts.set('rollback', await undisturbed(copy, 'rollback'))
    wanted.set('rollback', await endOf(server.url(), copy.name))
  })
}, allDay)

afterAll(async () => {
  await server.stop()
})

function asRole(name: string, at = server.url()): string {
  const url = new URL(at)
  url.pathname = `/${name}`
  url.username = role
  url.password = role
  return url.href
}

async function inCopy<T>(body: (copy: CaseDatabase) => Promise<T>): Promise<T> {
  const name = `fault_${randomBytes(5).toString('hex')}`
  const admin = await mustConnect(server.url())
  await admin.execute(`CREATE DATABASE ${name} TEMPLATE template OWNER ${role}`)
  await admin.close()
  try {
    return await body({ name, server, plan, url: (at) => asRole(name, at) })
  } finally {
    await answers(server.url())
    const after = await mustConnect(server.url())
    await after.execute(`DROP DATABASE ${name} WITH (FORCE)`)
    await after.close()
  }
}

/** Every place of a run at which a fault can strike, forth and back; what comes after it takes turns. */
function casesOf(fault: FaultName): readonly FaultCase[] {
  const { when }: Fault = faults[fault]
  return (['apply', 'rollback'] as const).flatMap((action) =>
    stepsOf(plan).flatMap(({ id, kind }) =>
      Array.from({ length: counts.get(action)?.get(id) ?? 0 }, (_, at) => at + 1).flatMap((message) =>
        when.map((one, at): FaultCase => {
          const next = action === 'rollback' || (message + at) % 2 === 0 ? 'rollback' : 'apply'
          return { fault, kind, action, next, step: id, message, when: one }
        }),
      ),
    ),
  )
}

function sampleOf(fault: FaultName): readonly FaultCase[] {
  const all = casesOf(fault)
  const count = asked === 'all' ? all.length : asked === '' ? samples[faults[fault].needs] : Number(asked)
  const drawn = (one: FaultCase): string =>
    createHash('sha256')
      .update(`${seed} ${JSON.stringify(one)}`)
      .digest('hex')
  return all.toSorted((one, other) => (drawn(one) < drawn(other) ? -1 : 1)).slice(0, count)
}

/** Whatever became of it: one that fails must not keep the others from being tried. */
async function tried(one: FaultCase): Promise<FaultResult> {
  try {
    return await inCopy(async (copy) => {
      const { struck, end } = await strike(one, copy)
      expect(end).toEqual(wanted.get(one.next))
      return { case: one, struck, error: null }
    })
  } catch (error) {
    return { case: one, struck: true, error: error instanceof Error ? error.message : String(error) }
  }
}

async function allTried(cases: readonly FaultCase[], atOnce: number): Promise<readonly FaultResult[]> {
  const results: FaultResult[] = []
  const left = cases.values()
  const work = async (): Promise<void> => {
    for (const one of left) results.push(await tried(one))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results
}

/** Where no process's files can be limited, no disk is ever full. */
const isLinux = process.platform === 'linux'
const chosen = Object.keys(faults)
  .filter((name): name is FaultName => only === '' || name.startsWith(only))
  .filter((name) => isLinux || name !== 'disk full')

describe.each(chosen)('%s', (fault) => {
  it('leaves no step half done, none done twice, and no debris', { timeout: allDay }, async ({ task }) => {
    const cases = sampleOf(fault)
    expect(cases.length).toBeGreaterThan(0)
    const results = await allTried(cases, faults[fault].needs === 'database' ? runs : 1)
    task.meta.faults = results
    expect(results.filter(({ error }) => error !== null)).toEqual([])
    // A place that the run never comes to proves nothing.
    expect(results.filter(({ struck }) => struck).length).toBeGreaterThan(results.length * 0.8)
  })
})
