/** Runs migration files the way their own runner would: the stock end that a plan is held against. */
import type { TransactionMode } from '../model/migration.ts'
import { DatabaseError } from '../database/database-error.ts'
import type { Session } from '../database/session.ts'
import { sqlstate } from '../postgres/sqlstate.ts'

export interface SourceSql {
  /** As messages show it. */
  readonly path: string
  readonly text: string
  readonly transaction: TransactionMode
  /** Its statements in order, each a piece of `text`. */
  readonly statements: readonly string[]
}

export interface SourceFailure {
  /** `path:line:column: what the server said`. */
  readonly message: string
  readonly error: DatabaseError
  readonly path: string
  readonly line: number
  readonly column: number
  /** `path:line:column`. */
  readonly place: string
}

/** Null: all of it ran. A lost connection throws. */
export async function runSources(
  session: Session,
  sources: readonly SourceSql[],
): Promise<SourceFailure | null> {
  for (const source of sources) {
    // What one file sets is not what the next one finds: runners differ, and a plan's steps stand alone.
    await session.execute('RESET ALL')
    const failure = await runSource(session, source)
    if (failure !== null) return failure
  }
  await session.execute('RESET ALL')
  return null
}

/** One message, whatever is in it. */
export async function runText(
  session: Session,
  source: Pick<SourceSql, 'path' | 'text'>,
): Promise<SourceFailure | null> {
  try {
    await session.execute(source.text)
    return null
  } catch (error) {
    const failure = failureOf(source, 0, error)
    await session.execute('ROLLBACK')
    return failure
  }
}

function runSource(session: Session, source: SourceSql): Promise<SourceFailure | null> {
  switch (source.transaction) {
    case 'statement':
      return runEach(session, source)
    case 'file':
      return runAsOne(session, source)
    case 'message':
      return source.statements.length > 1 ? runAsOne(session, source) : runEach(session, source)
    case 'unless-refused':
      return runUnlessRefused(session, source)
  }
}

function runAsOne(session: Session, source: SourceSql): Promise<SourceFailure | null> {
  // BEGIN or COMMIT in the file decides for itself where transactions end, so it goes as its runner sends it.
  return source.statements.some(controlsTransaction) ? runText(session, source) : runInOne(session, source)
}

/** The runner knows by the words what PostgreSQL refuses in a transaction; here PostgreSQL itself is asked. */
async function runUnlessRefused(session: Session, source: SourceSql): Promise<SourceFailure | null> {
  const failure = await runAsOne(session, source)
  return failure?.error.sqlstate === sqlstate.activeSqlTransaction ? runEach(session, source) : failure
}

/** Statement by statement within one transaction comes to the same as one message, and tells which one failed. */
async function runInOne(session: Session, source: SourceSql): Promise<SourceFailure | null> {
  await session.execute('BEGIN')
  const failure = await runEach(session, source)
  if (failure !== null) {
    await session.execute('ROLLBACK')
    return failure
  }
  try {
    await session.execute('COMMIT')
    return null
  } catch (error) {
    return failureOf(source, source.text.length, error)
  }
}

async function runEach(session: Session, source: SourceSql): Promise<SourceFailure | null> {
  let end = 0
  for (const statement of source.statements) {
    const found = source.text.indexOf(statement, end)
    const start = found === -1 ? end : found
    end = start + statement.length
    try {
      await session.execute(statement)
    } catch (error) {
      return failureOf(source, start, error)
    }
  }
  return null
}

const transactionWords = new Set([
  'ABORT',
  'BEGIN',
  'COMMIT',
  'END',
  'PREPARE TRANSACTION',
  'ROLLBACK',
  'START',
])

function controlsTransaction(statement: string): boolean {
  const [first = '', second = ''] = statement
    .slice(0, 40)
    .toUpperCase()
    .split(/[\s;]+/)
  return transactionWords.has(first) || transactionWords.has(`${first} ${second}`)
}

/** `start`: where in the text the statement begins that failed. Anything but the server's own answer throws again. */
export function failureOf(
  source: Pick<SourceSql, 'path' | 'text'>,
  start: number,
  error: unknown,
): SourceFailure {
  if (!(error instanceof DatabaseError) || error.connectionLost) throw error
  const at = start + unitsOf(source.text.slice(start), (error.position ?? 1) - 1)
  const before = source.text.slice(0, at)
  const line = before.split('\n').length
  const column = at - (before.lastIndexOf('\n') + 1) + 1
  const detail = error.detail === null ? '' : ` (${error.detail})`
  const place = `${source.path}:${line}:${column}`
  return { message: `${place}: ${error.message}${detail}`, error, path: source.path, line, column, place }
}

/** The server counts characters, we count UTF-16 units. */
function unitsOf(text: string, characters: number): number {
  let units = 0
  let count = 0
  for (const character of text) {
    if (count === characters) break
    units += character.length
    count += 1
  }
  return units
}
