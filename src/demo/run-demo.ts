/**
 * The demonstration: one OAuth database, upgraded under the same load in several ways, each from the same start. The
 * load and the sampler see only what an application and a DBA would see.
 */
import { connect, DatabaseError, type Session } from '../database/session.ts'
import type { EmbeddedServer } from '../database/embedded-server.ts'
import { applyPlan } from '../execute/apply.ts'
import type { DemoReport, DemoRun } from '../model/demo.ts'
import type { Migration } from '../model/migration.ts'
import type { Plan } from '../model/plan.ts'
import { invariants, upgradedInvariants, type Invariant } from './invariants.ts'
import { loadRowsSql } from './load-rows.ts'
import { startLoad } from './start-load.ts'
import { stockUpgrade, type StockPolicy } from './stock-upgrade.ts'
import { startWaitSampler } from './wait-sampler.ts'

export interface DemoInput {
  readonly server: EmbeddedServer
  /** The built `load-process.ts`, which runs as a process of its own. */
  readonly loadProcess: string
  /** Up to the last 1.0 migration, and from there to the last 1.x. */
  readonly base: readonly Migration[]
  readonly pending: readonly Migration[]
  readonly plan: Plan
  readonly tokens: number
  readonly transactionsPerSecond: number
  readonly connections: number
  readonly random: () => number
  readonly now: () => number
  /** Progress, for stderr. */
  readonly say: (line: string) => void
}

/** What a way of upgrading gives back. */
interface Upgraded {
  readonly completed: boolean
  readonly failures: readonly string[]
}

interface Contender {
  readonly name: string
  /** Prefix of the application_name of its sessions, by which waits are told to be its fault. */
  readonly sessions: string
  /** Null: the idle control, a load without an upgrade. */
  readonly upgrade: ((url: string) => Promise<Upgraded>) | null
}

const applicationName = 'oauth-server'
const template = 'demo_start'
/** The load alone before the upgrade begins, and after it ends; and all of the idle control. */
const quietMs = { before: 2000, after: 2000, control: 8000 }

export async function runDemo(input: DemoInput): Promise<DemoReport> {
  await buildStart(input)
  const runs: DemoRun[] = []
  for (const contender of contenders(input)) {
    input.say(`${contender.name} …`)
    runs.push(await runContender(input, contender))
  }
  return {
    formatVersion: 1,
    serverVersion: String(input.server.major),
    tokens: input.tokens,
    transactionsPerSecond: input.transactionsPerSecond,
    runs,
  }
}

function contenders({ pending, plan, random, now }: DemoInput): readonly Contender[] {
  const stock = (name: string, policy: StockPolicy): Contender => ({
    name,
    sessions: 'stock-upgrade',
    upgrade: (url) => stockUpgrade(url, 'stock-upgrade', pending, policy),
  })
  return [
    { name: 'idle control', sessions: 'nobody', upgrade: null },
    stock('stock', { lockTimeoutMs: null, pauseMs: 1000, attemptsMax: 2 }),
    stock('stock, lock_timeout 500 ms and retry', { lockTimeoutMs: 500, pauseMs: 1000, attemptsMax: 3 }),
    {
      name: 'lockstep plan',
      sessions: 'lockstep/',
      upgrade: async (url) => {
        const applied = await applyPlan(plan, url, {
          through: 'all-gates',
          observer: () => undefined,
          random,
          now,
        })
        if (!applied.ok) return { completed: false, failures: applied.problems.map(({ message }) => message) }
        const failures = applied.value.steps.flatMap(({ title, outcome }) =>
          outcome.status === 'failed' ? [`${title}: ${outcome.message}`] : [],
        )
        return { completed: applied.value.status === 'done', failures }
      },
    },
  ]
}

/** The schema of 1.0 with its rows, as a template database from which every run is copied. */
async function buildStart(input: DemoInput): Promise<void> {
  await input.server.createDatabase(template)
  const session = await open(input.server.url(template), 'demo')
  try {
    input.say(`building the 1.0 schema and loading ${input.tokens} tokens …`)
    for (const { text } of input.base) await session.execute(text)
    for (const statement of loadRowsSql(input.tokens)) await session.execute(statement)
    await session.execute('VACUUM ANALYZE')
    await session.execute('CHECKPOINT')
  } finally {
    await session.close()
  }
}

async function runContender(input: DemoInput, contender: Contender): Promise<DemoRun> {
  const database = `demo_${contender.name.replaceAll(/[^a-z]+/g, '_')}`
  await input.server.createDatabase(database, template)
  const url = input.server.url(database)
  const session = await open(url, 'demo')
  try {
    const start = await readFacts(session)
    const measured = await measure(input, contender, url, session)
    const end = await readFacts(session)
    const upgraded = contender.upgrade === null ? [] : await readAnswers(session, upgradedInvariants)
    return {
      name: contender.name,
      ...measured,
      rows: start.rows.map(({ table, rows }) => ({
        table,
        before: rows,
        after: end.rows.find((other) => other.table === table)?.rows ?? 0,
      })),
      invariants: [
        ...invariants.map(({ name, expect }, index) =>
          judged(name, expect, start.answers[index] ?? '', end.answers[index] ?? ''),
        ),
        ...upgraded.map((answer, index) => judged(upgradedInvariants[index]?.name ?? '', 'zero', '', answer)),
      ],
    }
  } finally {
    await session.close()
    await input.server.dropDatabase(database)
  }
}

type Measured = Omit<DemoRun, 'name' | 'rows' | 'invariants'>

async function measure(
  input: DemoInput,
  contender: Contender,
  url: string,
  session: Session,
): Promise<Measured> {
  const load = await startLoad(input.loadProcess, {
    url,
    applicationName,
    application: '1.0',
    connections: input.connections,
    transactionsPerSecond: input.transactionsPerSecond,
    scale: { tokens: input.tokens },
    seed: Math.floor(input.random() * 1_000_000),
  })
  const sampler = startWaitSampler(session, { application: applicationName, upgrade: contender.sessions })
  try {
    await pause(quietMs.before)
    const began = input.now()
    const upgraded = contender.upgrade === null ? null : await contender.upgrade(url)
    const upgradeMs = upgraded === null ? null : input.now() - began
    await pause(upgraded === null ? quietMs.control : quietMs.after)
    const figures = await load.stop()
    const waits = await sampler.stop()
    return {
      upgradeMs,
      completed: upgraded?.completed ?? true,
      upgradeFailures: [...(upgraded?.failures ?? [])],
      load: figures,
      longestWaitOfUpgrade: waits.ofUpgrade,
      longestWaitOfOthers: waits.ofOthers,
    }
  } catch (error) {
    load.kill()
    await sampler.stop()
    throw error
  }
}

interface Facts {
  readonly rows: readonly { readonly table: string; readonly rows: number }[]
  readonly answers: readonly string[]
}

/** Row counts of every table and the answers of the invariants, of one instant. */
async function readFacts(session: Session): Promise<Facts> {
  await session.execute('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const tables = await session.query<{ table: string }>(
    `SELECT quote_ident(tablename) AS table FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename COLLATE "C"`,
  )
  const rows: { table: string; rows: number }[] = []
  for (const { table } of tables) {
    const [counted] = await session.query<{ rows: number }>(
      `SELECT count(*)::float8 AS rows FROM public.${table}`,
    )
    rows.push({ table, rows: counted?.rows ?? 0 })
  }
  const answers = await readAnswers(session, invariants)
  await session.execute('COMMIT')
  return { rows, answers }
}

/** A query that fails (an upgrade that gave up has not made its columns) is an answer too: a broken invariant. */
async function readAnswers(session: Session, asked: readonly Invariant[]): Promise<readonly string[]> {
  const answers: string[] = []
  for (const { sql } of asked) {
    try {
      const [answer] = await session.query<{ value: string }>(sql)
      answers.push(answer?.value ?? 'no answer')
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.connectionLost) throw error
      answers.push(error.message)
    }
  }
  return answers
}

function judged(
  name: string,
  expect: 'same' | 'zero',
  before: string,
  after: string,
): DemoRun['invariants'][number] {
  const held = expect === 'zero' ? after === '0' : after === before
  const detail = expect === 'zero' ? `${after} rows` : `${before} before, ${after} after`
  return { name, held, detail: held ? null : detail }
}

async function open(url: string, name: string): Promise<Session> {
  const connected = await connect(url, { applicationName: name })
  if (connected.ok) return connected.value
  throw new Error(connected.problems.map(({ message }) => message).join('; '))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
