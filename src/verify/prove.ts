/**
 * The proof: one database is brought to the end by the author's SQL, another by the plan, from the same rows. What the
 * two then are must be the same, and what the plan's steps lock must be what they say.
 */
import type { CatalogSnapshot } from '../model/catalog.ts'
import type { Observations } from '../model/observations.ts'
import type { Plan, ProofRecord } from '../model/plan.ts'
import type { Result } from '../model/problem.ts'
import type { CatalogDifference, Proof } from '../model/proof.ts'
import { fail, succeed } from '../model/problem.ts'
import { readCatalog } from '../database/read-catalog.ts'
import type { Session } from '../database/session.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import type { CatalogComparison } from './catalog-difference.ts'
import { compareCatalogs } from './catalog-difference.ts'
import { readFillableColumns } from './column-type.ts'
import type { RowComparison } from './row-difference.ts'
import { columnName, compareRows, findVolatileColumns, holdsRows } from './row-difference.ts'
import type { PlanRun } from './run-plan.ts'
import { runPlan } from './run-plan.ts'
import type { SourceFailure, SourceSql } from './run-sources.ts'
import { runSources, runText } from './run-sources.ts'
import type { ScratchDatabase, ShadowServer, Workbench } from './shadow.ts'
import { stepsOf } from './lock-watch.ts'
import { inDatabase } from './shadow.ts'
import type { Rehearsal, Taming } from './taming.ts'
import { makeTamedRows } from './tamed-rows.ts'
import { tame, wild } from './taming.ts'

export type RowSource =
  | { readonly kind: 'generated'; readonly rowsPerTable?: number; readonly seed?: number }
  /** SQL to run on the base schema as it is, in one message: `--rows FILE`. */
  | { readonly kind: 'sql'; readonly path: string; readonly text: string }
  | { readonly kind: 'none' }

export interface ProofInput {
  readonly base: readonly SourceSql[]
  readonly pending: readonly SourceSql[]
  readonly rows: RowSource
  /** Columns (`public.t.c`) known to hold values of a clock, of chance or of a sequence, beyond those found by trial. */
  readonly volatileColumns?: readonly string[]
}

export interface ProofRun {
  readonly proof: Proof
  /** As far as the plan ran. */
  readonly observations: Observations
}

/** Enough for each odd value and some duplicates, few enough for a proof in seconds. */
const rowsPerTableDefault = 200
/** Differing rows shown for each table. */
const rowsShownMax = 5

/** A problem is trouble with the shadow itself; whatever is found about the plan is in the proof. */
export async function provePlan(
  plan: Plan,
  input: ProofInput,
  shadow: ShadowServer,
): Promise<Result<ProofRun>> {
  if (shadow.major !== plan.server.major) {
    const because = `the shadow is PostgreSQL ${shadow.version}, the plan is for ${plan.server.major}`
    return succeed(unproved(shadow.version, because))
  }
  const opened = await shadow.openWorkbench()
  if (!opened.ok) return opened
  const workbench = opened.value
  try {
    return succeed(await proveOn(plan, input, workbench, shadow.version))
  } catch (error) {
    if (error instanceof Unproved) return succeed(unproved(shadow.version, error.message))
    throw error
  } finally {
    await workbench.dispose()
  }
}

/** The base with its rows, and what the author's SQL alone makes of it: what one or more plans are held against. */
export interface Ends {
  readonly start: ScratchDatabase
  readonly stock: ScratchDatabase
  readonly rows: readonly { readonly table: string; readonly rows: number }[]
  readonly volatileColumns: readonly string[]
  readonly assumptions: readonly string[]
}

/** `plans`: those that will be held against these ends. A problem says why the author's SQL does not get to its end. */
export async function prepareEnds(
  input: ProofInput,
  plans: readonly Plan[],
  workbench: Workbench,
): Promise<Result<Ends>> {
  try {
    const oneRow = new Set(plans.flatMap((plan) => [...capturedFrom(plan)]))
    const prepared = await prepare({ ...input, oneRow }, workbench)
    return succeed({ ...prepared, volatileColumns: await volatileColumnsOf(input, workbench, prepared) })
  } catch (error) {
    if (error instanceof Unproved) return fail('unproved', error.message)
    throw error
  }
}

/** Leaves the proof from wherever it cannot go on; never leaves this file. */
class Unproved extends Error {
  override readonly name = 'Unproved'
}

async function proveOn(
  plan: Plan,
  input: ProofInput,
  workbench: Workbench,
  version: string,
): Promise<ProofRun> {
  const prepared = await prepare({ ...input, oneRow: capturedFrom(plan) }, workbench)
  const volatileColumns = await volatileColumnsOf(input, workbench, prepared)
  const target = await workbench.create('plan', prepared.start)
  const run = await runPlan(plan, target, prepared)
  // Where the plan stopped halfway, everything that it had still to do would show as a difference.
  const compared =
    run.failure === null
      ? await compareEnds(prepared.stock, target, new Set(volatileColumns))
      : nothingCompared
  const proof = judge(plan, { prepared, run, ...compared, volatileColumns, version })
  return { proof, observations: { ...run.observations, proof: recordOf(proof) } }
}

interface Preparation extends ProofInput {
  /** Tables that the plan captures a value from. */
  readonly oneRow: ReadonlySet<string>
}

function capturedFrom(plan: Plan): ReadonlySet<string> {
  const rows = 'rows '
  const read = stepsOf(plan).flatMap((step) => (step.kind === 'capture' ? step.touches.reads : []))
  return new Set(read.filter((object) => object.startsWith(rows)).map((object) => object.slice(rows.length)))
}

/** The base with rows (`start`), and what the author's SQL makes of it (`stock`). */
interface Prepared {
  readonly base: CatalogSnapshot
  readonly start: ScratchDatabase
  readonly stock: ScratchDatabase
  readonly rows: readonly { readonly table: string; readonly rows: number }[]
  readonly assumptions: readonly string[]
}

async function prepare(input: Preparation, workbench: Workbench): Promise<Prepared> {
  const empty = await workbench.create('base')
  const base = await inDatabase(empty.url, async (session) => {
    const failure = await runSources(session, input.base)
    if (failure !== null) throw new Unproved(`the base migrations fail: ${failure.message}`)
    return readCatalog(session)
  })
  return input.rows.kind === 'generated'
    ? prepareGenerated(input, input.rows, workbench, { empty, base })
    : prepareGiven(input, workbench, { empty, base })
}

interface Base {
  readonly empty: ScratchDatabase
  readonly base: CatalogSnapshot
}

async function prepareGiven(input: ProofInput, workbench: Workbench, from: Base): Promise<Prepared> {
  const start = await workbench.create('start', from.empty)
  const { rows: given } = input
  const rows = await inDatabase(start.url, async (session) => {
    const failure = given.kind === 'sql' ? await runText(session, given) : null
    if (failure !== null) throw new Unproved(`the rows cannot be loaded: ${failure.message}`)
    await session.execute('ANALYZE')
    return countRows(session, from.base)
  })
  const stock = await workbench.create('stock', start)
  const failure = await inDatabase(stock.url, (session) => runSources(session, input.pending))
  if (failure !== null) throw new Unproved(`the original migrations fail: ${failure.message}`)
  return { base: from.base, start, stock, rows, assumptions: [] }
}

/** Every attempt answers one complaint of the author's SQL about the rows. */
const attemptsMax = 25

async function prepareGenerated(
  input: Preparation,
  rows: Extract<RowSource, { kind: 'generated' }>,
  workbench: Workbench,
  from: Base,
): Promise<Prepared> {
  const end = await rehearse(input.pending, workbench, from)
  const upTo = rememberRehearsals(input.pending, workbench, { ...from, end })
  let taming: Taming = wild
  for (let attempt = 1; ; attempt += 1) {
    const tried = await tryRows(input, rows, workbench, { ...from, end, taming })
    if (tried.failure === null) return { ...tried, base: from.base }
    const seen = { base: from.base, end, meanwhile: await upTo(tried.failure.path) }
    const milder = attempt < attemptsMax ? tame(taming, tried.failure, seen) : null
    if (milder === null) {
      throw new Unproved(
        `the original migrations fail on generated rows (give better ones with --rows FILE): ${tried.failure.message}`,
      )
    }
    taming = milder
    await workbench.drop(tried.stock)
    await workbench.drop(tried.start)
  }
}

/** Without rows: what fails here fails for another reason than rows. */
async function rehearse(pending: readonly SourceSql[], workbench: Workbench, from: Base): Promise<Rehearsal> {
  const rehearsal = await workbench.create('rehearsal', from.empty)
  const rehearsed = await inDatabase(rehearsal.url, async (session) => {
    const failure = await runSources(session, pending)
    if (failure !== null) throw new Unproved(`the original migrations fail: ${failure.message}`)
    return { catalog: await readCatalog(session), columns: await readFillableColumns(session) }
  })
  await workbench.drop(rehearsal)
  return rehearsed
}

function rememberRehearsals(
  pending: readonly SourceSql[],
  workbench: Workbench,
  from: Base & { readonly end: Rehearsal },
): (path: string) => Promise<Rehearsal> {
  const known = new Map<string, Rehearsal>([[pending.at(-1)?.path ?? '', from.end]])
  return async (path) => {
    const last = pending.findIndex((source) => source.path === path)
    const rehearsed = known.get(path) ?? (await rehearse(pending.slice(0, last + 1), workbench, from))
    known.set(path, rehearsed)
    return rehearsed
  }
}

type Attempt = Omit<Prepared, 'base'> & { readonly failure: SourceFailure | null }

async function tryRows(
  input: Preparation,
  rows: Extract<RowSource, { kind: 'generated' }>,
  workbench: Workbench,
  from: Base & { readonly end: Rehearsal; readonly taming: Taming },
): Promise<Attempt> {
  const { taming } = from
  const start = await workbench.create('start', from.empty)
  const made = await inDatabase(start.url, (session) =>
    makeTamedRows(session, {
      rowsPerTable: rows.rowsPerTable ?? rowsPerTableDefault,
      seed: rows.seed ?? 1,
      taming,
      pending: input.pending,
      base: from.base,
      end: from.end,
      oneRow: input.oneRow,
    }),
  )
  const stock = await workbench.create('stock', start)
  const failure = await inDatabase(stock.url, (session) => runSources(session, input.pending))
  const unfilled = made.unfilled.map(({ table, because }) => `${table} is left empty: ${because}`)
  return { start, stock, failure, rows: made.tables, assumptions: [...taming.assumptions, ...unfilled] }
}

/** By trial: the author's SQL once more, on the same rows at another moment; and what sequences give to old rows. */
async function volatileColumnsOf(
  input: ProofInput,
  workbench: Workbench,
  prepared: Prepared,
): Promise<readonly string[]> {
  const again = await workbench.create('again', prepared.start)
  const failure = await inDatabase(again.url, (session) => runSources(session, input.pending))
  if (failure !== null) {
    throw new Unproved(`the original migrations fail when they are run once more: ${failure.message}`)
  }
  const found = await inDatabase(prepared.stock.adminUrl, (one) =>
    inDatabase(again.adminUrl, async (other) => {
      const catalog = await readCatalog(one)
      return [...(await findVolatileColumns(one, other, catalog)), ...numberedLater(prepared.base, catalog)]
    }),
  )
  await workbench.drop(again)
  return [...new Set([...found, ...(input.volatileColumns ?? [])])].sort()
}

/** A sequence numbers rows in whatever order they are visited, which batches need not keep. */
function numberedLater(base: CatalogSnapshot, end: CatalogSnapshot): readonly string[] {
  const before = new Map(base.tables.map((table) => [formatRelation(table), table]))
  return end.tables.flatMap((table) => {
    const old = before.get(formatRelation(table))
    if (old === undefined) return []
    return table.columns
      .filter(({ name }) => !old.columns.some((column) => column.name === name))
      .filter(
        ({ identity, default: initial }) => identity !== null || initial?.startsWith('nextval(') === true,
      )
      .map(({ name }) => columnName(table, name))
  })
}

interface Comparison {
  readonly catalogs: CatalogComparison
  readonly rows: RowComparison
}

const nothingCompared: Comparison = {
  catalogs: { differences: [], columnOrder: [] },
  rows: { differences: [], rows: [] },
}

async function compareEnds(
  stock: ScratchDatabase,
  target: ScratchDatabase,
  volatileColumns: ReadonlySet<string>,
): Promise<Comparison> {
  return inDatabase(stock.adminUrl, (expected) =>
    inDatabase(target.adminUrl, async (actual) => {
      const [one, other] = [await readCatalog(expected), await readCatalog(actual)]
      return {
        catalogs: compareCatalogs(one, other),
        rows: await compareRows(
          { session: expected, catalog: one },
          { session: actual, catalog: other },
          { volatileColumns, shownMax: rowsShownMax },
        ),
      }
    }),
  )
}

interface Evidence extends Comparison {
  readonly prepared: Prepared
  readonly run: PlanRun
  readonly volatileColumns: readonly string[]
  readonly version: string
}

function judge(plan: Plan, evidence: Evidence): Proof {
  const { prepared, run, catalogs, rows } = evidence
  const isDeclared = ({ object }: CatalogDifference): boolean =>
    plan.differences.some((difference) => difference.startsWith(`${object}: `))
  const catalogDifferences = catalogs.differences.filter((difference) => !isDeclared(difference))
  const because = objection(run)
  const differs = because !== null || catalogDifferences.length > 0 || rows.differences.length > 0
  const before = new Map(prepared.rows.map((one) => [one.table, one.rows]))
  const counts = rows.rows.map((one) => ({
    table: one.table,
    before: before.get(one.table) ?? 0,
    after: one.rows,
  }))
  const hasRows = counts.some((one) => one.before > 0 || one.after > 0)
  return {
    verdict: differs ? 'different' : hasRows ? 'proved' : 'schema-only',
    because,
    serverVersion: evidence.version,
    rows: counts,
    volatileColumns: [...evidence.volatileColumns],
    assumptions: [...prepared.assumptions],
    allowed: [
      ...catalogs.columnOrder.map(
        ({ table, actual }) => `the columns of ${table} stand in the order ${actual.join(', ')}`,
      ),
      ...plan.differences,
    ],
    catalogDifferences,
    rowDifferences: [...rows.differences],
    locksSeen: [...run.locksSeen],
    writer: run.writer,
  }
}

/** What speaks against a plan though both ends are the same. */
function objection({ failure, broken, locksSeen }: PlanRun): string | null {
  if (failure !== null) return failure
  if (broken !== null) return `writes of the application fail while the plan runs: ${broken}`
  const isHonest = locksSeen.every(({ undeclared }) => undeclared.length === 0)
  return isHonest ? null : 'steps take locks that they do not declare'
}

function recordOf(proof: Proof): ProofRecord | null {
  const { verdict, serverVersion } = proof
  if ((verdict !== 'proved' && verdict !== 'schema-only') || serverVersion === null) return null
  const rows = proof.rows
    .filter(({ before }) => before > 0)
    .map(({ table, before }) => ({ table, rows: before }))
  return { verdict, serverVersion, rows }
}

function unproved(serverVersion: string | null, because: string): ProofRun {
  return {
    proof: {
      verdict: 'unproved',
      because,
      serverVersion,
      rows: [],
      volatileColumns: [],
      assumptions: [],
      allowed: [],
      catalogDifferences: [],
      rowDifferences: [],
      locksSeen: [],
      writer: null,
    },
    observations: { fingerprints: [], definitions: [], proof: null },
  }
}

async function countRows(
  session: Session,
  catalog: CatalogSnapshot,
): Promise<readonly { readonly table: string; readonly rows: number }[]> {
  const counts: { table: string; rows: number }[] = []
  for (const table of catalog.tables.filter(holdsRows)) {
    const relation = formatRelation(table)
    const [row] = await session.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${relation}`)
    counts.push({ table: relation, rows: row?.rows ?? 0 })
  }
  return counts
}
