/**
 * The application of the demo, in a process of its own: an upgrade that keeps its own process busy must not slow the
 * load down, nor hide a stall. Started with one JSON argument (`LoadOptions`); says `started` when all connections
 * stand; runs until told `stop`; answers with its figures.
 *
 * Transactions are due at a fixed rate, whether or not earlier ones have ended, and a latency counts from when the
 * transaction was due. Else a stall of two seconds would be seen by as many transactions as there are connections.
 */
import { connect, DatabaseError, type Session } from '../database/session.ts'
import { loadOptions, type LoadFigures, type LoadOptions } from '../model/demo.ts'
import { loadRecorder, type LoadRecorder } from './load-recorder.ts'
import { pickScript, type WorkloadScale, type WorkloadScript } from './oauth-workload.ts'
import { createRandom, type Random } from './random.ts'

export type LoadMessage =
  | { readonly kind: 'started' }
  | { readonly kind: 'figures'; readonly figures: LoadFigures }

/** Times at which transactions are due, handed out one by one to whichever connection is free. */
interface Schedule {
  next(): number
  stopped: boolean
}

async function main(options: LoadOptions): Promise<void> {
  const sessions = await Promise.all(
    Array.from({ length: options.connections }, () => open(options.url, options.applicationName)),
  )
  const recorder = loadRecorder()
  const schedule = scheduleFrom(performance.now(), options.transactionsPerSecond)
  process.once('message', () => {
    schedule.stopped = true
  })
  // The parent is gone: nobody will ever say stop.
  process.once('disconnect', () => process.exit(1))
  send({ kind: 'started' })
  await Promise.all(
    sessions.map((session, worker) =>
      work(session, createRandom(options.seed, worker), options.scale, schedule, recorder),
    ),
  )
  await Promise.all(sessions.map((session) => session.close()))
  send({ kind: 'figures', figures: recorder.figures() })
  process.disconnect()
}

function scheduleFrom(start: number, perSecond: number): Schedule {
  let given = 0
  return {
    stopped: false,
    next() {
      given += 1
      return start + (given * 1000) / perSecond
    },
  }
}

async function work(
  session: Session,
  random: Random,
  scale: WorkloadScale,
  schedule: Schedule,
  recorder: LoadRecorder,
): Promise<void> {
  while (!schedule.stopped) {
    const due = schedule.next()
    const early = due - performance.now()
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
    const script = pickScript(random)
    const failure = await runScript(session, script, random, scale)
    recorder.record(script.name, performance.now() - due, failure)
  }
}

/** The SQLSTATE or message it failed with; null when it committed. Deadlock victims are failures: a user saw an error. */
async function runScript(
  session: Session,
  script: WorkloadScript,
  random: Random,
  scale: WorkloadScale,
): Promise<string | null> {
  try {
    if (script.transaction) await session.execute('BEGIN')
    for (const { text, values } of script.statements(random, scale)) await session.query(text, values)
    if (script.transaction) await session.execute('COMMIT')
    return null
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    if (error.connectionLost) throw error
    if (script.transaction) await session.execute('ROLLBACK')
    return error.sqlstate ?? error.message
  }
}

async function open(url: string, applicationName: string): Promise<Session> {
  const session = await connect(url, { applicationName })
  if (session.ok) return session.value
  throw new Error(session.problems.map(({ message }) => message).join('; '))
}

function send(message: LoadMessage): void {
  process.send?.(message)
}

await main(loadOptions.parse(JSON.parse(process.argv[2] ?? '')))
