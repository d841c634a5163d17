/**
 * One migration file, statement by statement as its runner would run it, with a look at the server before and after each.
 * What a runner sends alone goes in a transaction of ours, so that its locks can be read before they are let go; only
 * what refuses one is watched from beside.
 */
import type { CatalogSnapshot } from '../model/catalog.ts'
import type { Prediction, StatementMark, TracedStatement } from '../model/trace.ts'
import type { Stalls } from '../model/effect.ts'
import { DatabaseError } from '../database/database-error.ts'
import { readCatalog } from '../database/read-catalog.ts'
import type { Session } from '../database/session.ts'
import { blocksReads, blocksWrites } from '../postgres/lock-mode.ts'
import { sqlstate } from '../postgres/sqlstate.ts'
import { failureOf, type SourceFailure, type SourceSql } from './run-sources.ts'
import { seenFromBeside, startSampling, type Bystanders } from './sample-locks.ts'
import { differenceOf, look, nothingSeen, type Seen, type Sight } from './statement-sight.ts'
import { disagreementsOf } from './trace-difference.ts'

export interface TraceSource extends SourceSql {
  /** What the runner's way comes to for these statements. */
  readonly transaction: 'file' | 'statement'
  /** One for each of `statements`. */
  readonly marks: readonly StatementMark[]
  /** What the model says of each statement; `catalog`: the server's, as it is before the file. */
  predict(catalog: CatalogSnapshot): readonly Prediction[]
}

export interface TracedFile {
  /** As far as they ran; the last one holds the failure, if there is one. */
  readonly statements: readonly TracedStatement[]
  readonly failure: SourceFailure | null
}

/** Three connections to the same database. */
export interface TraceSessions extends Bystanders {
  readonly session: Session
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
}

/** Leaves no transaction open; a file that fails within one has changed nothing. */
export async function traceFile(source: TraceSource, sessions: TraceSessions): Promise<TracedFile> {
  const { session } = sessions
  // What one file sets is not what the next one finds.
  await session.execute('RESET ALL')
  const predictions = source.predict(await readCatalog(session))
  const old = new Set((await look(session)).relations.keys())
  const run: FileRun = { source, sessions, old, open: null, transaction: 0, statements: [] }
  for (const [index, sql] of source.statements.entries()) {
    const mark = source.marks[index]
    const prediction = predictions[index]
    if (mark === undefined || prediction === undefined) throw new Error('a statement without its mark')
    const failure = await traceStatement(run, { sql, mark, prediction })
    if (failure !== null) return ended(run, failure)
  }
  return ended(run, run.open === null ? null : await commit(run))
}

interface FileRun {
  readonly source: TraceSource
  readonly sessions: TraceSessions
  /** Relations that were there before the file, by oid: others know of them. */
  readonly old: ReadonlySet<number>
  /** Who has opened the transaction that is open. */
  open: 'runner' | 'author' | null
  transaction: number
  readonly statements: TracedStatement[]
}

interface MarkedStatement {
  readonly sql: string
  readonly mark: StatementMark
  readonly prediction: Prediction
}

async function ended(run: FileRun, failure: SourceFailure | null): Promise<TracedFile> {
  const { session } = run.sessions
  if (failure !== null && run.open !== null) await session.execute('ROLLBACK')
  await session.execute('RESET ALL')
  const last = run.statements.at(-1)
  if (failure === null || last === undefined) return { statements: run.statements, failure }
  const { error, path, line, column } = failure
  const detail = error.detail === null ? '' : ` (${error.detail})`
  const at = { path, line, column }
  const shown = { message: `${error.message}${detail}`, sqlstate: error.sqlstate, at }
  return { statements: [...run.statements.slice(0, -1), { ...last, failure: shown }], failure }
}

async function commit(run: FileRun): Promise<SourceFailure | null> {
  const start = run.source.marks.at(-1)?.start ?? 0
  try {
    await run.sessions.session.execute('COMMIT')
    run.open = null
    run.transaction += 1
    return null
  } catch (error) {
    // The server has ended the transaction already.
    run.open = null
    return failureOf(run.source, start, error)
  }
}

/** Null: it ran. */
async function traceStatement(run: FileRun, statement: MarkedStatement): Promise<SourceFailure | null> {
  const { source, sessions } = run
  const { session } = sessions
  const { control, start } = statement.mark
  if (run.open === null && control !== 'begin') {
    await session.execute('BEGIN')
    run.open = 'runner'
  }
  const before = await look(session)
  const began = sessions.now()
  try {
    await session.execute(statement.sql)
  } catch (error) {
    const isAlone = source.transaction === 'statement' && run.open === 'runner'
    if (isAlone && error instanceof DatabaseError && error.sqlstate === sqlstate.activeSqlTransaction) {
      return traceAlone(run, statement)
    }
    const failure = failureOf(source, start, error)
    note(run, statement, nothingSeen, { before, durationMs: sessions.now() - began, failed: true })
    return failure
  }
  const durationMs = sessions.now() - began
  const seen = differenceOf(before, await look(session), run.old)
  note(run, statement, control === 'end' ? nothingSeen : seen, { before, durationMs, failed: false })
  if (control === 'begin') run.open = 'author'
  if (control === 'end') {
    run.open = null
    run.transaction += 1
  }
  return source.transaction === 'statement' && run.open === 'runner' ? commit(run) : null
}

/** A statement that can run in no transaction, such as CREATE INDEX CONCURRENTLY. */
async function traceAlone(run: FileRun, statement: MarkedStatement): Promise<SourceFailure | null> {
  const { session, watcher, now } = run.sessions
  await session.execute('ROLLBACK')
  run.open = null
  const before = await look(session)
  const sampling = await startSampling(run.sessions, [session.pid], before.relations)
  const began = now()
  const failure = await attempt(run, statement)
  const durationMs = now() - began
  const seen = await seenFromBeside(watcher, await sampling.stop(), { before, old: run.old })
  note(run, statement, seen, { before, durationMs, failed: failure !== null })
  run.transaction += 1
  return failure
}

async function attempt(
  { source, sessions }: FileRun,
  statement: MarkedStatement,
): Promise<SourceFailure | null> {
  try {
    await sessions.session.execute(statement.sql)
    return null
  } catch (error) {
    return failureOf(source, statement.mark.start, error)
  }
}

function note(
  run: FileRun,
  { sql, mark, prediction }: MarkedStatement,
  seen: Seen,
  {
    before,
    durationMs,
    failed,
  }: { readonly before: Sight; readonly durationMs: number; readonly failed: boolean },
): void {
  const others = [...before.relations.values()].filter(({ oid }) => run.old.has(oid))
  run.statements.push({
    step: null,
    position: mark.position,
    text: sql,
    transaction: run.transaction,
    ...seen,
    durationMs,
    waits: waitsFor(seen),
    predicted: prediction.effect,
    disagreements: failed ? [] : disagreementsOf(seen, prediction, others),
    failure: null,
  })
}

/** By the locks alone: for how long depends on the work that is done under them. */
export function waitsFor({ locks, rowsChanged }: Pick<Seen, 'locks' | 'rowsChanged'>): Stalls {
  if (locks.some(({ mode }) => blocksReads(mode))) return 'reads'
  if (locks.some(({ mode }) => blocksWrites(mode))) return 'writes'
  return rowsChanged.length > 0 ? 'rows' : null
}
