/** One run to which one thing happens at one place, and the run after it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyPlan } from '../../src/execute/apply.ts'
import { findDebris } from '../../src/execute/find-debris.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import type { Session } from '../../src/database/session.ts'
import type { Plan, StepKind } from '../../src/model/plan.ts'
import { stepsOf } from '../support/plan-scenario.ts'
import { mustConnect } from '../support/database.ts'
import { stateOf } from '../support/database-state.ts'
import { packageFolder } from '../cli/run-migrate.ts'
import { must, options } from '../execute/run-fixture.ts'
import { faults, type Fault, type FaultName } from './faults.ts'
import { answers, type FaultServer, type Standby } from './fault-server.ts'
import { startHoldingProxy, type HoldingProxy, type Moment } from './holding-proxy.ts'

export type Action = 'apply' | 'rollback'

export interface FaultCase extends Moment {
  readonly fault: FaultName
  readonly kind: StepKind
  readonly action: Action
  /** What the next run does: goes on, or takes back. */
  readonly next: Action
}

export interface FaultResult {
  readonly case: FaultCase
  readonly struck: boolean
  /** Null: the run after it ended as it must. */
  readonly error: string | null
}

/** A database of a case, and where the run finds it. */
export interface CaseDatabase {
  readonly name: string
  readonly server: FaultServer
  /** As the role that runs, without the password: the server trusts its own machine. */
  url(server?: string): string
  plan: Plan
}

const handsOff = { runnerWaitMaxMs: 20_000, orphanPatienceMs: 1_500, lockWaitMaxMs: 20_000 }
const endWithinMs = 90_000

/** Runs without a fault; gives the number of messages of each step. */
export async function undisturbed(
  database: CaseDatabase,
  action: Action,
): Promise<ReadonlyMap<string, number>> {
  const { plan } = database
  const ids = stepsOf(plan).map(({ id }) => id)
  const nobody = { steps: ids, moment: null, onMoment: () => Promise.resolve() }
  const proxy = await startHoldingProxy(database.url(), nobody)
  try {
    const report = must(await run(action, plan, proxy.url))
    if (report.status !== 'done')
      throw new Error(`an undisturbed ${action} ended ${report.status}: ${JSON.stringify(report)}`)
    return proxy.counts()
  } finally {
    await proxy.close()
  }
}

/** What is left of a run: the database, the journal, and who is still connected. */
export async function endOf(server: string, name: string): Promise<unknown> {
  const admin = await mustConnect(withDatabase(server, name))
  try {
    const state = await stateOf(admin)
    const journal = await admin.query(
      `SELECT p.status, (SELECT json_agg(s.step || ' ' || s.state ORDER BY s.step) FROM lockstep.step s
                          WHERE s.plan = p.id AND s.state <> 'undone') AS steps
         FROM lockstep.plan p`,
    )
    const sessions = await admin.query(
      `SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lockstep/%'`,
    )
    const locks = await admin.query(`SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND database =
      (SELECT oid FROM pg_database WHERE datname = current_database())`)
    return { ...state, journal, sessions, locks, debris: await findDebris(admin) }
  } finally {
    await admin.close()
  }
}

export interface Survived {
  /** False: the run had ended before the place was reached, and nothing happened to it. */
  readonly struck: boolean
  readonly end: unknown
}

export async function strike(one: FaultCase, database: CaseDatabase): Promise<Survived> {
  const fault: Fault = faults[one.fault]
  const { server, name, plan } = database
  if (one.action === 'rollback') must(await run('apply', plan, database.url()))
  const standby = fault.needs === 'standby' ? await server.standby() : null
  let at = server.url()
  try {
    const struck = await underFault(one, database, standby)
    if (standby !== null && struck) at = standby.url('postgres')
    await answers(withDatabase(at, name))
    if (struck) await mend(fault, withDatabase(at, name))
    const again = await run(one.next, plan, database.url(at))
    const report = must(again)
    if (report.status !== 'done')
      throw new Error(`the run after it ended ${report.status}: ${JSON.stringify(report)}`)
    return { struck, end: await endOf(at, name) }
  } finally {
    if (standby !== null) {
      await server.start()
      await standby.remove()
    }
  }
}

async function mend(fault: Fault, url: string): Promise<void> {
  if (fault.mend === undefined) return
  const admin = await mustConnect(url)
  try {
    await fault.mend(admin)
  } finally {
    await admin.close()
  }
}

async function underFault(one: FaultCase, database: CaseDatabase, standby: Standby | null): Promise<boolean> {
  const fault: Fault = faults[one.fault]
  const { server, name, plan } = database
  const admin = await mustConnect(withDatabase(server.url(), name))
  const other = await mustConnect(withDatabase(server.url(), name))
  const state: { child: ChildProcess | null; proxy: HoldingProxy | null; striking: Promise<void> } = {
    child: null,
    proxy: null,
    striking: Promise.resolve(),
  }
  const failOver =
    standby === null
      ? null
      : async () => {
          await server.crash()
          await standby.promote()
          state.proxy?.retarget(standby.url(name))
        }
  const proxy = await startHoldingProxy(database.url(), {
    steps: stepsOf(plan).map(({ id }) => id),
    moment: one,
    onMoment: async (held) => {
      state.striking = (async () => {
        await fault.strike({ held, admin, other, server, child: state.child, failOver })
      })()
      // Whatever it was, the message goes on.
      await state.striking.catch(() => undefined)
    },
  })
  state.proxy = proxy
  try {
    if (fault.runner === 'process') {
      await inProcess(one, plan, proxy.url, (child) => {
        state.child = child
      })
    } else {
      // However it ends: what counts is what the next one makes of it. Only a bug throws.
      const what = `the ${one.action} under ${one.fault} at ${one.step}, message ${one.message}, ${one.when},`
      await within(run(one.action, plan, proxy.url), what)
    }
    // The run may have felt it and ended before it is over.
    await state.striking
    return proxy.struck()
  } finally {
    await proxy.close()
    for (const session of [other, admin]) await closed(session)
  }
}

/** A server that has gone down took its sessions along. */
async function closed(session: Session): Promise<void> {
  await session.close().catch(() => undefined)
}

type Run = Awaited<ReturnType<typeof applyPlan>>

function run(action: Action, plan: Plan, url: string): Promise<Run> {
  return action === 'apply'
    ? applyPlan(plan, url, options(handsOff))
    : rollbackPlan(plan, url, { ...options(handsOff), loseData: true })
}

/** The built command, as a person would start it. */
async function inProcess(
  { action, fault }: FaultCase,
  plan: Plan,
  url: string,
  onStart: (child: ChildProcess) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-fault-'))
  try {
    const path = join(folder, 'plan.json')
    writeFileSync(path, JSON.stringify(plan))
    const rest = action === 'apply' ? ['--unproved', '--through-gates'] : ['--lose-data']
    const child = spawn(
      process.execPath,
      [join(packageFolder, 'bin/migrate.js'), action, path, '--database-url', url, ...rest],
      { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    onStart(child)
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    const code = await within(ended, `the process under ${fault}`)
    if (fault === 'killed (SIGKILL)') return
    // An orderly stop has an exit code of ours, and the process did not just vanish.
    if (code === null || code > 2) throw new Error(`migrate ${action} exited ${code}: ${said}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} has not ended within ${endWithinMs} ms`)), endWithinMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
