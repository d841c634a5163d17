/**
 * Every replacement at work: each unsafe example of each rule, planned on a server as a person would plan it, and run by
 * the executor, gate by gate, while an old and a new application are at work on the same tables; killed at each step,
 * and gone on with; and taken back from each phase. The end must be the author's own. A new rule needs no test here.
 *
 * Kills and rollbacks: a seeded sample (LOCKSTEP_SEED); with LOCKSTEP_REPLACEMENTS=all every example. LOCKSTEP_RECIPE=R-25
 * leaves the examples of other recipes out.
 */
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it, type TaskMeta } from 'vitest'
import { readCatalog } from '../src/database/read-catalog.ts'
import type { Session } from '../src/database/session.ts'
import { applyPlan } from '../src/execute/apply.ts'
import { rollbackPlan } from '../src/execute/rollback.ts'
import type { CatalogSnapshot } from '../src/model/catalog.ts'
import type { PhaseName, Plan, Step } from '../src/model/plan.ts'
import { withObservations } from '../src/plan/complete.ts'
import { rules } from '../src/rules/index.ts'
import { loadParser } from '../src/sql/parser.ts'
import { compareCatalogs } from '../src/verify/catalog-difference.ts'
import { watchLocks } from '../src/verify/lock-watch.ts'
import { observePlan } from '../src/verify/observe.ts'
import { randomFrom } from '../src/verify/random.ts'
import { majorOf, must, options } from './execute/run-fixture.ts'
import { Applications } from './replacements/applications.ts'
import { differencesOf, nothing, type Check } from './replacements/check.ts'
import { killer, undisturbed, type Drive } from './replacements/killing.ts'
import { learn, type Lesson } from './replacements/lesson.ts'
import {
  actionsOf,
  examplesOf,
  planExample,
  runAsAuthor,
  type PlannedExample,
} from './replacements/planned-example.ts'
import { recipesOf, verdictOf, type Proof } from './replacements/recipe-book.ts'
import { staysChanged } from './replacements/stays-changed.ts'
import { createTestDatabase, databaseUrl, mustConnect, type TestDatabase } from './support/database.ts'
import { stateOf, type DatabaseState } from './support/database-state.ts'
import { stepsOf } from './support/plan-scenario.ts'
import { createOwner, type TestRole } from './support/role.ts'
import { sqlOfExample } from './support/rule-example.ts'
import { makeSuperuserObjects } from './support/superuser-objects.ts'
import { comparableRows, numberedColumns, volatileColumns, type Rows } from './support/volatile-rows.ts'

await loadParser()

const seed = Number(process.env['LOCKSTEP_SEED'] ?? '1')
const sampled = process.env['LOCKSTEP_REPLACEMENTS'] === 'all' ? 1 : 8
const allDay = 3_600_000

const recipe = process.env['LOCKSTEP_RECIPE'] ?? ''

/** Those with a plan that shows a recipe or that a rule has a hand in; the pages hold the others to their reasons. */
const planned = examplesOf(rules).filter((example) => {
  const shown = recipesOf(example)
  if (recipe !== '' && !shown.some((id) => id === recipe)) return false
  const verdict = verdictOf(example, inject('serverMajor'))
  if (verdict.kind !== 'planned') return false
  return shown.length > 0 || stepsOf(verdict.plan).some(({ rule }) => rule !== null)
})

/** What `npm run replacements` makes its table of. */
function note(task: { readonly meta: TaskMeta }, { rule, number }: PlannedExample, proof: Proof): void {
  task.meta.replacement = { rule: rule.id, number, proof, major: inject('serverMajor') }
}

const byRule = [...new Set(planned.map(({ rule }) => rule))].map((rule) => ({
  id: rule.id,
  rule,
  examples: planned
    .map((one, at) => ({ one, at, number: one.number, sql: sqlOfExample(one.example) }))
    .filter(({ one }) => one.rule === rule),
}))

describe.each(byRule)('$id', ({ rule, examples }) => {
  let template: TestDatabase
  let owner: TestRole
  let dropObjects: () => Promise<void>
  let start: Start
  const known = new Map<PlannedExample, Promise<Stage>>()

  beforeAll(async () => {
    template = await createTestDatabase()
    owner = await createOwner(template)
    dropObjects = await makeSuperuserObjects(rule, template)
    start = await withOpen(owner.url, async (session) => {
      await session.execute(rule.examples.setup)
      const before = await stateOf(session)
      return { before, base: await readCatalog(session), major: majorOf(session) }
    })
    await template.session.close()
  }, allDay)

  afterAll(async () => {
    await template.drop()
    await dropObjects()
  })

  const inCopy: InCopy = (use) => withCopy(template, owner, use)
  /** What the three tests of an example share. */
  const stageOf = (one: PlannedExample): Promise<Stage> => {
    const stage = known.get(one) ?? stageFor(one, start, inCopy)
    known.set(one, stage)
    return stage
  }

  it.concurrent.for(examples)(
    '$number ends as the author’s SQL does, two applications at work: $sql',
    { timeout: allDay },
    async ({ one }, { task }) => {
      note(task, one, 'same end')
      const stage = await stageOf(one)
      const { plan, checks } = await plainRun(stage, inCopy)
      const shared = await sharedRun({ ...stage, plan }, inCopy, () => undisturbed)
      expect(differencesOf([...checks, ...shared])).toEqual([])
    },
  )

  const chosen = examples.filter(({ at }) => (at + seed) % sampled === 0)
  it.concurrent.for(chosen)(
    `$number, killed at each step under two applications, goes on (seed ${seed}): $sql`,
    { timeout: allDay },
    async ({ one }, { task }) => {
      note(task, one, 'killed')
      const stage = await stageOf(one)
      const deaths: string[] = []
      const checks = await sharedRun(stage, inCopy, (admin) => killer(admin, deaths))
      expect(differencesOf(checks)).toEqual([])
      expect(deaths.length).toBeGreaterThanOrEqual(stepsOf(stage.plan).length)
    },
  )

  it.concurrent.for(chosen)(
    `$number, taken back from each phase, leaves nothing (seed ${seed}): $sql`,
    { timeout: allDay },
    async ({ one }, { task }) => {
      note(task, one, 'taken back')
      const stage = await stageOf(one)
      const checks: Check[] = []
      for (const { name } of stage.plan.stages[0]?.phases ?? []) {
        checks.push(...(await roundTrip(stage, name, inCopy)))
      }
      expect(differencesOf(checks)).toEqual([])
    },
  )
})

type InCopy = <T>(use: (url: string, database: TestDatabase) => Promise<T>) => Promise<T>

async function withCopy<T>(
  template: TestDatabase,
  owner: TestRole,
  use: (url: string, database: TestDatabase) => Promise<T>,
): Promise<T> {
  const copy = await createTestDatabase(template.name)
  try {
    const { username, password } = new URL(owner.url)
    await copy.session.execute(`ALTER DATABASE "${copy.name}" OWNER TO "${decodeURIComponent(username)}"`)
    const account = { user: decodeURIComponent(username), password: decodeURIComponent(password) }
    return await use(databaseUrl(copy.name, account), copy)
  } finally {
    await copy.drop()
  }
}

async function withOpen<T>(url: string, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await mustConnect(url, 'an application')
  try {
    return await use(session)
  } finally {
    await session.close()
  }
}

/** What the examples of a rule meet. */
interface Start {
  readonly base: CatalogSnapshot
  readonly before: DatabaseState
  readonly major: number
}

/** An example, what it meets, what its author's SQL makes of it, and its plan. */
interface Stage extends Start {
  readonly one: PlannedExample
  /** Null: the server refuses the author's SQL. */
  readonly stock: DatabaseState | null
  readonly lesson: Lesson
  readonly plan: Plan
}

async function stageFor(one: PlannedExample, start: Start, inCopy: InCopy): Promise<Stage> {
  const { base, major } = start
  const plan = must(planExample(one, base, major))
  const stock = await inCopy((url) =>
    withOpen(url, async (session) => ((await runAsAuthor(session, one)) === null ? stateOf(session) : null)),
  )
  if (stock === null) return { ...start, one, stock, plan, lesson: { places: [], skipped: [] } }
  const lesson = await learn({
    example: one,
    base,
    end: stock.catalog,
    withCopy: (use) => inCopy((url, database) => withOpen(url, (session) => use(session, database))),
  })
  return { ...start, one, stock, plan, lesson }
}

/** Alone: the end, the locks, and what the plan must find at each phase; gives the plan with what was seen of it. */
async function plainRun(
  stage: Stage,
  inCopy: InCopy,
): Promise<{ readonly plan: Plan; readonly checks: readonly Check[] }> {
  const { plan } = stage
  return inCopy((url, { session: admin, url: adminUrl }) =>
    withOpen(adminUrl, (looker) =>
      withOpen(adminUrl, async (watcher) => {
        const observer = await observePlan(looker, plan)
        const watch = await watchLocks(watcher, plan, [looker.pid, admin.pid])
        const run = options({
          observer: (event) => {
            if (event.kind === 'step-started') watch.stepStarted(event.step)
          },
          beforeCommit: (step, session) => watch.beforeCommit(step, session),
          afterStep: (step) => observer.afterStep(step),
        })
        const report = must(await applyPlan(inSmallBatches(plan), url, run))
        const locks = await watch.stop()
        const trouble = report.steps.filter(({ outcome }) => outcome.status !== 'applied')
        const undeclared = locks.flatMap(({ step, undeclared }) => undeclared.map((lock) => ({ step, lock })))
        return {
          plan: withObservations(plan, { ...observer.observations(), proof: null }),
          checks: [
            nothing('steps of a plain run that are not applied', trouble),
            nothing('locks that no step declares', undeclared),
            await withOpen(url, (session) => endCheck('a plain run', stage, session, inCopy)),
          ],
        }
      }),
    ),
  )
}

async function endCheck(
  what: string,
  { one, before, stock, plan }: Stage,
  session: Session,
  inCopy: InCopy,
): Promise<Check> {
  if (stock === null) return nothing(`what the server refuses to compare ${what} with`, [])
  const end = await stateOf(session)
  // Once more, where rows are not the same: to see which columns differ from run to run by themselves.
  const changing = isDeepStrictEqual(end.rows, stock.rows)
    ? new Set<string>()
    : new Set([
        ...volatileColumns(stock.rows, await rowsOfStock(one, inCopy)),
        ...numberedColumns(before.catalog, stock.catalog),
      ])
  const [ours, theirs] = [end, stock].map((state) => comparableRows(state.rows, changing))
  return {
    what: `the end of ${what}`,
    found: { rows: ours, schema: schemaBeside(plan, end, stock) },
    wanted: { rows: theirs, schema: schemaBeside(plan, stock, stock) },
  }
}

/** All of it; or, where the plan declares differences beyond the order of columns, what is not among them. */
function schemaBeside({ differences }: Plan, state: DatabaseState, stock: DatabaseState): unknown {
  const isDeclared = (object: string): boolean =>
    differences.some((difference) => difference.startsWith(`${object}: `))
  const found = compareCatalogs(stock.catalog, state.catalog).differences.map(({ object }) => object)
  return found.some(isDeclared) || differences.some((one) => !one.startsWith('the columns added to'))
    ? found.filter((object) => !isDeclared(object))
    : { catalog: state.catalog, described: state.described }
}

function rowsOfStock(one: PlannedExample, inCopy: InCopy): Promise<Rows> {
  return inCopy((url) =>
    withOpen(url, async (session) => {
      await runAsAuthor(session, one)
      return (await stateOf(session)).rows
    }),
  )
}

/** Far below what a plan allows, so that a few hundred rows have edges between batches too. */
function inSmallBatches(plan: Plan): Plan {
  const smaller = (step: Step): Step => (step.kind === 'in-batches' ? { ...step, batchRowsMax: 37 } : step)
  return {
    ...plan,
    stages: plan.stages.map(({ number, phases }) => ({
      number,
      phases: phases.map((phase) => ({ ...phase, steps: phase.steps.map(smaller) })),
    })),
  }
}

/**
 * The old application from before the first step until the contract gate is passed, the new one from that gate on; both
 * at the gate. Without a gate they meet at the end.
 */
async function sharedRun(
  stage: Stage,
  inCopy: InCopy,
  driver: (admin: Session) => Drive,
): Promise<readonly Check[]> {
  return inCopy((url, { session: admin }) =>
    withOpen(url, (old) =>
      withOpen(url, async (now) => {
        const random = randomFrom(seed)
        const applications = new Applications(stage.lesson, { old, new: now }, () => random.next())
        // A row whose key goes back behind a backfill while it runs is not met by it: moved rows meet plans without one.
        applications.mayMove = !stepsOf(stage.plan).some(({ kind }) => kind === 'in-batches')
        // What the author’s SQL makes of rows that are written meanwhile is for the old application to say.
        const isAhead = !changesRows(stage.one)
        const failures = await workThrough(
          inSmallBatches(stage.plan),
          url,
          applications,
          driver(admin),
          isAhead,
        )
        return [
          nothing('what the applications complain of', applications.complaints),
          nothing('what the plan fails with', failures),
          await endCheck('a run under two applications', stage, now, inCopy),
        ]
      }),
    ),
  )
}

function changesRows(example: PlannedExample): boolean {
  return actionsOf(example).some(({ kind }) => kind === 'update' || kind === 'delete' || kind === 'insert')
}

/** What the plan fails with. `isAhead`: the new application is at work from the end of the expand phase on. */
async function workThrough(
  plan: Plan,
  url: string,
  applications: Applications,
  drive: Drive,
  isAhead: boolean,
): Promise<readonly string[]> {
  const gates = stepsOf(plan).filter(({ kind }) => kind === 'gate').length
  const ahead = isAhead && gates < 2 ? boundaryAndBackfill(plan) : new Set<string>()
  const now: { stop: () => Promise<void> } = { stop: () => Promise.resolve() }
  const hooks = {
    // What waits for our lock runs in the instant after it.
    beforeCommit: () => applications.advance(1, 4),
    afterStep: async ({ id }: Step) => {
      if (ahead.has(id)) {
        await now.stop()
        now.stop = await applications.startAhead()
      }
      await applications.advance(4, 200)
    },
  }
  await applications.settle()
  const stopOld = applications.start(['old'])
  const toGate = await drive(plan, url, { through: 'first-gate', ...hooks })
  await stopOld()
  await now.stop()
  if (toGate !== null) return [toGate]
  // The new application of an earlier deploy than the last is not the one that knows the end.
  if (gates < 2) await meet(applications)
  applications.forget()
  const stopNew = applications.start(gates === 1 ? ['new'] : [])
  const toEnd = gates === 0 ? null : await drive(plan, url, { through: 'all-gates', ...hooks })
  await stopNew()
  await applications.readAll('new')
  await applications.removeAll('new')
  return toEnd === null ? [] : [toEnd]
}

/** The last step of the first expand phase, and those of the backfill after it. */
function boundaryAndBackfill({ stages }: Plan): ReadonlySet<string> {
  const stepsIn = (phase: PhaseName): readonly Step[] =>
    stages[0]?.phases.find(({ name }) => name === phase)?.steps ?? []
  return new Set([...stepsIn('expand').slice(-1), ...stepsIn('backfill')].map(({ id }) => id))
}

async function meet(applications: Applications): Promise<void> {
  await applications.meet()
  const stops = [applications.start(['old', 'new']), applications.start(['new', 'old'])]
  await applications.advance(20, 1000)
  for (const stop of stops) await stop()
  await applications.readAll('old')
  await applications.readAll('new')
}

/** Forward to the end of the phase and back, then forward again to the end. */
async function roundTrip(stage: Stage, phase: PhaseName, inCopy: InCopy): Promise<readonly Check[]> {
  const { plan, before } = stage
  return inCopy(async (url) => {
    const through = phase === 'contract' ? 'all-gates' : ({ phase } as const)
    const forward = must(await applyPlan(plan, url, options({ through })))
    const back = must(await rollbackPlan(plan, url, { ...options(), loseData: true }))
    const applied = stepsOf(plan).filter(({ id }) =>
      forward.steps.some(({ step, outcome }) => step === id && outcome.status === 'applied'),
    )
    const isBound = applied.some(({ undo }) => undo.kind === 'never')
    const isClean = !isBound && !staysChanged(applied)
    const left = isClean ? await withOpen(url, stateOf) : before
    const again = must(await applyPlan(plan, url, options()))
    return [
      { what: `forward to ${phase}`, found: forward.status === 'failed', wanted: false },
      { what: `back from ${phase}`, found: back.status, wanted: isBound ? 'failed' : 'done' },
      { what: `what is left after the way back from ${phase}`, found: left, wanted: before },
      { what: `forward again from ${phase}`, found: again.status, wanted: 'done' },
      await withOpen(url, (session) => endCheck(`the second way, after ${phase}`, stage, session, inCopy)),
    ]
  })
}
