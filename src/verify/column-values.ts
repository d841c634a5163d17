/** Values for a column, as the text that its type's input function takes. Pure. */
import type { Random } from './random.ts'
import type { ValueType } from './column-type.ts'

export interface ColumnValues {
  /** What breaks programs: empty, extreme, long, in other scripts, unlike what anybody expects. */
  readonly odd: readonly string[]
  /** What an application would write; few enough for duplicates. */
  ordinary(random: Random): string
  /** Another for each ordinal from 0, as far as the type has values. */
  distinct(ordinal: number): string
}

/** Null: a type that nothing is known of, whose columns can only be NULL or take their default. */
export function valuesOf(type: ValueType): ColumnValues | null {
  switch (type.kind) {
    case 'base':
      return baseValues(type.name, type.modifier)
    case 'enum':
      return listed(type.labels)
    case 'array':
      return arrayValues(type.element)
    case 'range':
      return rangeValues(type.element)
    case 'multirange':
      return multirangeValues(type.element)
    case 'composite':
      return listed([`(${','.repeat(Math.max(0, type.fields - 1))})`])
  }
}

const words = ['alpha', 'beta', 'gamma', 'delta', 'Epsilon', 'zeta', 'eta theta', 'iota-kappa'] as const

/** Type name → its values. https://www.postgresql.org/docs/current/datatype.html */
const base: Readonly<Record<string, (modifier: number) => ColumnValues | null>> = {
  int2: () => integers(-32_768n, 32_767n),
  int4: () => integers(-2_147_483_648n, 2_147_483_647n),
  int8: () => integers(-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n),
  oid: () => integers(0n, 4_294_967_295n),
  numeric: numerics,
  float4: () => floats(['3.4e38', '-1e-37']),
  float8: () => floats(['1.7e308', '-2.2e-308', '0.1']),
  money: () => numbered(['0', '-92233720368547758.08', '92233720368547758.07'], (n) => `${n}.05`),
  bool: () => listed(['true', 'false']),
  text: texts,
  citext: texts,
  name: () => texts(4 + 20),
  varchar: texts,
  bpchar: texts,
  char: () => listed(['a', 'b', 'z']),
  uuid: () =>
    numbered(
      ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
      (n) => `a0eebc99-9c0b-4ef8-bb6d-${hex(n, 12)}`,
    ),
  json: () => documents(),
  jsonb: () => documents(),
  xml: () => numbered(['<a/>'], (n) => `<a n="${n}">text</a>`),
  bytea: () => numbered(['\\x', '\\x00', '\\xdeadbeef00ff'], (n) => `\\x${hex(n, 8)}`),
  date: () => dates(''),
  timestamp: () => dates(' 12:34:56.789012'),
  timestamptz: () => dates(' 23:59:59.999999+02'),
  time: () => numbered(['00:00:00', '24:00:00', '23:59:59.999999'], clock),
  timetz: () => numbered(['00:00:00+15:59', '24:00:00-15:59'], (n) => `${clock(n)}+00`),
  interval: (modifier) =>
    modifier === -1
      ? numbered(['0', '-178000000 years', '1 mon -1 days 00:00:00.000001'], (n) => `${n} minutes`)
      : numbered(['0'], (n) => `${n} days`),
  inet: () => numbered(['::1', '0.0.0.0/0', '2001:db8::ff00:42:8329/64'], address),
  cidr: () => numbered(['0.0.0.0/0', '2001:db8::/32'], (n) => `${address(n)}/32`),
  macaddr: () => numbered(['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'], (n) => pairs(hex(n, 12))),
  macaddr8: () => numbered(['00:00:00:00:00:00:00:00'], (n) => pairs(hex(n, 16))),
  bit: (modifier) => bits(Math.max(1, modifier), true),
  varbit: (modifier) => bits(modifier < 1 ? 64 : modifier, false),
  point: () => numbered(['(0,0)', '(-1e300,1e300)'], (n) => `(${n},${n})`),
  line: () => numbered(['{1,0,0}'], (n) => `{1,-1,${n}}`),
  lseg: () => numbered(['[(0,0),(0,0)]'], (n) => `[(0,0),(${n},${n})]`),
  box: () => numbered(['(0,0),(0,0)'], (n) => `(${n + 1},${n + 1}),(${n},${n})`),
  path: () => numbered(['((0,0))'], (n) => `[(0,0),(${n},1)]`),
  polygon: () => numbered(['((0,0))'], (n) => `((0,0),(${n},1),(1,${n}))`),
  circle: () => numbered(['<(0,0),0>'], (n) => `<(${n},0),1>`),
  tsvector: () => numbered([''], (n) => `word${n}:1`),
  tsquery: () => numbered([''], (n) => `word${n} & other`),
  pg_lsn: () => numbered(['0/0', 'FFFFFFFF/FFFFFFFF'], (n) => `0/${hex(n, 8)}`),
  hstore: () => numbered(['', '"a"=>NULL'], (n) => `"k"=>"${n}"`),
  ltree: () => numbered(['top'], (n) => `top.n${n}`),
}

function baseValues(name: string, modifier: number): ColumnValues | null {
  return Object.hasOwn(base, name) ? (base[name]?.(modifier) ?? null) : null
}

/** Distinct by number; ordinary ones are among the first few. */
function numbered(odd: readonly string[], distinct: (n: number) => string): ColumnValues {
  return { odd, distinct, ordinary: (random) => distinct(1 + random.below(12)) }
}

/** Nothing but these; null: there are none. */
export function listed(values: readonly string[]): ColumnValues | null {
  const [first, ...rest] = values
  if (first === undefined) return null
  const all = [first, ...rest] as const
  return {
    odd: [],
    ordinary: (random) => random.pick(all),
    distinct: (ordinal) => all[ordinal % all.length] ?? first,
  }
}

function integers(min: bigint, max: bigint): ColumnValues {
  const odd = [max, 0n, min, min === 0n ? 1n : -1n].map(String)
  // The extremes come first here too: a key may be as far out as any other column.
  return {
    odd,
    ordinary: (random) => String(1 + random.below(20)),
    distinct: (ordinal) => odd[ordinal] ?? String(BigInt(ordinal) % max),
  }
}

/** `atttypmod` packs precision and scale: https://www.postgresql.org/docs/current/catalog-pg-attribute.html */
function numerics(modifier: number): ColumnValues {
  if (modifier < 4) return numbered(['0', 'NaN', '-1e40', '0.000000000000000000001'], (n) => `${n}.50`)
  const precision = ((modifier - 4) >> 16) & 0xffff
  const scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024
  const whole = Math.max(0, precision - Math.max(0, scale))
  const fraction = scale > 0 ? `.${'9'.repeat(Math.min(scale, precision))}` : ''
  const nines =
    scale < 0 ? `${'9'.repeat(precision)}${'0'.repeat(-scale)}` : `${'9'.repeat(whole) || '0'}${fraction}`
  return numbered(['0', nines, `-${nines}`], (n) => scaled(n % 10 ** Math.min(precision, 9), scale))
}

/** `n` units of the last digit that the column keeps. */
function scaled(n: number, scale: number): string {
  if (scale <= 0) return `${n}${'0'.repeat(-scale)}`
  const digits = String(n).padStart(scale + 1, '0')
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function floats(extremes: readonly string[]): ColumnValues {
  return numbered(['0', '-0', 'NaN', 'Infinity', ...extremes], (n) => `${n}.5`)
}

/** Of a character type, in characters; null: none. `atttypmod` counts the four bytes of a length word too. */
export function lengthLimit(type: { readonly modifier: number }): number | null {
  return type.modifier < 4 ? null : type.modifier - 4
}

/** Text in an index may not be too long once compressed, so the long value is monotonous. */
function texts(modifier: number): ColumnValues {
  const limit = lengthLimit({ modifier })
  const long = 'long '.repeat(Math.ceil((limit ?? 3000) / 5)).slice(0, limit ?? 3000)
  const fitting = (text: string): string =>
    limit === null ? text : Array.from(text).slice(0, limit).join('')
  return {
    odd: ['', long, ' ', '漢字 Ωmega 🙂', `it's "quoted" \\n %_`, 'NULL', ' spaces around '].map(fitting),
    ordinary: (random) => fitting(random.pick(words)),
    distinct: (ordinal) => {
      const code = ordinal.toString(36)
      const word = words[ordinal % words.length] ?? words[0]
      const named = `${word}-${code}`
      return limit === null || named.length <= limit ? named : code.padStart(limit, '0').slice(-limit)
    },
  }
}

function documents(): ColumnValues {
  return numbered(
    ['null', '{}', '[]', '""', '{"a":{"b":[1,null,"漢字"]},"":0}', '-1.5e10'],
    (n) => `{"n":${n}}`,
  )
}

function dates(clockTime: string): ColumnValues {
  const at = (day: string): string =>
    day.endsWith(' BC') ? `${day.slice(0, -3)}${clockTime} BC` : `${day}${clockTime}`
  const odd = [
    at('0001-01-01'),
    at('9999-12-31'),
    'infinity',
    '-infinity',
    at('4713-01-01 BC'),
    at('2024-02-29'),
  ]
  const millisecondsOfDay = 86_400_000
  return {
    odd,
    distinct: (ordinal) =>
      at(new Date(946_684_800_000 + ordinal * millisecondsOfDay).toISOString().slice(0, 10)),
    ordinary: (random) =>
      at(new Date(1_704_067_200_000 + random.below(30) * millisecondsOfDay).toISOString().slice(0, 10)),
  }
}

function clock(n: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(n / 3600) % 24)}:${two(Math.floor(n / 60) % 60)}:${two(n % 60)}`
}

function address(n: number): string {
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
}

function bits(length: number, fixed: boolean): ColumnValues {
  const width = Math.min(length, 1000)
  const of = (n: number): string => n.toString(2).padStart(width, '0').slice(-width)
  return numbered(fixed ? ['1'.repeat(width)] : ['', '1'.repeat(width)], of)
}

function arrayValues(element: ValueType): ColumnValues | null {
  const inner = valuesOf(element)
  if (inner === null) return null
  const literal = (items: readonly string[]): string => `{${items.map(arrayItem).join(',')}}`
  return {
    odd: ['{}', '{NULL}', literal(inner.odd.slice(0, 3))],
    ordinary: (random) => literal([inner.ordinary(random), inner.ordinary(random)]),
    distinct: (ordinal) => literal([inner.distinct(ordinal)]),
  }
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayItem(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function rangeValues(element: ValueType): ColumnValues | null {
  const inner = valuesOf(element)
  if (inner === null) return null
  // Disjoint, so that an exclusion constraint can hold as many as a unique one; past the extremes, so in order.
  const at = (n: number): string => `["${inner.distinct(10 + n * 2)}","${inner.distinct(11 + n * 2)}")`
  return numbered(['empty', '(,)'], at)
}

function multirangeValues(element: ValueType): ColumnValues | null {
  const inner = rangeValues(element)
  if (inner === null) return null
  return numbered(['{}'], (n) => `{${inner.distinct(n)}}`)
}

function hex(n: number, length: number): string {
  return n.toString(16).padStart(length, '0')
}

function pairs(digits: string): string {
  const parts: string[] = []
  for (let at = 0; at < digits.length; at += 2) parts.push(digits.slice(at, at + 2))
  return parts.join(':')
}
