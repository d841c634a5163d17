/**
 * Migrations traced one after the other on a database with rows in every table. A second database has the same schema
 * without generated rows: where a file cannot bear the rows, milder ones are made from there.
 */
import type { CatalogSnapshot } from '../model/catalog.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import type { TracedPart } from '../model/trace.ts'
import { readCatalog } from '../database/read-catalog.ts'
import type { Session } from '../database/session.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { readFillableColumns } from './column-type.ts'
import { generateRows } from './generate-rows.ts'
import { runSources, type SourceFailure, type SourceSql } from './run-sources.ts'
import { inDatabase, type ScratchDatabase, type ShadowServer, type Workbench } from './shadow.ts'
import { makeTamedRows } from './tamed-rows.ts'
import { tame, wild, type Rehearsal, type Taming } from './taming.ts'
import { traceFile, type TracedFile, type TraceSource } from './trace-file.ts'

export interface TraceInput {
  /** Applied before, untraced. */
  readonly base: readonly SourceSql[]
  readonly sources: readonly TraceSource[]
  readonly rowsPerTable: number
  readonly seed: number
  readonly now: () => number
  /** Called before each file, with how many there are before it. */
  readonly fileStarted?: (path: string, done: number) => void
}

export interface MigrationsTrace {
  readonly parts: readonly TracedPart[]
  readonly assumptions: readonly string[]
  /** Paths of the files behind one that failed. */
  readonly notRun: readonly string[]
}

/** A problem is trouble with the shadow or with the migrations applied before. */
export async function traceMigrations(
  input: TraceInput,
  shadow: ShadowServer,
): Promise<Result<MigrationsTrace>> {
  const opened = await shadow.openWorkbench('trace')
  if (!opened.ok) return opened
  const workbench = opened.value
  try {
    const schema = await workbench.create('schema')
    const failure = await inDatabase(schema.url, (session) => runSources(session, input.base))
    if (failure !== null) {
      return fail('base-fails', `The migrations applied before fail: ${failure.message}`)
    }
    const rows = await workbench.create('rows', schema)
    return succeed(await traceAll({ input, workbench, schema, rows, assumptions: [] }))
  } finally {
    await workbench.dispose()
  }
}

interface Ground {
  readonly input: TraceInput
  readonly workbench: Workbench
  /** All files so far, without generated rows; null: one of them cannot do without. */
  schema: ScratchDatabase | null
  /** All files so far, on rows. */
  rows: ScratchDatabase
  readonly assumptions: string[]
}

async function traceAll(ground: Ground): Promise<MigrationsTrace> {
  const { sources } = ground.input
  const parts: TracedPart[] = []
  for (const [index, source] of sources.entries()) {
    ground.input.fileStarted?.(source.path, index)
    const traced = await traceSource(ground, source)
    const { path: name, transaction } = source
    parts.push({ kind: 'file', name, transaction, statements: [...traced.statements] })
    if (traced.failure !== null) {
      // Its runner would stop here too.
      const notRun = sources.slice(index + 1).map((one) => one.path)
      return { parts, assumptions: ground.assumptions, notRun }
    }
    await keepSchema(ground, source)
  }
  return { parts, assumptions: ground.assumptions, notRun: [] }
}

async function keepSchema(ground: Ground, source: TraceSource): Promise<void> {
  if (ground.schema === null) return
  const failure = await inDatabase(ground.schema.url, (session) => runSources(session, [source]))
  if (failure === null) return
  await ground.workbench.drop(ground.schema)
  ground.schema = null
  ground.assumptions.push(`from here on rows are taken as they are: without any, ${failure.message}`)
}

async function traceSource(ground: Ground, source: TraceSource): Promise<TracedFile> {
  const { input } = ground
  await inDatabase(ground.rows.url, (session) => fillEmptyTables(session, source, input))
  const traced = await traceIn(ground.rows, source, input)
  if (traced.failure === null || !isOfRows(traced.failure)) return traced
  return (await traceOnTamedRows(ground, source, traced.failure)) ?? traced
}

/** Class 22 is data exception, class 23 integrity constraint violation. */
function isOfRows({ error }: SourceFailure): boolean {
  return error.sqlstate?.startsWith('22') === true || error.sqlstate?.startsWith('23') === true
}

function traceIn({ url }: ScratchDatabase, source: TraceSource, { now }: TraceInput): Promise<TracedFile> {
  return inDatabase(url, (session) =>
    inDatabase(url, (watcher) =>
      inDatabase(url, (holder) => traceFile(source, { session, watcher, holder, now })),
    ),
  )
}

async function fillEmptyTables(session: Session, source: TraceSource, input: TraceInput): Promise<void> {
  const catalog = await readCatalog(session)
  const filled = await tablesWithRows(session)
  if (catalog.tables.every((table) => filled.has(formatRelation(table)))) return
  await generateRows(session, catalog, {
    rowsPerTable: input.rowsPerTable,
    seed: input.seed,
    sqlToCome: [source.text],
    softReferences: [],
    keysOnly: [],
    columnsToCome: null,
    documents: new Set(),
    children: wild.children,
    extremes: wild.extremes,
    leaveEmpty: filled,
    oneRow: new Set(),
  })
  await session.execute('ANALYZE')
}

/** By their files, those of all partitions in one: a table that rows were deleted from counts as filled. */
async function tablesWithRows(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ schema: string; name: string }>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p')
        AND coalesce((SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(c.oid)), pg_relation_size(c.oid)) > 0`,
  )
  return new Set(rows.map((row) => formatRelation(row)))
}

/** Every attempt answers one complaint about the rows. */
const attemptsMax = 25

/** Null: the file fails without rows too. Where nothing in the rows can mend it, it is traced without any. */
async function traceOnTamedRows(
  ground: Ground,
  source: TraceSource,
  first: SourceFailure,
): Promise<TracedFile | null> {
  const { workbench, schema, input } = ground
  if (schema === null) return null
  const base = await inDatabase(schema.url, (session) => readCatalog(session))
  const end = await rehearse(workbench, schema, source)
  if (end === null) return null
  const seen = { base, meanwhile: end, end }
  let last = first
  let taming = tame(wild, first, seen)
  for (let attempt = 1; taming !== null && attempt <= attemptsMax; attempt += 1) {
    const rows = await workbench.create('rows', schema)
    const made = { input, base, end, taming }
    await inDatabase(rows.url, (session) => makeRows(session, source, made))
    const traced = await traceIn(rows, source, input)
    if (traced.failure === null) return replaceRows(ground, rows, traced, taming.assumptions)
    await workbench.drop(rows)
    last = traced.failure
    taming = tame(taming, last, seen)
  }
  const bare = await workbench.create('rows', schema)
  const traced = await traceIn(bare, source, input)
  return replaceRows(ground, bare, traced, [`${source.path} meets no generated rows: else ${last.message}`])
}

async function replaceRows(
  ground: Ground,
  rows: ScratchDatabase,
  traced: TracedFile,
  assumptions: readonly string[],
): Promise<TracedFile> {
  await ground.workbench.drop(ground.rows)
  ground.rows = rows
  ground.assumptions.push(...assumptions)
  return traced
}

async function makeRows(
  session: Session,
  source: TraceSource,
  from: {
    readonly input: TraceInput
    readonly base: CatalogSnapshot
    readonly end: Rehearsal
    readonly taming: Taming
  },
): Promise<void> {
  const { input, base, end, taming } = from
  const { rowsPerTable, seed } = input
  const pending = [source]
  await makeTamedRows(session, { rowsPerTable, seed, taming, pending, base, end, oneRow: new Set() })
}

/** The file without rows; null: it fails there too. */
async function rehearse(
  workbench: Workbench,
  schema: ScratchDatabase,
  source: SourceSql,
): Promise<Rehearsal | null> {
  const rehearsal = await workbench.create('rehearsal', schema)
  const rehearsed = await inDatabase(rehearsal.url, async (session) => {
    if ((await runSources(session, [source])) !== null) return null
    return { catalog: await readCatalog(session), columns: await readFillableColumns(session) }
  })
  await workbench.drop(rehearsal)
  return rehearsed
}
