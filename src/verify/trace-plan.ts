/** A plan applied to a shadow with rows, by the executor itself, and what each of its steps really did. */
import type { CatalogSnapshot } from '../model/catalog.ts'
import type { Outcome } from '../model/outcome.ts'
import type { Plan, Step } from '../model/plan.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import type { RunEvent } from '../model/run-event.ts'
import type { Prediction, TracedPart, TracedStatement } from '../model/trace.ts'
import { readCatalog } from '../database/read-catalog.ts'
import type { Session } from '../database/session.ts'
import { applyPlan } from '../execute/apply.ts'
import { stepsOf } from './lock-watch.ts'
import { prepareEnds } from './prove.ts'
import type { SourceSql } from './run-sources.ts'
import { seenFromBeside, startSampling, type Bystanders, type Sampling } from './sample-locks.ts'
import { inDatabase, type ScratchDatabase, type ShadowServer, type Workbench } from './shadow.ts'
import {
  differenceOf,
  look,
  nothingSeen,
  sizedRelations,
  walPosition,
  type Seen,
  type Sight,
} from './statement-sight.ts'
import { disagreementsOf } from './trace-difference.ts'
import { waitsFor } from './trace-file.ts'
import type { MigrationsTrace } from './trace-migrations.ts'

export interface PlanTraceInput {
  /** What the plan was made from. */
  readonly base: readonly SourceSql[]
  readonly pending: readonly SourceSql[]
  readonly rowsPerTable: number
  /** What is said of a step beforehand; `catalog`: as it meets it. */
  predict(step: Step, catalog: CatalogSnapshot): Prediction
  readonly now: () => number
}

/** A problem: the plan's sources do not run, or the shadow is of no use. */
export async function tracePlan(
  plan: Plan,
  input: PlanTraceInput,
  shadow: ShadowServer,
): Promise<Result<MigrationsTrace>> {
  if (shadow.major !== plan.server.major) {
    const message = `The plan is for PostgreSQL ${plan.server.major}, the shadow is ${shadow.version}`
    return fail('server-major-mismatch', message, 'Name a server of that major with --shadow-url.')
  }
  const opened = await shadow.openWorkbench('trace')
  if (!opened.ok) return opened
  const workbench = opened.value
  try {
    return await traceOn(workbench, plan, input)
  } finally {
    await workbench.dispose()
  }
}

async function traceOn(
  workbench: Workbench,
  plan: Plan,
  input: PlanTraceInput,
): Promise<Result<MigrationsTrace>> {
  const { base, pending, rowsPerTable } = input
  const rows = { kind: 'generated', rowsPerTable } as const
  const ends = await prepareEnds({ base, pending, rows }, [plan], workbench)
  if (!ends.ok) return ends
  const target = await workbench.create('plan', ends.value.start)
  const traced = await inDatabase(target.adminUrl, (watcher) =>
    inDatabase(target.adminUrl, (holder) => applyTraced(plan, target, { watcher, holder }, input)),
  )
  return traced.ok ? succeed({ ...traced.value, assumptions: ends.value.assumptions }) : traced
}

/** What is known of the step that is running. */
interface Running {
  readonly before: Omit<Sight, 'counters'>
  readonly catalog: CatalogSnapshot
  startedAt: number
  seen: Seen | null
  sampling: Promise<Sampling> | null
}

interface PlanRun {
  /** Where the session's counters stood when it last committed. */
  counters: Sight['counters']
  readonly input: PlanTraceInput
  readonly bystanders: Bystanders
  /** Relations that were there before the plan, by oid. */
  readonly old: ReadonlySet<number>
  running: Running
  readonly traced: Map<string, TracedStatement>
}

async function applyTraced(
  plan: Plan,
  target: ScratchDatabase,
  bystanders: Bystanders,
  input: PlanTraceInput,
): Promise<Result<Omit<MigrationsTrace, 'assumptions'>>> {
  const { watcher } = bystanders
  const old = new Set((await sizedRelations(watcher)).keys())
  const running = await nextStep(watcher)
  const run: PlanRun = { counters: new Map(), input, bystanders, old, running, traced: new Map() }
  const steps = new Map(stepsOf(plan).map((step) => [step.id, step]))
  const ended = await applyPlan(plan, target.url, {
    through: 'all-gates',
    random: () => 0.5,
    now: input.now,
    observer: (event) => {
      begin(run, event, steps)
    },
    beforeCommit: (_step, session) => lookBeforeCommit(run, session),
    afterStep: (step) => finish(run, step, null),
  })
  if (!ended.ok) return ended
  for (const { step: id, outcome } of ended.value.steps) {
    const step = steps.get(id)
    const failure = failureOf(outcome)
    if (step !== undefined && failure !== null) await finish(run, step, failure)
  }
  const { status, invariants } = ended.value
  const hasFailed = [...run.traced.values()].some((step) => step.failure !== null)
  if (status !== 'done' && !hasFailed) {
    const broken = invariants.filter(({ held }) => !held).map(({ name, at }) => `${name} at ${at}`)
    return fail('plan-stopped', `The plan stops: ${[status, ...broken].join('; ')}`)
  }
  const notRun = ended.value.steps
    .filter(({ outcome }) => outcome.status === 'not-run')
    .map(({ step }) => step)
  return succeed({ parts: partsOf(plan, run.traced), notRun })
}

/** A step in batches comes here once for each. */
async function lookBeforeCommit(run: PlanRun, session: Session): Promise<void> {
  const after = await look(session)
  const seen = differenceOf({ ...run.running.before, counters: run.counters }, after, run.old)
  run.running.seen = run.running.seen === null ? seen : together(run.running.seen, seen)
  if (session.serverVersionNum < 150_000) {
    run.counters = after.counters
    return
  }
  // Else the session would go on counting from here, until the server collects what it has.
  await session.query('SELECT pg_stat_force_next_flush()')
}

function together(one: Seen, other: Seen): Seen {
  const relations = [...new Set([...one.rowsChanged, ...other.rowsChanged].map(({ relation }) => relation))]
  const rowsOf = ({ rowsChanged }: Seen, name: string): number =>
    rowsChanged.find(({ relation }) => relation === name)?.rows ?? 0
  const isNew = (lock: Seen['locks'][number]): boolean =>
    !one.locks.some(({ relation, mode }) => relation === lock.relation && mode === lock.mode)
  return {
    ...other,
    locks: [...one.locks, ...other.locks.filter(isNew)],
    rowsChanged: relations.map((relation) => ({
      relation,
      rows: rowsOf(one, relation) + rowsOf(other, relation),
    })),
  }
}

async function nextStep(watcher: Session): Promise<Running> {
  const relations = await sizedRelations(watcher)
  const before = { relations, locks: new Map(), walBytes: await walPosition(watcher) }
  return { before, catalog: await readCatalog(watcher), startedAt: 0, seen: null, sampling: null }
}

/** Steps that no transaction of the executor's holds together. */
function isSampled({ kind }: Step): boolean {
  return kind === 'patient' || kind === 'create-index' || kind === 'drop-index'
}

function begin(run: PlanRun, event: RunEvent, steps: ReadonlyMap<string, Step>): void {
  if (event.kind !== 'step-started') return
  const step = steps.get(event.step)
  run.running.startedAt = run.input.now()
  if (step !== undefined && isSampled(step)) run.running.sampling = sample(run)
}

async function sample({ bystanders, running }: PlanRun): Promise<Sampling> {
  const { watcher, holder } = bystanders
  const others = await watcher.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> ALL ($1::int[])`,
    [[watcher.pid, holder.pid]],
  )
  const pids = others.map(({ pid }) => pid)
  return startSampling(bystanders, pids, running.before.relations)
}

async function finish(run: PlanRun, step: Step, failure: TracedStatement['failure']): Promise<void> {
  const { watcher } = run.bystanders
  const { before, catalog, startedAt, sampling } = run.running
  const durationMs = run.input.now() - startedAt
  const held = sampling === null ? null : await (await sampling).stop()
  const seen =
    held === null ? run.running.seen : await seenFromBeside(watcher, held, { before, old: run.old })
  run.running = await nextStep(watcher)
  // Checks, captured values and gates change nothing.
  if (seen === null && failure === null) return
  const shown = withoutOurOwn(seen ?? nothingSeen)
  const others = [...before.relations.values()].filter(({ oid }) => run.old.has(oid))
  const prediction = onlyOf(run.input.predict(step, catalog), new Set(others.map(({ name }) => name)))
  run.traced.set(step.id, {
    step: step.id,
    position: positionOf(step),
    text: step.title,
    transaction: run.traced.size,
    ...shown,
    durationMs,
    waits: waitsFor(shown),
    predicted: prediction.effect,
    disagreements: failure === null ? disagreementsOf(shown, prediction, others) : [],
    failure,
  })
}

/** Of what the plan has made itself nobody waits for anything. */
function onlyOf({ effect, readsByQuery }: Prediction, names: ReadonlySet<string>): Prediction {
  const only = (list: readonly string[]): string[] => list.filter((name) => names.has(name))
  return {
    effect: {
      locks: effect.locks.filter(({ relation }) => names.has(relation)),
      rewrites: only(effect.rewrites),
      scans: only(effect.scans),
      builds: only(effect.builds),
      changesRows: only(effect.changesRows),
      unknowns: effect.unknowns,
    },
    readsByQuery,
  }
}

function positionOf({ source }: Step): TracedStatement['position'] {
  return source === null ? null : { ...source, endLine: source.line, endColumn: source.column + 1 }
}

/** The executor's questions are counted with the step's own reads, so reads tell nothing here. */
function withoutOurOwn(seen: Seen): Seen {
  return { ...seen, scans: [] }
}

function failureOf(outcome: Outcome): TracedStatement['failure'] {
  switch (outcome.status) {
    case 'failed':
      return { message: outcome.message, sqlstate: outcome.sqlstate, at: null }
    case 'lock-timeout':
      return { message: `no lock in ${outcome.waitedMs} ms`, sqlstate: null, at: null }
    case 'in-doubt':
      return { message: outcome.message, sqlstate: null, at: null }
    case 'applied':
    case 'already-applied':
    case 'waiting-at-gate':
    case 'not-run':
      return null
  }
}

function partsOf(plan: Plan, traced: ReadonlyMap<string, TracedStatement>): readonly TracedPart[] {
  return plan.stages.flatMap(({ number, phases }) =>
    phases.map(({ name, steps }) => ({
      kind: 'phase' as const,
      name: `stage ${number} ${name}`,
      transaction: null,
      statements: steps.flatMap(({ id }) => traced.get(id) ?? []),
    })),
  )
}
