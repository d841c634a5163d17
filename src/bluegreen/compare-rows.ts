/**
 * Are the rows of a table the same on both sides, while one is written and the other follows? Ranges of a key, each with
 * its number of rows and the sum of their hashes; where they differ, row by row; and a row that differs is looked at again
 * until it has been still while a marker went over. Only what differs then, differs.
 */
import type { Session } from '../database/session.ts'
import type { Comparison } from '../model/bluegreen-run.ts'
import type { Result } from '../model/problem.ts'
import { succeed } from '../model/problem.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { roundTrip } from './marker.ts'
import type { Pair } from './pair.ts'
import { storedColumns } from './selection.ts'
import type { TableShape } from './table-shape.ts'

const rangeRows = 10_000
const rechecksMax = 12
const shownMax = 5
const markerTimeoutMs = 60_000

/** A row as one text, by the texts of its values; `\x1f` between them, `\x02` for NULL. */
interface Sides {
  readonly table: string
  readonly key: readonly string[]
  readonly keyTypes: readonly string[]
  readonly blue: { readonly session: Session; readonly hash: string }
  readonly green: { readonly session: Session; readonly hash: string }
}

/** Texts must not depend on what a role or a database is set to. */
export const textSettings = `SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex'`

export function sidesOf(pair: Pair, blue: TableShape, green: TableShape): Sides {
  const columns = storedColumns(blue).toSorted()
  const key = blue.identity ?? []
  const types = new Map(green.columns.map(({ name, type }) => [name, type]))
  // Of another type there, the value is what green makes of its text.
  const blueText = (name: string): string => {
    const type = blue.columns.find((column) => column.name === name)?.type
    const there = types.get(name) ?? type
    return there === type
      ? `${quoteIdentifier(name)}::text`
      : `${quoteIdentifier(name)}::text::${there}::text`
  }
  const majors = [pair.blue, pair.green].map(({ serverVersionNum }) => Math.floor(serverVersionNum / 10_000))
  const hash = majors[0] === majors[1] ? fastHash : portableHash
  return {
    table: blue.table,
    key,
    keyTypes: key.map((name) => blue.columns.find((column) => column.name === name)?.type ?? 'text'),
    blue: { session: pair.blue, hash: hash(columns.map(blueText)) },
    green: { session: pair.green, hash: hash(columns.map((name) => `${quoteIdentifier(name)}::text`)) },
  }
}

function rowText(columns: readonly string[]): string {
  return `array_to_string(ARRAY[${columns.join(', ')}]::text[], E'\\x1f', E'\\x02')`
}

function fastHash(columns: readonly string[]): string {
  return `hashtextextended(${rowText(columns)}, 0)`
}

/** PostgreSQL does not promise that its hash functions stay the same from major to major. */
function portableHash(columns: readonly string[]): string {
  return `('x' || left(md5(${rowText(columns)}), 16))::bit(64)::bigint`
}

type Key = readonly string[]

/** `(lower, upper]`; null: from the first, to the last. */
interface Range {
  readonly lower: Key | null
  readonly upper: Key | null
}

export async function compareRows(pair: Pair, sides: Sides): Promise<Result<Comparison>> {
  let rows = 0
  let suspects = new Map<string, Key>()
  for (let lower: Key | null = null; ;) {
    const upper: Key | null = await endOfRange(sides, lower)
    const range = { lower, upper }
    const blue = await sumOf(sides, 'blue', range)
    const came = await roundTrip(pair, pair.blue, pair.green, markerTimeoutMs)
    if (!came.ok) return came
    const green = await sumOf(sides, 'green', range)
    rows += Number(blue.count)
    if (blue.count !== green.count || blue.sum !== green.sum) {
      const [one, other] = [await rowsOf(sides, 'blue', range), await rowsOf(sides, 'green', range)]
      for (const [name, { key, hash }] of [...one, ...other]) {
        if (one.get(name)?.hash !== hash || other.get(name)?.hash !== hash) suspects.set(name, key)
      }
    }
    if (upper === null) break
    lower = upper
  }
  const different: string[] = []
  for (let attempt = 1; attempt <= rechecksMax && suspects.size > 0; attempt += 1) {
    const settled = await recheck(pair, sides, suspects)
    if (!settled.ok) return settled
    different.push(...settled.value.different)
    suspects = settled.value.moving
  }
  const verdict = different.length > 0 ? 'different' : suspects.size > 0 ? 'undecided' : 'equal'
  const shown = [...different, ...suspects.keys()].slice(0, shownMax)
  return succeed({
    what: `rows of ${sides.table}`,
    verdict,
    rows,
    detail: shown.map((key) => `${sides.key.join(', ')} = ${key}`),
  })
}

async function recheck(
  pair: Pair,
  sides: Sides,
  suspects: ReadonlyMap<string, Key>,
): Promise<Result<{ readonly different: readonly string[]; readonly moving: Map<string, Key> }>> {
  const keys = [...suspects.values()]
  const before = await hashesOf(sides, 'blue', keys)
  const came = await roundTrip(pair, pair.blue, pair.green, markerTimeoutMs)
  if (!came.ok) return came
  const green = await hashesOf(sides, 'green', keys)
  const after = await hashesOf(sides, 'blue', keys)
  const different: string[] = []
  const moving = new Map<string, Key>()
  for (const [name, key] of suspects) {
    if (green.get(name) === before.get(name)) continue
    if (before.get(name) === after.get(name)) different.push(name)
    else moving.set(name, key)
  }
  return succeed({ different, moving })
}

/** Sorted by bytes, so that both sides agree on what lies in a range whatever their collations. */
function keyColumns({ key, keyTypes }: Sides): readonly string[] {
  return key.map((name, index) => {
    const type = keyTypes[index] ?? ''
    const isText = ['text', 'character', 'name', '"char"'].some((start) => type.startsWith(start))
    return isText ? `${quoteIdentifier(name)} COLLATE "C"` : quoteIdentifier(name)
  })
}

function boundSql(sides: Sides, operator: '>' | '<=', first: number): string {
  const columns = keyColumns(sides)
  const values = sides.keyTypes.map((type, index) => `$${first + index}::text::${type}`)
  return `(${columns.join(', ')}) ${operator} (${values.join(', ')})`
}

function rangeSql(sides: Sides, { lower, upper }: Range): { readonly where: string; readonly values: Key } {
  const parts = [
    ...(lower === null ? [] : [boundSql(sides, '>', 1)]),
    ...(upper === null ? [] : [boundSql(sides, '<=', 1 + (lower?.length ?? 0))]),
  ]
  return {
    where: parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`,
    values: [...(lower ?? []), ...(upper ?? [])],
  }
}

function keyArray(sides: Sides): string {
  return `ARRAY[${sides.key.map((name) => `${quoteIdentifier(name)}::text`).join(', ')}]`
}

async function endOfRange(sides: Sides, lower: Key | null): Promise<Key | null> {
  const { where, values } = rangeSql(sides, { lower, upper: null })
  const [row] = await sides.blue.session.query<{ key: string[] }>(
    `SELECT ${keyArray(sides)} AS key FROM ${sides.table}${where} ORDER BY ${keyColumns(sides).join(', ')} LIMIT 1 OFFSET ${rangeRows - 1}`,
    values,
  )
  return row?.key ?? null
}

async function sumOf(
  sides: Sides,
  side: 'blue' | 'green',
  range: Range,
): Promise<{ readonly count: string; readonly sum: string | null }> {
  const { where, values } = rangeSql(sides, range)
  const { session, hash } = sides[side]
  const [row] = await session.query<{ count: string; sum: string | null }>(
    `SELECT count(*) AS count, sum(${hash}::numeric) AS sum FROM ${sides.table}${where}`,
    values,
  )
  return row ?? { count: '0', sum: null }
}

async function rowsOf(
  sides: Sides,
  side: 'blue' | 'green',
  range: Range,
): Promise<ReadonlyMap<string, { readonly key: Key; readonly hash: string }>> {
  const { where, values } = rangeSql(sides, range)
  const { session, hash } = sides[side]
  const rows = await session.query<{ key: string[]; hash: string }>(
    `SELECT ${keyArray(sides)} AS key, ${hash} AS hash FROM ${sides.table}${where}`,
    values,
  )
  return new Map(rows.map((row) => [row.key.join(', '), row]))
}

async function hashesOf(
  sides: Sides,
  side: 'blue' | 'green',
  keys: readonly Key[],
): Promise<ReadonlyMap<string, string>> {
  const { session, hash } = sides[side]
  const names = sides.key.map((name, index) => ({ name: quoteIdentifier(name), parameter: `k${index}` }))
  const columns = names.map(({ parameter }) => `${parameter} text`).join(', ')
  const match = names.map(
    ({ name, parameter }, index) => `t.${name} = w.${parameter}::${sides.keyTypes[index]}`,
  )
  const wanted = keys.map((key) => Object.fromEntries(key.map((value, index) => [`k${index}`, value])))
  const rows = await session.query<{ key: string[]; hash: string }>(
    `SELECT ${keyArray(sides)} AS key, ${hash} AS hash
       FROM jsonb_to_recordset($1::text::jsonb) AS w (${columns}) JOIN ${sides.table} AS t ON ${match.join(' AND ')}`,
    [JSON.stringify(wanted)],
  )
  return new Map(rows.map(({ key, hash }) => [key.join(', '), hash]))
}
