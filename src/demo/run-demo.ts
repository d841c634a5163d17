/**
 * The demonstration: one OAuth database, upgraded under the same load in several ways, each from the same start. The
 * load and the sampler see only what an application and a DBA would see.
 */
import { connect, DatabaseError, type Session } from '../database/session.ts'
import type { EmbeddedServer } from '../database/embedded-server.ts'
import type { DemoReport, DemoRun, DemoTarget } from '../model/demo.ts'
import type { Migration } from '../model/migration.ts'
import type { Plan } from '../model/plan.ts'
import { contenders, type Contender } from './contenders.ts'
import { demoUpgrades } from './demo-upgrade.ts'
import { atEnd, type Invariant } from './invariants.ts'
import { firstRelease, loadRowsSql } from './load-rows.ts'
import { rollingDeploy } from './rolling-deploy.ts'
import { startLoad } from './start-load.ts'
import { startWaitSampler } from './wait-sampler.ts'

export interface DemoInput {
  readonly server: EmbeddedServer
  /** The built `load-process.ts`, which runs as a process of its own. */
  readonly loadProcess: string
  readonly to: DemoTarget
  /** Up to the last migration of the start, and from there on. */
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
    to: input.to,
    applications: demoUpgrades[input.to].applications,
    tokens: input.tokens,
    transactionsPerSecond: input.transactionsPerSecond,
    runs,
  }
}

/** The schema of the start with its rows, as a template database from which every run is copied. The rows are those of 1.0, and go the way from there. */
async function buildStart({ server, to, base, tokens, say }: DemoInput): Promise<void> {
  await server.createDatabase(template)
  const session = await open(server.url(template), 'demo')
  try {
    say(`building the schema and loading ${tokens} tokens …`)
    for (const { version, text } of base) {
      await session.execute(text)
      if (version !== firstRelease) continue
      for (const statement of loadRowsSql(tokens)) await session.execute(statement)
    }
    for (const statement of demoUpgrades[to].laterRows(tokens)) await session.execute(statement)
    await session.execute('VACUUM ANALYZE')
    await session.execute('CHECKPOINT')
  } finally {
    await session.close()
  }
}

async function runContender(input: DemoInput, contender: Contender): Promise<DemoRun> {
  const database = `demo_${contender.name.replaceAll(/[^a-z]+/g, '_')}`
  const upgrade = demoUpgrades[input.to]
  await input.server.createDatabase(database, template)
  const url = input.server.url(database)
  const session = await open(url, 'demo')
  try {
    const start = await readFacts(session, upgrade.invariants)
    const measured = await measure(input, contender, url, session)
    const isUpgraded = contender.upgrade !== null
    const end = await readFacts(session, isUpgraded ? upgrade.invariants.map(atEnd) : upgrade.invariants)
    const added = isUpgraded ? upgrade.upgradedInvariants(input.tokens) : []
    const answers = await readAnswers(session, added)
    return {
      name: contender.name,
      ...measured,
      rows: start.rows.map(({ table, rows }) => ({
        table,
        before: rows,
        after: end.rows.find((other) => other.table === table)?.rows ?? 0,
      })),
      invariants: [
        ...upgrade.invariants.map(({ name, expect }, index) =>
          judged(name, expect, start.answers[index] ?? '', end.answers[index] ?? ''),
        ),
        ...added.map(({ name, expect }, index) => judged(name, expect, '', answers[index] ?? '')),
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
  const { applications } = demoUpgrades[input.to]
  const load = await startLoad(input.loadProcess, {
    url,
    applicationName,
    application: applications.old,
    connections: input.connections,
    transactionsPerSecond: input.transactionsPerSecond,
    scale: { tokens: input.tokens },
    seed: Math.floor(input.random() * 1_000_000),
  })
  const sampler = startWaitSampler(session, { application: applicationName, upgrade: contender.sessions })
  const started = input.now()
  const deploy =
    applications.new === null
      ? null
      : rollingDeploy(load, { application: applications.new, connections: input.connections }, input.now)
  try {
    await pause(quietMs.before)
    const began = input.now()
    const upgraded = contender.upgrade === null ? null : await contender.upgrade(url, deploy?.run ?? null)
    const upgradeMs = input.now() - began - (deploy?.tookMs() ?? 0)
    await pause(upgraded === null ? quietMs.control : quietMs.after)
    const figures = await load.stop()
    const ended = input.now()
    const waits = await sampler.stop()
    return {
      upgradeMs: upgraded === null ? null : upgradeMs,
      completed: upgraded?.completed ?? true,
      upgradeFailures: [...(upgraded?.failures ?? [])],
      atWork: deploy?.atWork(started, ended) ?? { oldMs: ended - started, bothMs: null, newMs: null },
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
async function readFacts(session: Session, asked: readonly Invariant[]): Promise<Facts> {
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
  const answers = await readAnswers(session, asked)
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
