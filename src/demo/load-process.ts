/**
 * The application of the demo, in a process of its own: an upgrade that keeps its own process busy must not slow the
 * load down, nor hide a stall. Started with one JSON argument (`LoadOptions`); says `started` when all connections
 * stand; deploys another application to some or all of them when it is told (`LoadCommand`), and says when it has; runs
 * until told `stop`; answers with its figures.
 *
 * Transactions are due at a fixed rate, whether or not earlier ones have ended, and a latency counts from when the
 * transaction was due. Else a stall of two seconds would be seen by as many transactions as there are connections.
 */
import { connect, DatabaseError, type Session } from '../database/session.ts'
import {
  loadCommand,
  loadOptions,
  type ApplicationName,
  type LoadFigures,
  type LoadOptions,
} from '../model/demo.ts'
import { startApplication } from './applications.ts'
import { loadRecorder, type LoadRecorder } from './load-recorder.ts'
import { createRandom, type Random } from './random.ts'
import { pickScript, type WorkloadScale, type WorkloadScript } from './workload.ts'

export type LoadMessage =
  | { readonly kind: 'started' }
  | { readonly kind: 'deployed' }
  | { readonly kind: 'figures'; readonly figures: LoadFigures }

/** Times at which transactions are due, handed out one by one to whichever connection is free. */
interface Schedule {
  next(): number
  stopped: boolean
}

/** One connection and the application behind it. */
interface Worker {
  readonly random: Random
  /** Replaced by a deploy. */
  serving: { readonly application: ApplicationName; readonly session: Session; readonly scripts: Scripts }
  /** Which application it shall serve from its next transaction on. */
  wanted: ApplicationName
}

type Scripts = readonly WorkloadScript[]

async function main(options: LoadOptions): Promise<void> {
  const workers = await Promise.all(
    Array.from({ length: options.connections }, async (_, number) => ({
      random: createRandom(options.seed, number),
      serving: await serve(options, options.application),
      wanted: options.application,
    })),
  )
  const recorder = loadRecorder()
  const schedule = scheduleFrom(performance.now(), options.transactionsPerSecond)
  process.on('message', (message) => obey(message, workers, schedule))
  // The parent is gone: nobody will ever say stop.
  process.once('disconnect', () => process.exit(1))
  send({ kind: 'started' })
  await Promise.all(workers.map((worker) => work(worker, workers, { options, schedule, recorder })))
  await Promise.all(workers.map(({ serving }) => serving.session.close()))
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

function obey(message: unknown, workers: readonly Worker[], schedule: Schedule): void {
  const command = loadCommand.parse(message)
  switch (command.kind) {
    case 'deploy':
      for (const worker of workers.slice(0, command.connections)) worker.wanted = command.application
      sayIfDeployed(workers)
      return
    case 'stop':
      schedule.stopped = true
  }
}

function sayIfDeployed(workers: readonly Worker[]): void {
  if (workers.every(({ serving, wanted }) => serving.application === wanted)) send({ kind: 'deployed' })
}

interface Run {
  readonly options: LoadOptions
  readonly schedule: Schedule
  readonly recorder: LoadRecorder
}

async function work(worker: Worker, all: readonly Worker[], run: Run): Promise<void> {
  const { schedule, recorder, options } = run
  while (!schedule.stopped) {
    if (worker.serving.application !== worker.wanted) {
      await worker.serving.session.close()
      worker.serving = await serve(options, worker.wanted)
      sayIfDeployed(all)
    }
    const due = schedule.next()
    const early = due - performance.now()
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
    const { application, session, scripts } = worker.serving
    const script = pickScript(scripts, worker.random)
    const failure = await runScript(session, script, worker.random, options.scale)
    recorder.record({ application, script: script.name, ms: performance.now() - due, failure })
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

/** A process that starts: it connects, and asks what it has to know. */
async function serve(options: LoadOptions, application: ApplicationName): Promise<Worker['serving']> {
  const connected = await connect(options.url, { applicationName: options.applicationName })
  if (!connected.ok) throw new Error(connected.problems.map(({ message }) => message).join('; '))
  const session = connected.value
  return { application, session, scripts: await startApplication(application, session) }
}

function send(message: LoadMessage): void {
  process.send?.(message)
}

await main(loadOptions.parse(JSON.parse(process.argv[2] ?? '')))
