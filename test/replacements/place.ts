/** Where two applications write: a table under both its names, and the columns that tell their rows apart. */
import type { ColumnSnapshot, TableSnapshot } from '../../src/model/catalog.ts'
import { quoteIdentifier, quoteLiteral } from '../../src/postgres/identifier.ts'
import { formatRelation } from '../../src/postgres/relation-name.ts'
import type { ColumnPair, TablePair } from './correspondence.ts'

export type Side = 'old' | 'new'
/** Text as the server prints it. */
export type Value = string | null
/** By column name; a column that is left out takes its default. */
export type Values = ReadonlyMap<string, Value>
/** Where a row's key sorts among the rows that were there before. */
export type Zone = 'below' | 'above'

export interface Place {
  readonly pair: TablePair
  /** Two rows never have the same value in it, in any table's life: it names the row. */
  readonly handle: ColumnPair
  /** The handle, and one column more for each unique index that does not hold it. */
  readonly fresh: readonly ColumnPair[]
  /** Values for the fresh columns of a new row, by pair. */
  readonly tokens: (zone: Zone) => ReadonlyMap<ColumnPair, string>
}

/** A reason: nobody can write to it. */
export function placeIn(pair: TablePair): Place | string {
  const { base, end } = pair
  const known = base ?? end
  if (known === null || (known.kind !== 'table' && known.kind !== 'partitioned-table')) return 'no table'
  if (known.partitionOf !== null) return 'a partition, written to by way of its table'
  const bound = new Set([...boundColumns(base), ...boundColumns(end)])
  const able = pair.columns.filter((column) => isMapped(column, pair) && makerOf(column) !== null)
  const free = able.filter((column) => !bound.has(nameOf(column)))
  const primary = base?.constraints.find(({ kind }) => kind === 'primary-key')?.columns ?? []
  const handle =
    free.find(({ base }) => base !== null && primary.includes(base.name)) ??
    free.find((column) => uniqueSets(pair).some((set) => set.length === 1 && set[0] === column)) ??
    free[0]
  if (handle === undefined) return 'no column of it can tell rows apart'
  const fresh = [handle]
  for (const set of uniqueSets(pair)) {
    if (set.some((column) => fresh.includes(column))) continue
    const another = set.find((column) => free.includes(column))
    if (another === undefined) return `no fresh value for ${set.map(nameOf).join(', ')}`
    fresh.push(another)
  }
  let n = 0
  return {
    pair,
    handle,
    fresh,
    tokens: (zone) => {
      n += 1
      return new Map(fresh.map((column) => [column, makerOf(column)?.(n, zone) ?? '']))
    },
  }
}

export function nameOf({ base, end }: ColumnPair): string {
  return base?.name ?? end?.name ?? ''
}

export function relationFor(place: Place, side: Side): string | null {
  const table = side === 'old' ? place.pair.base : place.pair.end
  return table === null ? null : formatRelation(table)
}

export function columnFor(pair: ColumnPair, side: Side): ColumnSnapshot | null {
  return side === 'old' ? pair.base : pair.end
}

export function isFresh(place: Place, pair: ColumnPair): boolean {
  return place.fresh.includes(pair)
}

/** Written outright by an application of that side. */
export function writable(place: Place, side: Side): readonly ColumnPair[] {
  return place.pair.columns.filter((pair) => columnFor(pair, side)?.generated === null)
}

/** `values` by the names of that side, the fresh columns by `tokens`. */
export function insertSql(
  place: Place,
  side: Side,
  values: Values,
  tokens: ReadonlyMap<ColumnPair, string>,
): string {
  const all = new Map(values)
  for (const [pair, token] of tokens) all.set(columnFor(pair, side)?.name ?? '', token)
  const columns = [...all.keys()].map(quoteIdentifier).join(', ')
  const literals = [...all.values()].map(literal).join(', ')
  return `INSERT INTO ${relationFor(place, side)} (${columns}) OVERRIDING SYSTEM VALUE VALUES (${literals})`
}

export function updateSql(place: Place, side: Side, values: Values, token: string): string {
  const set = [...values].map(([column, value]) => `${quoteIdentifier(column)} = ${literal(value)}`)
  return `UPDATE ${relationFor(place, side)} SET ${set.join(', ')} WHERE ${whereRow(place, side, token)}`
}

export function deleteSql(place: Place, side: Side, token: string): string {
  return `DELETE FROM ${relationFor(place, side)} WHERE ${whereRow(place, side, token)}`
}

export function selectSql(place: Place, side: Side, where: string): string {
  const columns = columnsOf(place, side).map(({ name }) => `${quoteIdentifier(name)}::text`)
  return `SELECT ARRAY[${columns.join(', ')}]::text[] AS row FROM ${relationFor(place, side)} WHERE ${where}`
}

/** In the order of `selectSql`. */
export function columnsOf(place: Place, side: Side): readonly ColumnSnapshot[] {
  return place.pair.columns.flatMap((pair) => columnFor(pair, side) ?? [])
}

export function whereRow(place: Place, side: Side, token: string): string {
  return `${quoteIdentifier(columnFor(place.handle, side)?.name ?? '')} = ${quoteLiteral(token)}`
}

function literal(value: Value): string {
  return value === null ? 'NULL' : quoteLiteral(value)
}

function isMapped({ base, end }: ColumnPair, table: TablePair): boolean {
  return (table.base === null || base !== null) && (table.end === null || end !== null)
}

/** Columns whose values are somebody else's to say. */
function boundColumns(table: TableSnapshot | null): readonly string[] {
  if (table === null) return []
  return [
    ...table.columns.filter(({ generated }) => generated !== null).map(({ name }) => name),
    ...table.constraints.filter(({ kind }) => kind === 'foreign-key').flatMap(({ columns }) => columns),
  ]
}

function uniqueSets({ base, end, columns }: TablePair): readonly (readonly ColumnPair[])[] {
  const setsOf = (side: Side, table: TableSnapshot | null): readonly (readonly ColumnPair[])[] => {
    const pairs = (names: readonly (string | null)[]): readonly ColumnPair[] =>
      columns.filter((pair) => names.includes(columnFor(pair, side)?.name ?? ''))
    return [
      ...(table?.indexes ?? []).filter(({ unique }) => unique).map((index) => pairs(index.columns)),
      ...(table?.constraints ?? []).filter(({ kind }) => kind === 'exclude').map((one) => pairs(one.columns)),
    ].filter((set) => set.length > 0)
  }
  return [...setsOf('old', base), ...setsOf('new', end)]
}

type Maker = (n: number, zone: Zone) => string

/** One text that is a value of the column on both sides; null: no such text is known. */
/** One day, as the server writes it. */
const dayOf: Maker = (n, zone) => {
  const day = (at: number): string =>
    new Date(Date.UTC(zone === 'above' ? 2500 : 1500, 0, 1 + at)).toISOString().slice(0, 10)
  return `[${day(n)},${day(n + 1)})`
}

function makerOf({ base, end }: ColumnPair): Maker | null {
  const types = [base, end].flatMap((column) => (column === null ? [] : [column.type]))
  const isText = (type: string): boolean => type === 'text' || type.startsWith('character varying')
  const others = types.filter((type) => !isText(type))
  const room = Math.min(...types.filter(isText).map((type) => Number(/\((\d+)\)/.exec(type)?.[1] ?? 1000)))
  if (others.every((type) => ['smallint', 'integer', 'bigint'].includes(type)) && others.length > 0) {
    const far = others.includes('smallint') ? 20_000 : 1_900_000_000
    return room < 11 ? null : (n, zone) => String(zone === 'above' ? far + n : n - far)
  }
  if (others.length > 0) {
    if (others.every((type) => type === 'daterange') && room >= 23) return dayOf
    const isUuid = others.every((type) => type === 'uuid') && room >= 36
    return isUuid
      ? (n, zone) =>
          `${zone === 'above' ? 'ffffffff' : '00000000'}-0000-4000-8000-${String(n).padStart(12, '0')}`
      : null
  }
  return room < 4 ? null : (n, zone) => `${zone === 'above' ? 'z' : '0'}${n.toString(36).padStart(3, '0')}`
}
