/** The OAuth load of the demonstration at work on a folder's own schema, while one plan is applied through its gates. */
import { startEmbeddedServer, type EmbeddedServer } from '../database/embedded-server.ts'
import { connect, DatabaseError, type Session } from '../database/session.ts'
import { loadRowsSql } from '../demo/load-rows.ts'
import { startLoad } from '../demo/start-load.ts'
import { startWaitSampler } from '../demo/wait-sampler.ts'
import { applyPlan } from '../execute/apply.ts'
import type { CorpusLoad } from '../model/corpus.ts'
import type { Plan } from '../model/plan.ts'
import { runSources } from '../verify/run-sources.ts'
import { sourceSqlOf, type CorpusFile } from './corpus-file.ts'
import { thrown } from './cut-runs.ts'
import { failureOf } from './target.ts'

export interface LoadChoice {
  /** The built `demo/load-process.ts`. */
  readonly loadProcess: string
  readonly tokens: number
  readonly transactionsPerSecond: number
  readonly connections: number
}

interface LoadOptions {
  readonly choice: LoadChoice
  readonly random: () => number
  readonly now: () => number
}

const applicationName = 'oauth-server'
const database = 'corpus_load'
/** The load alone before and after. */
const quietMs = 2000

export async function loadBesidePlan(
  plan: Plan,
  base: readonly CorpusFile[],
  options: LoadOptions,
): Promise<CorpusLoad> {
  const server = await startEmbeddedServer({
    major: plan.server.major,
    durable: true,
    settings: { shared_buffers: '512MB', max_wal_size: '4GB' },
  })
  if (!server.ok) throw new Error(server.problems.map(({ message }) => message).join('; '))
  try {
    const failure = await buildStart(server.value, base, options.choice.tokens)
    if (failure !== null) return neverBegan(options.choice, failure)
    return await measure(plan, server.value.url(database), options)
  } finally {
    await server.value.stop()
  }
}

/** What kept the rows of an OAuth server out: most folders are not one's. */
async function buildStart(
  server: EmbeddedServer,
  base: readonly CorpusFile[],
  tokens: number,
): Promise<string | null> {
  await server.createDatabase(database)
  return inSession(server.url(database), async (session) => {
    const failure = await runSources(session, base.map(sourceSqlOf))
    if (failure !== null) return failure.message
    try {
      for (const statement of loadRowsSql(tokens)) await session.execute(statement)
      await session.execute('VACUUM ANALYZE')
      await session.execute('CHECKPOINT')
      return null
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.connectionLost) throw error
      return `the rows of an OAuth server do not fit: ${error.message}`
    }
  })
}

async function measure(plan: Plan, url: string, { choice, random, now }: LoadOptions): Promise<CorpusLoad> {
  return inSession(url, async (session) => {
    const load = await startLoad(choice.loadProcess, {
      url,
      applicationName,
      application: '1.0',
      connections: choice.connections,
      transactionsPerSecond: choice.transactionsPerSecond,
      scale: { tokens: choice.tokens },
      seed: Math.floor(random() * 1_000_000),
    })
    const sampler = startWaitSampler(session, { application: applicationName, upgrade: 'lockstep/' })
    try {
      await pause(quietMs)
      const began = now()
      const ended = await applyPlan(plan, url, {
        through: 'all-gates',
        observer: () => undefined,
        random,
        now,
      })
      const applyMs = now() - began
      await pause(quietMs)
      const figures = await load.stop()
      const { ofUpgrade, ofOthers } = await sampler.stop()
      return {
        tokens: choice.tokens,
        applyMs,
        figures,
        longestWaitOfPlan: ofUpgrade,
        longestWaitOfOthers: ofOthers,
        stopped: failureOf(ended),
      }
    } catch (error) {
      load.kill()
      await sampler.stop()
      return neverBegan(choice, thrown(error))
    }
  })
}

function neverBegan({ tokens }: LoadChoice, stopped: string): CorpusLoad {
  return {
    tokens,
    applyMs: 0,
    figures: {
      transactions: 0,
      failed: 0,
      failures: {},
      byApplication: [],
      slowerThan100Ms: 0,
      latencyMs: { p50: 0, p99: 0, max: 0 },
      byScript: {},
    },
    longestWaitOfPlan: null,
    longestWaitOfOthers: null,
    stopped,
  }
}

async function inSession<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
  const connected = await connect(url, { applicationName: 'lockstep corpus' })
  if (!connected.ok) throw new Error(connected.problems.map(({ message }) => message).join('; '))
  try {
    return await work(connected.value)
  } finally {
    await connected.value.close()
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
