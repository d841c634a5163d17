/**
 * Pairs of types between which a column can change under its own name while applications go on: what a client sends and
 * receives as text means the same before and after. Any other pair needs a new name.
 */
import { parseTypeName, type TypeName } from './type-name.ts'

/**
 * SQL in pieces between which the value stands: the value in the other type, and NULL where it does not fit. Never an
 * error, so that a write of an application does not fail of what only the plan has to know.
 */
export type Conversion = readonly [string, string, ...string[]]

export interface Interchange {
  readonly up: Conversion
  readonly down: Conversion
}

/** Are there values that it makes NULL of? */
export function isPartial([first]: Conversion): boolean {
  return first.startsWith(partly)
}

const partly = 'CASE WHEN '

/** `from` and `to` as format_type spells them; null: clients would notice. */
export function interchange(from: string, to: string): Interchange | null {
  const unpadded = withoutPadding(parseTypeName(from), parseTypeName(to))
  if (unpadded !== null) return unpadded
  const up = conversion(from, to)
  const down = conversion(to, from)
  return up === null || down === null ? null : { up, down }
}

function conversion(from: string, to: string): Conversion | null {
  const [one, other] = [parseTypeName(from), parseTypeName(to)]
  if (!one.builtIn || !other.builtIn || one.array || other.array) return null
  return (
    integers(one, other) ??
    texts(one, other) ??
    numerics(one, other) ??
    times(one, other, to) ??
    others(one, other)
  )
}

const integerRanges: ReadonlyMap<
  string,
  { readonly min: string; readonly max: string; readonly bytes: number }
> = new Map([
  ['smallint', { min: '-32768', max: '32767', bytes: 2 }],
  ['integer', { min: '-2147483648', max: '2147483647', bytes: 4 }],
  ['bigint', { min: '-9223372036854775808', max: '9223372036854775807', bytes: 8 }],
])

function integers(from: TypeName, to: TypeName): Conversion | null {
  const [have, want] = [integerRanges.get(from.base), integerRanges.get(to.base)]
  if (have === undefined || want === undefined) return null
  if (want.bytes >= have.bytes) return ['', `::${to.base}`]
  return [partly, ` BETWEEN ${want.min} AND ${want.max} THEN `, `::${to.base} END`]
}

/**
 * `character(n)` becomes text, and no text becomes `character(n)`. It sends the blanks that fill it up, which text has not;
 * `=` does not count them, so a client that wants a row by its value finds the same one before and after (tried with
 * values as text and in binary). But who has come to know a value without blanks need not cope with them.
 */
function withoutPadding(from: TypeName, to: TypeName): Interchange | null {
  if (from.base !== 'character' || !from.builtIn || !to.builtIn || from.array || to.array) return null
  const [length = 1] = from.modifiers
  const [room = Infinity] = to.modifiers
  if (!textTypes.includes(to.base) || room < length) return null
  return {
    up: ['', `::${to.base}`],
    // A blank at its end would not come back.
    down: [
      `${partly}char_length(`,
      `) <= ${length} AND right(`,
      `, 1) <> ' ' THEN `,
      `::character(${length}) END`,
    ],
  }
}

/** Does a value of this type come with blanks at its end that another type does not have? */
export function isPadded(type: string): boolean {
  const { base, builtIn } = parseTypeName(type)
  return builtIn && base === 'character'
}

const textTypes: readonly string[] = ['text', 'character varying']

function texts(from: TypeName, to: TypeName): Conversion | null {
  if (!textTypes.includes(from.base) || !textTypes.includes(to.base)) return null
  const [length] = to.modifiers
  const [had = Infinity] = from.modifiers
  if (length === undefined || had <= length) return ['', `::${to.base}`]
  return [`${partly}char_length(`, `) <= ${length} THEN `, `::${to.base} END`]
}

function numerics(from: TypeName, to: TypeName): Conversion | null {
  if (from.base !== 'numeric' || to.base !== 'numeric') return null
  const [precision, scale = 0] = to.modifiers
  if (precision === undefined) return ['', '::numeric']
  if (scale < 0 || scale > precision) return null
  const limit = `1${'0'.repeat(precision - scale)}`
  return [`${partly}abs(round(`, `, ${scale})) < ${limit} THEN round(`, `, ${scale}) END`]
}

const timeTypes: readonly string[] = [
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
]

/** Another precision of the same type: rounded, as the change of the type would. */
function times(from: TypeName, to: TypeName, spelled: string): Conversion | null {
  return from.base === to.base && timeTypes.includes(to.base) ? ['', `::${spelled}`] : null
}

const otherPairs: readonly (readonly [string, string])[] = [
  ['json', 'jsonb'],
  ['real', 'double precision'],
]

function others(from: TypeName, to: TypeName): Conversion | null {
  const isPair = otherPairs.some(
    ([one, other]) => (from.base === one && to.base === other) || (from.base === other && to.base === one),
  )
  return isPair ? ['', `::${to.base}`] : null
}
