/**
 * An application at work on the plan's database while the plan moves rows. It writes what it can take back: updates
 * that set a column to its own value, which still make a new row version elsewhere in the table, and rows of its own,
 * which it deletes again. So the rows of both databases can be compared to the last, and a plan that loses a row which
 * moves, or stumbles over one which appears, is found out.
 */
import type { CatalogSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { Proof } from '../model/proof.ts'
import { DatabaseError } from '../database/database-error.ts'
import type { Session } from '../database/session.ts'
import { connect } from '../database/session.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { sqlstate } from '../postgres/sqlstate.ts'

export interface Writer {
  /** Of its connection. */
  readonly pid: number
  start(): void
  /** Ends its work, takes back its rows, and resolves when both are done. May be started again. */
  stop(): Promise<void>
  close(): Promise<void>
  /** Null: there was nothing that it could write to. */
  readonly record: Proof['writer']
  /** An application's write that the plan made impossible; null: none. */
  readonly broken: string | null
}

type Tally = { -readonly [K in keyof NonNullable<Proof['writer']>]: NonNullable<Proof['writer']>[K] }

interface Write {
  readonly what: string
  readonly sql: string
}

/** How it writes to one table. */
interface Place {
  readonly relation: string
  /** Gives row number n (from 0) a new version and the same values. */
  readonly update: (n: number) => Write
  /** Adds the n-th row of its own, and deletes it. */
  readonly own: { readonly insert: (n: number) => Write; readonly remove: (n: number) => Write } | null
}

interface Progress {
  stopping: boolean
  broken: string | null
  /** Tables that have turned down a row of its own: it adds no more there. */
  readonly refused: Set<string>
  readonly tally: Tally
}

const pauseMs = 2
const failuresShown = 5
/** Longer than that, and it says so: an application would have noticed. */
const lockTimeoutMs = 2000

/** The end that the author's SQL leads to, to be read from. */
export interface Stock {
  readonly session: Session
  readonly catalog: CatalogSnapshot
}

/** Where it writes, by `formatRelation`. */
export interface Places {
  /** Tables whose rows the plan goes through. */
  readonly moved: ReadonlySet<string>
  /** Tables that batches read: a row of its own, which comes and goes, would leave its trace in what they make of it. */
  readonly read: ReadonlySet<string>
}

export async function openWriter(
  url: string,
  catalog: CatalogSnapshot,
  { moved, read }: Places,
  stock: Stock,
): Promise<Writer> {
  const connected = await connect(url, { applicationName: 'lockstep proof writer' })
  if (!connected.ok) throw new Error(connected.problems.map(({ message }) => message).join('\n'))
  const session = connected.value
  await session.execute(`SET lock_timeout = ${lockTimeoutMs}`)
  const places: Place[] = []
  for (const table of catalog.tables) {
    const relation = formatRelation(table)
    if (!moved.has(relation)) continue
    const place = await placeIn(session, table, stock)
    if (place !== null) places.push(read.has(relation) ? { ...place, own: null } : place)
  }
  return writerIn(session, places)
}

function writerIn(session: Session, places: readonly Place[]): Writer {
  const progress: Progress = {
    stopping: false,
    broken: null,
    refused: new Set(),
    tally: { updates: 0, inserts: 0, deletes: 0, longestMs: 0, failures: [] },
  }
  let work: Promise<void> = Promise.resolve()
  return {
    pid: session.pid,
    start: () => {
      progress.stopping = false
      work = work.then(() => loop(session, places, progress))
    },
    stop: async () => {
      progress.stopping = true
      await work
    },
    close: () => session.close(),
    get record() {
      return places.length === 0 ? null : progress.tally
    },
    get broken() {
      return progress.broken
    },
  }
}

async function loop(session: Session, places: readonly Place[], progress: Progress): Promise<void> {
  const { tally } = progress
  const owned: Write[] = []
  for (let n = 0; !progress.stopping; n += 1) {
    for (const place of places) {
      if (await update(session, place.update(n), progress)) tally.updates += 1
      if (place.own !== null && n % 2 === 0 && !progress.refused.has(place.relation)) {
        if (await insert(session, place.own.insert(n), progress)) {
          tally.inserts += 1
          owned.push(place.own.remove(n))
        } else {
          progress.refused.add(place.relation)
        }
      }
    }
    // Some of its rows go while others have just come.
    const first = n % 3 === 2 ? owned.shift() : undefined
    if (first !== undefined && (await write(session, first, tally)) === null) tally.deletes += 1
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  for (const remove of owned) if ((await write(session, remove, tally)) === null) tally.deletes += 1
}

/**
 * A row that was there before can only break a constraint by being written as it is if the plan asks for what its own
 * backfill has still to bring about. An INSERT may be refused by the author's own wish.
 */
async function update(session: Session, own: Write, progress: Progress): Promise<boolean> {
  const error = await write(session, own, progress.tally)
  if (error?.sqlstate?.startsWith('23') === true) progress.broken ??= `${own.what}: ${error.message}`
  return error === null
}

/** A copy that collides with its model, or whose key would have to be a parent's, is no row an application writes. */
const ownFaults: ReadonlySet<string> = new Set([sqlstate.uniqueViolation, sqlstate.foreignKeyViolation])

async function insert(session: Session, own: Write, { tally }: Progress): Promise<boolean> {
  return (await write(session, own, tally, ownFaults)) === null
}

async function write(
  session: Session,
  { what, sql }: Write,
  tally: Tally,
  unlisted: ReadonlySet<string> = new Set(),
): Promise<DatabaseError | null> {
  const started = performance.now()
  try {
    await session.execute(sql)
    return null
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    const message = `${what}: ${error.message}`
    const isListed = !unlisted.has(error.sqlstate ?? '') && !tally.failures.includes(message)
    if (isListed && tally.failures.length < failuresShown) tally.failures = [...tally.failures, message]
    return error
  } finally {
    tally.longestMs = Math.max(tally.longestMs, Math.round(performance.now() - started))
  }
}

/** Null: a write of ours would leave a trace there, through a trigger or a rule. */
async function placeIn(session: Session, table: TableSnapshot, stock: Stock): Promise<Place | null> {
  const relation = formatRelation(table)
  const [facts] = await session.query<{ reacts: boolean; rows: number }>(
    `SELECT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = $1::regclass AND NOT t.tgisinternal)
         OR EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = $1::regclass) AS reacts,
            (SELECT count(*)::int FROM ${relation}) AS rows`,
    [relation],
  )
  const key = table.constraints.find(({ kind }) => kind === 'primary-key')?.columns ?? []
  const column = table.columns.find(
    ({ name, generated, identity }) => generated === null && identity !== 'always' && !key.includes(name),
  )
  if (facts === undefined || facts.reacts || facts.rows === 0 || column === undefined) return null
  const { rows } = facts
  const name = quoteIdentifier(column.name)
  const update = (n: number): Write => ({
    what: `UPDATE of ${relation}`,
    sql: `UPDATE ${relation} SET ${name} = ${name} WHERE (tableoid, ctid) =
            (SELECT tableoid, ctid FROM ${relation} OFFSET ${(n * 7) % rows} LIMIT 1)`,
  })
  const own = ownRows(table, relation, key, await likenessOf(stock, table, key))
  return { relation, update, own: own !== null && (await works(session, own.insert(0).sql)) ? own : null }
}

/** Tried once and taken back: what fails before the plan has begun says nothing of the plan. */
async function works(session: Session, sql: string): Promise<boolean> {
  await session.execute('BEGIN')
  try {
    const { rowsAffected } = await session.execute(sql)
    return rowsAffected === 1
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    return false
  } finally {
    await session.execute('ROLLBACK')
  }
}

/** Under keys that nobody else has, given outright: a sequence would not go back. Null: it cannot be done. */
function ownRows(
  table: TableSnapshot,
  relation: string,
  key: readonly string[],
  like: Likeness,
): Place['own'] {
  const [only, ...others] = key
  const type = table.columns.find(({ name }) => name === only)?.type
  const keyOf = type === undefined || others.length > 0 ? null : keyMaker(type)
  if (only === undefined || keyOf === null || like.rows.length === 0) return null
  const names = [only, ...like.columns].map(quoteIdentifier).join(', ')
  const keyName = quoteIdentifier(only)
  const values = (n: number): string =>
    [keyOf(n), ...(like.rows[n % like.rows.length] ?? [])]
      .map((value) => (value === null ? 'NULL' : quoteLiteral(value)))
      .join(', ')
  return {
    insert: (n) => ({
      what: `INSERT into ${relation}`,
      sql: `INSERT INTO ${relation} (${names}) OVERRIDING SYSTEM VALUE VALUES (${values(n)})`,
    }),
    remove: (n) => ({
      what: `DELETE from ${relation}`,
      sql: `DELETE FROM ${relation} WHERE ${keyName} = ${quoteLiteral(keyOf(n))}`,
    }),
  }
}

/**
 * What its own rows are like: rows as the author's SQL leaves them. Rows as it finds them would break what it is about
 * to ask for, and an application that still writes such rows is stopped by the stock migration as well.
 */
interface Likeness {
  /** Without the primary key, and without those where a second row of the kind would collide. */
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
}

const likeMax = 20

async function likenessOf(stock: Stock, table: TableSnapshot, key: readonly string[]): Promise<Likeness> {
  const relation = formatRelation(table)
  const end = stock.catalog.tables.find((one) => formatRelation(one) === relation)
  const unique = new Set([table, ...(end === undefined ? [] : [end])].flatMap(uniqueColumns))
  const columns = table.columns
    .filter(({ name, generated }) => generated === null && !key.includes(name) && !unique.has(name))
    .map(({ name }) => name)
    .filter((name) => end?.columns.some((one) => one.name === name))
  // Left out, such a column would be NULL, which is no value that an application gives to what tells its rows apart.
  const isLeftNull = table.columns.some(
    ({ name, notNull, default: standard, identity, generated }) =>
      unique.has(name) &&
      !key.includes(name) &&
      !notNull &&
      standard === null &&
      identity === null &&
      generated === null,
  )
  if (end === undefined || isLeftNull) return { columns, rows: [] }
  const texts = columns.map((name) => `${quoteIdentifier(name)}::text`).join(', ')
  const order = key
    .filter((name) => end.columns.some((one) => one.name === name))
    .map((name) => `${quoteIdentifier(name)}::text COLLATE "C"`)
    .join(', ')
  const rows = await stock.session.query<{ row: readonly (string | null)[] }>(
    `SELECT ARRAY[${texts}]::text[] AS row FROM ${relation} ${order === '' ? '' : `ORDER BY ${order}`} LIMIT ${likeMax}`,
  )
  return { columns, rows: rows.map(({ row }) => row) }
}

function uniqueColumns(table: TableSnapshot): readonly string[] {
  return table.indexes.flatMap(({ unique, columns }) =>
    unique ? columns.filter((name) => name !== null) : [],
  )
}

/** Keys far from those that generated rows and sequences use. */
function keyMaker(type: string): ((n: number) => string) | null {
  switch (type) {
    case 'smallint':
      return (n) => String(20_000 + (n % 10_000))
    case 'integer':
    case 'bigint':
      return (n) => String(1_900_000_000 + n)
    case 'uuid':
      return (n) => `10c57e90-0000-4000-8000-${String(n).padStart(12, '0')}`
    default:
      return type === 'text' || type.startsWith('character varying') ? (n) => `~lockstep ${n}` : null
  }
}
