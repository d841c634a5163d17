/**
 * Rows for a schema that nobody has rows for: made from the catalog, the same for the same seed, and as unpleasant as
 * the constraints allow. The server is the judge of what is allowed: a row that it refuses is tried again with milder
 * values in the columns that it complained of.
 */
import type { CatalogSnapshot, TableSnapshot } from '../model/catalog.ts'
import { DatabaseError } from '../database/database-error.ts'
import type { Session } from '../database/session.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import type { ColumnsByTable, FillableColumn, ValueType } from './column-type.ts'
import { columnKey, readFillableColumns, tableKey } from './column-type.ts'
import type { ColumnValues } from './column-values.ts'
import { lengthLimit, listed, valuesOf } from './column-values.ts'
import type { Random } from './random.ts'
import { randomFrom, seedOf } from './random.ts'
import { literalsIn } from './sql-literals.ts'
import type { ForeignKey, SoftReference, TableToFill } from './table-order.ts'
import { fillOrder } from './table-order.ts'

/**
 * How many rows a parent has. `skewed`: the first many, the last none. `complete`: as before, but where a table's key is
 * the foreign key, each has its row there. `single`: each has one row of each table, as far as there are rows.
 */
export type Children = 'skewed' | 'complete' | 'single'

export interface GenerateRowsOptions {
  readonly rowsPerTable: number
  readonly seed: number
  /** SQL that will run on the rows: its literals are tried as values, so that its WHERE clauses find something. */
  readonly sqlToCome: readonly string[]
  /** Columns that no foreign key binds yet but one will: mostly filled with keys that exist, with some orphans. */
  readonly softReferences: readonly SoftReference[]
  /** Tables whose free texts are keys of a parent, or empty. */
  readonly keysOnly: readonly SoftReference[]
  /** Columns as they will be: a text that becomes another type holds values of that type. Null: as they are. */
  readonly columnsToCome: ColumnsByTable | null
  /** Columns of text (`columnKey`) that hold JSON. */
  readonly documents: ReadonlySet<string>
  readonly children: Children
  /** False: no values from the far ends of a type, because SQL to come cannot bear them. */
  readonly extremes: boolean
  /** Tables (`formatRelation`) to leave empty. */
  readonly leaveEmpty: ReadonlySet<string>
  /** Tables (`formatRelation`) in which the plan looks for a value: with more than one row there is none to be found. */
  readonly oneRow: ReadonlySet<string>
}

export interface GeneratedRows {
  readonly tables: readonly { readonly table: string; readonly rows: number }[]
  /** Tables that hold no row, because the server refused every one; by whose word. */
  readonly unfilled: readonly { readonly table: string; readonly because: string }[]
}

/** Text by column; null: NULL; a column left out takes its default. */
type Row = ReadonlyMap<string, string | null>

export async function generateRows(
  session: Session,
  snapshot: CatalogSnapshot,
  options: GenerateRowsOptions,
): Promise<GeneratedRows> {
  const columns = await readFillableColumns(session)
  const bounds = await readPartitionBounds(session)
  const tables: { table: string; rows: number }[] = []
  const unfilled: { table: string; because: string }[] = []
  const order = fillOrder(snapshot.tables, [...options.softReferences, ...options.keysOnly])
  for (const toFill of order) {
    const relation = formatRelation(toFill.table)
    if (options.leaveEmpty.has(relation)) continue
    const filler = await fillerOf(session, toFill, columns.get(tableKey(toFill.table)) ?? [], bounds, options)
    const isOne = options.oneRow.has(relation)
    const wanted = isOne ? 1 - (await countRows(session, relation)) : options.rowsPerTable
    const refused = await fill(session, filler, wanted)
    const rows = await countRows(session, relation)
    if (rows > 0) tables.push({ table: relation, rows })
    else unfilled.push({ table: relation, because: refused ?? 'no row was accepted' })
  }
  for (const { table, late } of order) for (const key of late) await fillLate(session, table, key)
  return { tables, unfilled }
}

/** All that is known for making rows of one table. */
interface Filler {
  readonly table: TableSnapshot
  readonly columns: readonly FilledColumn[]
  readonly foreignKeys: readonly {
    readonly key: ForeignKey
    readonly parents: readonly (readonly string[])[]
  }[]
  readonly softReferences: readonly {
    readonly key: ForeignKey
    readonly parents: readonly (readonly string[])[]
  }[]
  readonly late: readonly ForeignKey[]
  readonly children: Children
  readonly extremes: boolean
  readonly conflictClause: string
  readonly random: Random
}

interface FilledColumn {
  readonly name: string
  readonly notNull: boolean
  /** Alone in a unique key. */
  readonly unique: boolean
  readonly values: ColumnValues | null
  /** In an exclusion constraint: one value that overlaps all others would keep them out. */
  readonly exclusive: boolean
  readonly hasDefault: boolean
  /** Literals of the constraints that bind it. */
  readonly allowed: readonly string[]
  readonly domainConstraints: readonly string[]
  /** Literals of the SQL to come. */
  readonly hints: readonly string[]
}

async function fillerOf(
  session: Session,
  toFill: TableToFill,
  columns: readonly FillableColumn[],
  bounds: PartitionBounds,
  options: GenerateRowsOptions,
): Promise<Filler> {
  const { table } = toFill
  const relation = formatRelation(table)
  const hints = options.extremes ? literalsIn(options.sqlToCome.join('\n')).filter((text) => text !== '') : []
  const keysOnly = options.keysOnly.filter((one) => tableKey(one) === tableKey(table))
  const keys = (await withParents(session, keysOnly)).flatMap(({ parents }) => parents.flat())
  const toCome = options.columnsToCome?.get(tableKey(table)) ?? []
  const soft = options.softReferences.filter((one) => tableKey(one) === tableKey(table))
  return {
    table,
    columns: columns
      .filter((column) => !column.filledByServer)
      .map((column) =>
        filledColumn(table, column, {
          bounds: bounds.get(columnKey(table, column.name)) ?? [],
          hints,
          texts: keysOnly.length === 0 ? null : ['', ...keys],
          isDocument: options.documents.has(columnKey(table, column.name)),
          toCome: toCome.find(({ name }) => name === column.name) ?? null,
        }),
      ),
    foreignKeys: await withParents(session, toFill.foreignKeys),
    softReferences: await withParents(session, soft),
    late: toFill.late,
    children: options.children,
    extremes: options.extremes,
    conflictClause: await conflictClause(session, relation),
    random: randomFrom(seedOf(options.seed, relation)),
  }
}

function filledColumn(
  table: TableSnapshot,
  column: FillableColumn,
  more: {
    readonly bounds: readonly string[]
    readonly hints: readonly string[]
    /** The only texts allowed; null: all are. */
    readonly texts: readonly string[] | null
    readonly toCome: FillableColumn | null
    readonly isDocument: boolean
  },
): FilledColumn {
  const checks = table.constraints.filter(
    ({ kind, columns }) => kind === 'check' && columns.includes(column.name),
  )
  const domainChecks = column.domainChecks.map(({ definition }) => definition)
  const definitions = [...checks.map(({ definition }) => definition), ...domainChecks, ...more.bounds]
  const type = more.isDocument ? documentType : typeToFill(column, more.toCome)
  const limit = type.kind === 'base' ? lengthLimit(type) : null
  const unique = table.indexes.some(
    ({ unique, columns }) =>
      unique && columns.length === 1 && (columns[0] === column.name || columns[0] === null),
  )
  const isText = !more.isDocument && column.type.kind === 'base' && textTypes.has(column.type.name)
  return {
    name: column.name,
    notNull: column.notNull,
    unique,
    exclusive: table.constraints.some(
      ({ kind, columns }) => kind === 'exclude' && columns.includes(column.name),
    ),
    hasDefault: table.columns.some(({ name, default: initial }) => name === column.name && initial !== null),
    values: isText && !unique && more.texts !== null ? listed(more.texts) : valuesOf(type),
    domainConstraints: column.domainChecks.map(({ name }) => name),
    allowed: definitions.flatMap(literalsIn),
    hints:
      isText && more.texts === null ? more.hints.filter((hint) => hint.length <= (limit ?? hint.length)) : [],
  }
}

const documentType: ValueType = { kind: 'base', name: 'jsonb', modifier: -1 }

/** Only where the text of one type is sure to be text of the other. */
function typeToFill(column: FillableColumn, toCome: FillableColumn | null): ValueType {
  if (toCome === null || column.type.kind !== 'base') return column.type
  const becomes = toCome.type.kind === 'base' ? toCome.type.name : ''
  return textTypes.has(column.type.name) || becomes === column.type.name ? toCome.type : column.type
}

const textTypes = new Set(['text', 'varchar', 'bpchar', 'citext'])

async function withParents(
  session: Session,
  keys: readonly ForeignKey[],
): Promise<{ key: ForeignKey; parents: readonly (readonly string[])[] }[]> {
  const found: { key: ForeignKey; parents: readonly (readonly string[])[] }[] = []
  for (const key of keys) found.push({ key, parents: await readKeys(session, key) })
  return found
}

const parentsMax = 1000

async function readKeys(session: Session, key: ForeignKey): Promise<readonly (readonly string[])[]> {
  const columns = key.parentColumns.map(quoteIdentifier)
  const texts = columns.map((column) => `${column}::text COLLATE "C"`).join(', ')
  const present = columns.map((column) => `${column} IS NOT NULL`).join(' AND ')
  const rows = await session.query<{ key: readonly string[] }>(
    `SELECT DISTINCT ARRAY[${texts}] AS key FROM ${formatRelation(key.parent)} WHERE ${present}
      ORDER BY 1 LIMIT ${parentsMax}`,
  )
  return rows.map((row) => row.key)
}

type PartitionBounds = ReadonlyMap<string, readonly string[]>

/** What partitions say of their key, by the root's key column: only a value inside some partition finds a place. */
async function readPartitionBounds(session: Session): Promise<PartitionBounds> {
  const rows = await session.query<{
    schema: string
    name: string
    column: string
    bounds: readonly string[]
  }>(`
    SELECT n.nspname::text AS schema, c.relname::text AS name, a.attname::text AS column,
           array_agg(pg_get_expr(p.relpartbound, p.oid) ORDER BY p.oid) AS bounds
      FROM pg_partitioned_table t
      JOIN pg_class c ON c.oid = t.partrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (t.partattrs::int2[])
      JOIN pg_partition_tree(c.oid) tree ON tree.relid <> c.oid
      JOIN pg_class p ON p.oid = tree.relid
     GROUP BY 1, 2, 3`)
  return new Map(rows.map((row) => [columnKey(row, row.column), row.bounds]))
}

/**
 * Rows that collide are left out by the server, which is cheaper than learning it one by one; but it will not where a
 * unique constraint is deferrable or a rule rewrites the INSERT.
 */
async function conflictClause(session: Session, relation: string): Promise<string> {
  const [row] = await session.query<{ refused: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = $1::regclass AND condeferrable AND contype IN ('p', 'u', 'x'))
         OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = $1::regclass AND ev_type IN ('2', '3')) AS refused`,
    [relation],
  )
  return row?.refused === true ? '' : ' ON CONFLICT DO NOTHING'
}

const batchRows = 100
/** Rounds of new rows for those that collided. */
const roundsMax = 5
/** Milder versions of a row that the server refused. */
const repairsMax = 8
/** After so many rows in turn that no repair could save, the table is given up. */
const hopelessMax = 25

/** Returns the server's last refusal, or null. */
async function fill(session: Session, filler: Filler, wanted: number): Promise<string | null> {
  const progress: Progress = { inserted: 0, hopeless: 0, refusal: null }
  let ordinal = 0
  await session.execute('BEGIN')
  try {
    for (let round = 0; round < roundsMax && progress.inserted < wanted; round += 1) {
      const missing = wanted - progress.inserted
      for (let done = 0; done < missing && progress.hopeless < hopelessMax; done += batchRows) {
        const size = Math.min(batchRows, missing - done)
        const ordinals = Array.from({ length: size }, (_, index) => ordinal + index)
        ordinal += size
        await insertBatch(
          session,
          filler,
          ordinals.map((at) => ({ ordinal: at, row: makeRow(filler, at) })),
          progress,
        )
      }
    }
    await session.execute('COMMIT')
  } catch (error) {
    await session.execute('ROLLBACK')
    // A deferred constraint speaks at COMMIT only.
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    return error.message
  }
  return progress.refusal
}

interface Progress {
  inserted: number
  hopeless: number
  refusal: string | null
}

interface NumberedRow {
  readonly ordinal: number
  readonly row: Row
}

/** Halves a refused batch until the rows at fault stand alone. */
async function insertBatch(
  session: Session,
  filler: Filler,
  rows: readonly NumberedRow[],
  progress: Progress,
): Promise<void> {
  const refusal = await tryInsert(
    session,
    filler,
    rows.map(({ row }) => row),
    progress,
  )
  if (refusal === null) {
    progress.hopeless = 0
    return
  }
  const [first] = rows
  if (rows.length > 1) {
    const half = Math.ceil(rows.length / 2)
    await insertBatch(session, filler, rows.slice(0, half), progress)
    if (progress.hopeless < hopelessMax) await insertBatch(session, filler, rows.slice(half), progress)
  } else if (first !== undefined) {
    await repair(session, filler, first, refusal, progress)
  }
}

async function repair(
  session: Session,
  filler: Filler,
  { ordinal, row }: NumberedRow,
  refusal: DatabaseError,
  progress: Progress,
): Promise<void> {
  let last = refusal
  let candidate = row
  for (let attempt = 0; attempt < repairsMax; attempt += 1) {
    candidate = milderRow(filler, candidate, ordinal, attempt, last)
    const answer = await tryInsert(session, filler, [candidate], progress)
    if (answer === null) {
      progress.hopeless = 0
      return
    }
    last = answer
  }
  progress.hopeless += 1
  progress.refusal = last.message
}

async function tryInsert(
  session: Session,
  filler: Filler,
  rows: readonly Row[],
  progress: Progress,
): Promise<DatabaseError | null> {
  await session.execute('SAVEPOINT lockstep_rows')
  try {
    const { rowsAffected } = await session.execute(insertSql(filler, rows))
    await session.execute('RELEASE SAVEPOINT lockstep_rows')
    // Nothing inserted is no refusal: the row collided, and the next round brings others.
    progress.inserted += rowsAffected
    return null
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    await session.execute('ROLLBACK TO SAVEPOINT lockstep_rows')
    return error
  }
}

function insertSql(filler: Filler, rows: readonly Row[]): string {
  const relation = formatRelation(filler.table)
  // Where the server fills every column, one of them is named all the same: VALUES cannot be empty.
  const named = filler.columns.length === 0 ? filler.table.columns.slice(0, 1) : filler.columns
  const names = named.map(({ name }) => name)
  const tuples = rows.map((row) => {
    const values = names.map((name) => {
      const value = row.get(name)
      if (value === undefined) return 'DEFAULT'
      return value === null ? 'NULL' : quoteLiteral(value)
    })
    return `(${values.join(', ')})`
  })
  const columns = names.map(quoteIdentifier).join(', ')
  return `INSERT INTO ${relation} (${columns}) VALUES\n${tuples.join(',\n')}${filler.conflictClause}`
}

function makeRow(filler: Filler, ordinal: number): Row {
  const row = new Map<string, string | null>()
  for (const [place, column] of filler.columns.entries()) {
    const value = makeValue(filler, column, ordinal, place)
    if (value !== undefined) row.set(column.name, value)
  }
  for (const { key, parents } of filler.softReferences) {
    // Three in four point at a row, as data does before somebody declares the foreign key; the rest are orphans.
    if (parents.length > 0 && ordinal % 4 !== 3) point(row, filler, key, parents, ordinal)
  }
  settleForeignKeys(filler, row, ordinal)
  return row
}

/** Undefined: the column's default. */
function makeValue(
  filler: Filler,
  column: FilledColumn,
  ordinal: number,
  place: number,
): string | null | undefined {
  const { values, random } = { values: column.values, random: filler.random }
  if (values === null) return column.notNull ? undefined : null
  const odd = filler.extremes ? values.odd : values.odd.filter((value) => value === '' || value === '0')
  // Each odd value is sure of its turn, and columns take their turns at different rows.
  const deck: readonly (string | null)[] = [...(column.notNull ? [] : [null]), ...odd]
  const turn = (ordinal + place * 3) % Math.max(24, deck.length)
  if (column.exclusive) return values.distinct(ordinal)
  if (column.unique) return uniqueValue(column, values, deck, turn, ordinal)
  if (ordinal < 24 && turn < deck.length) return deck[turn] ?? null
  if (!column.notNull && random.next() < 0.12) return null
  const [allowed, ...moreAllowed] = column.allowed
  if (allowed !== undefined && random.next() < 0.7) return random.pick([allowed, ...moreAllowed])
  const [hint, ...moreHints] = column.hints
  if (hint !== undefined && random.next() < 0.25) return random.pick([hint, ...moreHints])
  const [strange, ...moreStrange] = odd
  // Where a CHECK speaks, most of them would only be refused; their turn in the deck is enough.
  if (strange !== undefined && allowed === undefined && random.next() < 0.12)
    return random.pick([strange, ...moreStrange])
  return random.next() < 0.75 ? values.ordinary(random) : values.distinct(ordinal + 50)
}

function uniqueValue(
  column: FilledColumn,
  values: ColumnValues,
  deck: readonly (string | null)[],
  turn: number,
  ordinal: number,
): string | null {
  // NULLs do not collide; each odd value may come once only.
  if (ordinal < 24 && turn < deck.length) return deck[turn] ?? null
  if (!column.notNull && ordinal % 9 === 8) return null
  return values.distinct(ordinal + 10)
}

/** What a foreign key binds is a parent's key, or NULL; columns that no parent is there for are NULL where they may. */
function settleForeignKeys(filler: Filler, row: Map<string, string | null>, ordinal: number): void {
  const settled = new Set<string>()
  for (const { key, parents } of filler.foreignKeys) {
    const open = key.columns.filter((column) => !settled.has(column))
    const nullable = filler.columns.filter(({ name, notNull }) => open.includes(name) && !notNull)
    const fitting = parents.filter((parent) =>
      key.columns.every((column, at) => !settled.has(column) || row.get(column) === parent[at]),
    )
    if (nullable.length > 0 && (fitting.length === 0 || ordinal % 7 === 5)) {
      for (const { name } of nullable) row.set(name, null)
    } else if (fitting.length > 0) {
      point(row, filler, key, fitting, ordinal)
    }
    for (const column of key.columns) settled.add(column)
  }
  for (const key of filler.late) {
    for (const { name, notNull } of filler.columns) {
      if (key.columns.includes(name) && !notNull && !settled.has(name)) row.set(name, null)
    }
    if (tableKey(key.parent) === tableKey(filler.table)) pointAtItself(filler, row, key)
  }
}

/** The last parents stay without children, the first have many; a unique key takes them one by one. */
function point(
  row: Map<string, string | null>,
  filler: Filler,
  key: ForeignKey,
  parents: readonly (readonly string[])[],
  ordinal: number,
): void {
  const alone = filler.columns.some(
    ({ name, unique }) => unique && key.columns.length === 1 && name === key.columns[0],
  )
  const skewed = Math.floor(filler.random.next() ** 2 * Math.ceil(parents.length * 0.8))
  const inTurn = filler.children === 'single' || (alone && filler.children === 'complete')
  const chosen = alone ? filler.random.below(parents.length) : skewed
  const parent = parents[inTurn ? ordinal % parents.length : chosen]
  for (const [at, column] of key.columns.entries()) row.set(column, parent?.[at] ?? null)
}

/** A row that must have a parent in its own table is its own. */
function pointAtItself(filler: Filler, row: Map<string, string | null>, key: ForeignKey): void {
  for (const [at, column] of key.columns.entries()) {
    const target = filler.columns.find(({ name }) => name === column)
    const own = row.get(key.parentColumns[at] ?? '')
    if (target?.notNull === true && own !== undefined) row.set(column, own)
  }
}

/** Other values where the server complained; where it did not say where, everywhere. */
function milderRow(filler: Filler, row: Row, ordinal: number, attempt: number, refusal: DatabaseError): Row {
  const blamed = blamedColumns(filler, refusal)
  const milder = new Map(row)
  for (const column of filler.columns) {
    if (!blamed.has(column.name)) continue
    const value = milderValue(filler, column, ordinal, attempt)
    if (value !== undefined) milder.set(column.name, value)
    else milder.delete(column.name)
  }
  settleForeignKeys(filler, milder, ordinal)
  return milder
}

function blamedColumns(filler: Filler, refusal: DatabaseError): ReadonlySet<string> {
  if (refusal.column !== null) return new Set([refusal.column])
  const { constraint } = refusal
  if (constraint !== null) {
    const ofTable = filler.table.constraints.find(({ name }) => name === constraint)?.columns ?? []
    const ofDomains = filler.columns.filter(({ domainConstraints }) => domainConstraints.includes(constraint))
    const blamed = [...ofTable, ...ofDomains.map(({ name }) => name)]
    if (blamed.length > 0) return new Set(blamed)
  }
  return new Set(filler.columns.map(({ name }) => name))
}

function milderValue(
  filler: Filler,
  column: FilledColumn,
  ordinal: number,
  attempt: number,
): string | null | undefined {
  const { random } = filler
  const [allowed, ...more] = column.allowed
  if (allowed !== undefined && attempt % 2 === 0) return random.pick([allowed, ...more])
  if (!column.notNull && attempt % 4 === 1) return null
  if (column.values === null) return column.notNull ? undefined : null
  if (column.unique) return column.values.distinct(ordinal + 10 + attempt * 1000)
  return attempt % 3 === 2 && column.hasDefault ? undefined : column.values.ordinary(random)
}

/** Two rows in three get a parent, once there are rows on both ends. Where the server refuses, they keep NULL. */
async function fillLate(session: Session, table: TableSnapshot, key: ForeignKey): Promise<void> {
  const relation = formatRelation(table)
  const targets = key.columns.map(quoteIdentifier)
  const sources = key.parentColumns.map(quoteIdentifier)
  const assignments = targets.map((column, at) => `${column} = parent.${sources[at] ?? ''}`).join(', ')
  const isOpen = targets.map((column) => `child.${column} IS NULL`).join(' OR ')
  const present = sources.map((column) => `${column} IS NOT NULL`).join(' AND ')
  const sql = `
    UPDATE ${relation} AS child SET ${assignments}
      FROM (SELECT tableoid AS part, ctid AS place, row_number() OVER (ORDER BY tableoid, ctid) AS n
              FROM ${relation}) AS numbered,
           (SELECT ${sources.join(', ')}, row_number() OVER (ORDER BY ${sources.map((one) => `${one}::text COLLATE "C"`).join(', ')}) AS n,
                   count(*) OVER () AS total
              FROM ${formatRelation(key.parent)} WHERE ${present}) AS parent
     WHERE child.tableoid = numbered.part AND child.ctid = numbered.place AND (${isOpen})
       AND numbered.n % 3 <> 0 AND parent.n = (numbered.n * numbered.n) % greatest(parent.total - 1, 1) + 1`
  try {
    await session.execute(sql)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
  }
}

async function countRows(session: Session, relation: string): Promise<number> {
  const [row] = await session.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${relation}`)
  return row?.rows ?? 0
}
