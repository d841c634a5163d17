/**
 * Are the rows of two databases the same? Columns go by name, rows by primary key. Where a hash over each table says
 * that they are, that is enough (https://www.postgresql.org/docs/current/functions-string.html has no promise about
 * hashes across servers, but both databases live on one); where it says that they are not, the rows are walked in order
 * to show which.
 */
import type { CatalogSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { RowDifference } from '../model/proof.ts'
import type { Session } from '../database/session.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'

export interface RowComparison {
  readonly differences: readonly RowDifference[]
  /** Rows of each table on the expected side, empty ones too. */
  readonly rows: readonly { readonly table: string; readonly rows: number }[]
}

export interface CompareRowsOptions {
  /** Columns (`public.t.c`, as `columnName` spells them) whose values two runs need not share. */
  readonly volatileColumns: ReadonlySet<string>
  /** Differences shown per table. */
  readonly shownMax: number
}

export function columnName(table: TableSnapshot, column: string): string {
  return `${formatRelation(table)}.${quoteIdentifier(column)}`
}

/** Compares tables that both catalogs have: the others are a difference of the catalogs already. */
export async function compareRows(
  expected: { readonly session: Session; readonly catalog: CatalogSnapshot },
  actual: { readonly session: Session; readonly catalog: CatalogSnapshot },
  options: CompareRowsOptions,
): Promise<RowComparison> {
  await Promise.all([readAlike(expected.session), readAlike(actual.session)])
  const actualTables = new Map(actual.catalog.tables.map((table) => [formatRelation(table), table]))
  const differences: RowDifference[] = []
  const rows: { table: string; rows: number }[] = []
  for (const table of expected.catalog.tables) {
    if (!holdsRows(table)) continue
    const relation = formatRelation(table)
    const other = actualTables.get(relation)
    const shared = other === undefined ? table.columns : sharedColumns(table, other)
    const look = lookAt(
      table,
      shared.map(({ name }) => name),
      options.volatileColumns,
    )
    const here = await digest(expected.session, look)
    rows.push({ table: relation, rows: here.rows })
    if (other === undefined) continue
    const there = await digest(actual.session, look)
    if (here.rows !== there.rows || here.hash !== there.hash) {
      differences.push(...(await walk(expected.session, actual.session, look, options.shownMax)))
    }
    differences.push(...volatileDifferences(look, here.volatile, there.volatile))
  }
  return { differences, rows }
}

/** Columns whose values differ between two runs of the same SQL on the same rows: clocks and dice, by experiment. */
export async function findVolatileColumns(
  one: Session,
  other: Session,
  catalog: CatalogSnapshot,
): Promise<readonly string[]> {
  await Promise.all([readAlike(one), readAlike(other)])
  const found: string[] = []
  for (const table of catalog.tables.filter(holdsRows)) {
    const names = table.columns.map(({ name }) => name)
    const [here, there] = await Promise.all([columnSums(one, table, names), columnSums(other, table, names)])
    for (const [at, name] of names.entries()) {
      if (here[at] !== there[at]) found.push(columnName(table, name))
    }
  }
  return found
}

export function holdsRows(table: TableSnapshot): boolean {
  // Partitions are read through their root; what a view shows stands in tables.
  return (table.kind === 'table' || table.kind === 'partitioned-table') && table.partitionOf === null
}

function sharedColumns(table: TableSnapshot, other: TableSnapshot): TableSnapshot['columns'] {
  const names = new Set(other.columns.map(({ name }) => name))
  return table.columns.filter(({ name }) => names.has(name))
}

/** Text of a value depends on these: https://www.postgresql.org/docs/current/runtime-config-client.html */
async function readAlike(session: Session): Promise<void> {
  await session.execute(
    `SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601';
     SET extra_float_digits = 1; SET bytea_output = 'hex'; SET row_security = off`,
  )
}

/** How a table is read. */
interface Look {
  readonly relation: string
  /** Compared by value, quoted. */
  readonly columns: readonly string[]
  readonly volatile: readonly string[]
  /** What a row is found by: the primary key, or all compared columns. */
  readonly key: readonly string[]
  readonly hasPrimaryKey: boolean
}

function lookAt(table: TableSnapshot, names: readonly string[], volatileColumns: ReadonlySet<string>): Look {
  const isVolatile = (name: string): boolean => volatileColumns.has(columnName(table, name))
  const stable = names.filter((name) => !isVolatile(name))
  const primary = table.constraints.find(({ kind }) => kind === 'primary-key')?.columns ?? []
  const usable = primary.length > 0 && primary.every((name) => stable.includes(name))
  return {
    relation: formatRelation(table),
    columns: stable.map(quoteIdentifier),
    volatile: names.filter(isVolatile).map(quoteIdentifier),
    key: (usable ? primary : stable).map(quoteIdentifier),
    hasPrimaryKey: usable,
  }
}

/** ROW(…)::text tells NULL (nothing) from the empty string (a pair of quotes). */
function rowText(columns: readonly string[]): string {
  return `ROW(${columns.map((column) => `${column}::text`).join(', ')})::text`
}

interface VolatileFacts {
  readonly nulls: number
  /** Values that are not NULL, and how many different ones there are among them. */
  readonly values: number
  readonly distinct: number
}

interface Digest {
  readonly rows: number
  readonly hash: string
  readonly volatile: readonly VolatileFacts[]
}

/**
 * A sum, because an exclusive or would let two equal changes cancel each other; in numeric, which cannot overflow.
 */
async function digest(session: Session, look: Look): Promise<Digest> {
  const facts = look.volatile.flatMap((column) => [
    `count(*) - count(${column})`,
    `count(DISTINCT ${column}::text)`,
  ])
  const [row] = await session.query<{ rows: number; hash: string; facts: readonly string[] }>(
    `SELECT count(*)::int AS rows, coalesce(sum(hashtextextended(${rowText(look.columns)}, 0)::numeric), 0)::text AS hash,
            ARRAY[${facts.join(', ')}]::text[] AS facts
       FROM ${look.relation}`,
  )
  const rows = row?.rows ?? 0
  return {
    rows,
    hash: row?.hash ?? '0',
    volatile: look.volatile.map((_, at) => {
      const nulls = Number(row?.facts[at * 2] ?? 0)
      return { nulls, values: rows - nulls, distinct: Number(row?.facts[at * 2 + 1] ?? 0) }
    }),
  }
}

/** Of fewer values chance alone may make one, or all different. */
const valuesMin = 20
/** A clock gives two rows of a fast statement the same instant, and of a slow one not. */
const distinctFactor = 8

/**
 * The same for all and another in each are two meanings of a statement; and a value for each batch is neither. Between
 * them chance and the speed of the server decide.
 */
function areAlike(expected: VolatileFacts, actual: VolatileFacts): boolean {
  if (expected.nulls !== actual.nulls) return false
  const [less, more] = [
    Math.min(expected.distinct, actual.distinct),
    Math.max(expected.distinct, actual.distinct),
  ]
  if (less === more || Math.min(expected.values, actual.values) < valuesMin) return true
  return less > 1 && more <= less * distinctFactor
}

function volatileDifferences(
  look: Look,
  expected: readonly VolatileFacts[],
  actual: readonly VolatileFacts[],
): RowDifference[] {
  return look.volatile.flatMap((column, at) => {
    const [one, other] = [expected[at], actual[at]]
    if (one === undefined || other === undefined || areAlike(one, other)) return []
    return [
      {
        kind: 'volatile' as const,
        table: `${look.relation}.${column}`,
        key: null,
        expected: said(one),
        actual: said(other),
      },
    ]
  })
}

function said({ nulls, values, distinct }: VolatileFacts): string {
  if (values === 0) return `${nulls} NULL, no value`
  if (distinct === values) return `${nulls} NULL, all ${values} values distinct`
  return `${nulls} NULL, ${distinct} distinct of ${values} values`
}

async function columnSums(
  session: Session,
  table: TableSnapshot,
  names: readonly string[],
): Promise<readonly string[]> {
  const sums = names.map(
    (name) => `coalesce(sum(hashtextextended(ROW(${quoteIdentifier(name)}::text)::text, 0)::numeric), 0)`,
  )
  const [row] = await session.query<{ sums: readonly string[] }>(
    `SELECT ARRAY[${sums.join(', ')}]::text[] AS sums FROM ${formatRelation(table)}`,
  )
  return row?.sums ?? []
}

interface WalkedRow {
  readonly key: readonly (string | null)[]
  readonly values: readonly (string | null)[]
}

/** Merges two ordered streams. Both are read to the end only while there is room for more differences. */
async function walk(
  expected: Session,
  actual: Session,
  look: Look,
  shownMax: number,
): Promise<RowDifference[]> {
  const left = rowsOf(expected, look)
  const right = rowsOf(actual, look)
  const found: RowDifference[] = []
  try {
    let here = await next(left)
    let there = await next(right)
    while (found.length < shownMax && (here !== null || there !== null)) {
      const order = compareKeys(here, there)
      if (here !== null && there !== null && order === 0) {
        const difference = changedRow(look, here, there)
        if (difference !== null) found.push(difference)
      } else if (here !== null && order < 0) {
        found.push({ ...named(look, here), kind: 'missing', expected: shown(look, here), actual: null })
      } else if (there !== null) {
        found.push({ ...named(look, there), kind: 'unexpected', expected: null, actual: shown(look, there) })
      }
      if (order <= 0) here = await next(left)
      if (order >= 0) there = await next(right)
    }
  } finally {
    await left.return(undefined)
    await right.return(undefined)
  }
  return found
}

const fetchRows = 500

async function* rowsOf(session: Session, look: Look): AsyncGenerator<WalkedRow, undefined> {
  const list = (columns: readonly string[]): string =>
    `ARRAY[${columns.map((column) => `${column}::text COLLATE "C"`).join(', ')}]::text[]`
  const order = look.key.map((column) => `${column}::text COLLATE "C" NULLS FIRST`).join(', ')
  await session.execute('BEGIN')
  try {
    await session.execute(
      `DECLARE lockstep_rows NO SCROLL CURSOR FOR
       SELECT ${list(look.key)} AS key, ${list(look.columns)} AS values FROM ${look.relation}
        ${order === '' ? '' : `ORDER BY ${order}`}`,
    )
    for (;;) {
      const rows = await session.query<WalkedRow>(`FETCH ${fetchRows} FROM lockstep_rows`)
      yield* rows
      if (rows.length < fetchRows) return undefined
    }
  } finally {
    await session.execute('ROLLBACK')
  }
}

async function next(rows: AsyncGenerator<WalkedRow, undefined>): Promise<WalkedRow | null> {
  return (await rows.next()).value ?? null
}

/** Below 0: only the first has the row. */
function compareKeys(one: WalkedRow | null, other: WalkedRow | null): number {
  if (one === null || other === null) return other === null ? -1 : 1
  for (const [at, value] of one.key.entries()) {
    const order = compareValues(value, other.key[at] ?? null)
    if (order !== 0) return order
  }
  return 0
}

/** As the server sorts: NULL first, then by bytes; in UTF-8 those go by code point, which UTF-16 units do not. */
function compareValues(one: string | null, other: string | null): number {
  if (one === other) return 0
  if (one === null || other === null) return one === null ? -1 : 1
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function changedRow(look: Look, expected: WalkedRow, actual: WalkedRow): RowDifference | null {
  const changed = look.columns.flatMap((column, at) =>
    expected.values[at] === actual.values[at] ? [] : [[column, at] as const],
  )
  if (changed.length === 0) return null
  const part = (row: WalkedRow): string =>
    changed.map(([column, at]) => `${column}=${literal(row.values[at] ?? null)}`).join(', ')
  return { ...named(look, expected), kind: 'changed', expected: part(expected), actual: part(actual) }
}

function named(look: Look, row: WalkedRow): { readonly table: string; readonly key: string | null } {
  const key = look.key.map((column, at) => `${column}=${literal(row.key[at] ?? null)}`).join(', ')
  return { table: look.relation, key: look.hasPrimaryKey ? key : null }
}

function shown(look: Look, row: WalkedRow): string {
  return look.columns.map((column, at) => `${column}=${literal(row.values[at] ?? null)}`).join(', ')
}

const shownCharacters = 80

/** NULL and the empty string must look different to a person too. */
function literal(value: string | null): string {
  if (value === null) return 'NULL'
  const characters = Array.from(value)
  return characters.length <= shownCharacters
    ? `'${value}'`
    : `'${characters.slice(0, shownCharacters).join('')}…' (${characters.length} characters)`
}
