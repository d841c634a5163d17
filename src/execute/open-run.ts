/** What applying and rolling back begin and end with: two connections, the runner's lock, the journal. */
import { arePinned } from '../database/pinned.ts'
import { connect, DatabaseError, type Session } from '../database/session.ts'
import type { Plan, Step } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import type { RunObserver } from '../model/run-event.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import { sqlstate } from '../postgres/sqlstate.ts'
import type { RunContext } from './context.ts'
import { ensureJournal } from './journal.ts'
import { openPacer, type PacingLimits } from './pacing.ts'
import { takeRunnerLock } from './runner-lock.ts'
import { sessionName } from './session-name.ts'
import { openTerminator } from './terminate-blockers.ts'
import { openAccount } from './wait-account.ts'

export interface RunOptions {
  readonly observer: RunObserver
  /** In [0, 1): the jitter of retries. */
  readonly random: () => number
  /** Milliseconds, never going back. */
  readonly now: () => number
  /** Aborting it stops the run between two steps or batches; a concurrent build is cancelled and cleaned away. */
  readonly signal?: AbortSignal
  /** Longest wait of an application's statement for us; default: the plan's. */
  readonly stallBudgetMs?: number
  /** Longest wait of a step for its lock; default 30 min. */
  readonly lockWaitMaxMs?: number
  /** End sessions in our way whose transactions are older than this; default: never. */
  readonly terminateBlockersOlderThanMs?: number
  /** What a backfill must not do to the server; default: nothing is looked at. */
  readonly pacing?: PacingLimits
  /** How long to wait for another runner to end; default 60 s. */
  readonly runnerWaitMaxMs?: number
  /** How long a build that a killed runner left may stand still before it is ended; default 60 s. */
  readonly orphanPatienceMs?: number
  /**
   * For those who watch a run, such as the proof: on the step's connection, in its transaction, with all its locks held.
   * Steps that run outside of a transaction pass it by.
   */
  readonly beforeCommit?: (step: Step, session: Session) => Promise<void>
}

const lockWaitMaxMs = 30 * 60_000
const runnerWaitMaxMs = 60_000
const orphanPatienceMs = 60_000

/** `body` gets a context with the lock held. Problems of the server become values. */
export async function withRun<T>(
  plan: Plan,
  url: string,
  options: RunOptions,
  body: (context: RunContext) => Promise<Result<T>>,
): Promise<Result<T>> {
  const run = { name: plan.id, refusal: (control: Session) => majorMismatch(plan, control) }
  return withRunner(run, url, options, (opened) => body(contextOf(plan, opened, options)))
}

/** What a runner has before it knows of a plan. */
export type Opened = Pick<RunContext, 'control' | 'work' | 'owner' | 'terminator' | 'pacer'>

/** `refusal` is asked before anything is written, the journal included. */
export async function withRunner<T>(
  run: { readonly name: string; readonly refusal: (control: Session) => Result<never> | null },
  url: string,
  options: RunOptions,
  body: (opened: Opened) => Promise<Result<T>>,
): Promise<Result<T>> {
  const sessions: Session[] = []
  try {
    const control = await connect(url, { applicationName: sessionName(run.name, 'control') })
    if (!control.ok) return control
    sessions.push(control.value)
    const refused = run.refusal(control.value)
    if (refused !== null) return refused
    const work = await connect(url, { applicationName: sessionName(run.name, 'waiting') })
    if (!work.ok) return work
    sessions.push(work.value)
    if (!(await arePinned(control.value, work.value))) return pooled()
    const opened = await takeOver(run.name, { control: control.value, work: work.value }, options)
    return opened.ok ? await body(opened.value) : opened
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    return fail(
      error.connectionLost ? 'connection-lost' : 'database-error',
      `The database answered: ${error.message}`,
      error.hint ?? hintFor(error),
    )
  } finally {
    // The control session last: with it goes the lock.
    for (const session of sessions.reverse()) await session.close()
  }
}

/** The runner's lock, and then the journal. */
async function takeOver(
  name: string,
  { control, work }: Pick<RunContext, 'control' | 'work'>,
  options: RunOptions,
): Promise<Result<Opened>> {
  const owner = await takeRunnerLock(control, {
    waitMaxMs: options.runnerWaitMaxMs ?? runnerWaitMaxMs,
    observer: options.observer,
    now: options.now,
    signal: options.signal ?? null,
  })
  if (!owner.ok) return owner
  await work.execute(`SET application_name = ${quoteLiteral(sessionName(name))}`)
  const olderThanMs = options.terminateBlockersOlderThanMs
  const terminator = olderThanMs === undefined ? succeed(null) : await openTerminator(control, olderThanMs)
  if (!terminator.ok) return terminator
  const journal = await ensureJournal(control)
  if (!journal.ok) return journal
  // So that PostgreSQL prints every name with its schema; all that is asked here names its schema too.
  await control.execute(`SET search_path = ''`)
  const pacer = await openPacer(control, options.pacing ?? {})
  if (!pacer.ok) return pacer
  return succeed({ control, work, owner: owner.value, terminator: terminator.value, pacer: pacer.value })
}

function pooled(): Result<never> {
  return fail(
    'pooled-connection',
    'The connection goes through a pooler that gives each transaction another server process.',
    'Connect to the server itself, or to a pool in session mode: locks and settings live on the connection.',
  )
}

function majorMismatch(plan: Plan, session: Session): Result<never> | null {
  const major = Math.floor(session.serverVersionNum / 10_000)
  if (major === plan.server.major) return null
  return fail(
    'server-major-mismatch',
    `Plan ${plan.id} is for PostgreSQL ${plan.server.major}; this server is ${major}.`,
    'Make the plan again for this server: locks and statements differ between majors.',
  )
}

/** What to do about an error of the server outside of any step: it is about the journal, as a rule. */
export function hintFor(error: DatabaseError): string {
  if (error.sqlstate !== sqlstate.insufficientPrivilege) {
    return 'Look at migrate status, then run the same command again.'
  }
  return 'Schema lockstep belongs to the role that first applied a plan here: run as that role, or let it GRANT USAGE on the schema, and SELECT, INSERT, UPDATE and DELETE on its tables, to this one.'
}

export function contextOf(plan: Plan, opened: Opened, options: RunOptions): RunContext {
  return {
    plan,
    ...opened,
    observer: options.observer,
    random: options.random,
    now: options.now,
    signal: options.signal ?? null,
    account: openAccount(),
    stallBudgetMs: options.stallBudgetMs ?? plan.server.stallBudgetMs,
    lockWaitMaxMs: options.lockWaitMaxMs ?? lockWaitMaxMs,
    orphanPatienceMs: options.orphanPatienceMs ?? orphanPatienceMs,
    beforeCommit: options.beforeCommit ?? null,
  }
}
