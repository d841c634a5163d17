/**
 * What ALTER COLUMN … TYPE does to the heap and to plain indexes on the column. Measured on 14 to 18; where a pair is
 * not known here, the heap is written anew, which is what PostgreSQL does unless a cast is free of work
 * (ATColumnChangeRequiresRewrite in tablecmds.c).
 */
import { parseTypeName, userTypeName, type TypeName } from './type-name.ts'

export interface TypeChange {
  readonly heap: 'kept' | 'rewritten' | 'unknown'
  /** Indexes on the plain column; expression and partial indexes that mention it are always built anew. */
  readonly indexes: 'kept' | 'rebuilt'
  /** Why it is not known, in words. */
  readonly unknown: string | null
}

const kept: TypeChange = { heap: 'kept', indexes: 'kept', unknown: null }
const rebuilt: TypeChange = { heap: 'kept', indexes: 'rebuilt', unknown: null }
const rewritten: TypeChange = { heap: 'rewritten', indexes: 'rebuilt', unknown: null }

/** Pairs without a length that are binary-coercible both ways or one way, and what becomes of an index. */
const freePairs: readonly (readonly [from: string, to: string, change: TypeChange])[] = [
  ['text', 'character varying', kept],
  ['character varying', 'text', kept],
  ['character', 'bpchar', kept],
  ['bpchar', 'bpchar', kept],
  ['text', 'bpchar', rebuilt],
  ['character varying', 'bpchar', rebuilt],
  ['text', 'citext', rebuilt],
  ['citext', 'text', rebuilt],
  ['integer', 'oid', rebuilt],
  ['oid', 'integer', rebuilt],
  ['bit', 'bit varying', rebuilt],
  ['cidr', 'inet', kept],
  ['xml', 'text', kept],
]

/** `from` and `to` as format_type spells them. `timeZone`: the session's; null: not known. */
export function typeChange(from: string, to: string, timeZone: string | null = null): TypeChange {
  if (from === to) return kept
  const one = parseTypeName(from)
  const other = parseTypeName(to)
  // Without a modifier there is nothing to hold the values against.
  const isSameElement = one.base === other.base && one.array === other.array && other.builtIn
  if (isSameElement && other.modifiers.length === 0 && other.fields === null && one.array) return kept
  // Relabelling the elements of an array is not free, whatever the elements are.
  if (one.array || other.array) return rewritten
  if (one.base === other.base) return sameBase(one, other)
  if (isTimestamp(one) && isTimestamp(other)) return acrossTimeZones(other, timeZone)
  const free = freePairs.find(([a, b]) => a === nameOf(one) && b === nameOf(other))
  if (free !== undefined) return other.modifiers.length === 0 ? free[2] : rewritten
  if (one.builtIn && other.builtIn) return rewritten
  if (nameOf(one) === 'citext' || nameOf(other) === 'citext') {
    // By way of text: the cast is there, and as free.
    const isVarying = [one, other].some(({ base }) => base === 'character varying')
    return isVarying && other.modifiers.length === 0 ? rebuilt : rewritten
  }
  const user = one.builtIn ? other.base : one.base
  return { heap: 'unknown', indexes: 'rebuilt', unknown: `whether ${user} is a domain that needs no rewrite` }
}

/** An extension's type lives in whichever schema it was put. */
function nameOf(type: TypeName): string {
  return type.builtIn ? type.base : userTypeName(type).name
}

/** Only the modifiers differ. */
function sameBase(from: TypeName, to: TypeName): TypeChange {
  if (!from.builtIn || from.fields !== null) return rewritten
  // Only the smallest field counts: interval_support, timestamp.c.
  if (to.fields !== null && !to.fields.endsWith('second')) return rewritten
  switch (from.base) {
    case 'character varying':
    case 'bit varying':
      return widens(from, to) ? kept : rewritten
    case 'timestamp without time zone':
    case 'timestamp with time zone':
    case 'time without time zone':
    case 'time with time zone':
    case 'interval':
      // Six digits are all there are, so a precision of 6 takes nothing away.
      return widens(from, to) || to.modifiers[0] === 6 ? kept : rewritten
    case 'numeric':
      return widensNumeric(from, to) ? kept : rewritten
    default:
      return rewritten
  }
}

function widens(from: TypeName, to: TypeName): boolean {
  const [have] = from.modifiers
  const [want] = to.modifiers
  return want === undefined || (have !== undefined && want >= have)
}

function widensNumeric(from: TypeName, to: TypeName): boolean {
  if (to.modifiers.length === 0) return true
  const [precision = Infinity, scale = -1] = from.modifiers
  const [wanted = 0, wantedScale = 0] = to.modifiers
  return scale === wantedScale && wanted >= precision
}

function isTimestamp(type: TypeName): boolean {
  return type.base.startsWith('timestamp ')
}

/** Zones that are UTC at all times: TimestampTimestampTzRequiresRewrite, timestamp.c. */
const utcZones: ReadonlySet<string> = new Set([
  'utc',
  'etc/utc',
  'gmt',
  'etc/gmt',
  '0',
  'uct',
  'zulu',
  'etc/uct',
])

/** Free only while the session's time zone is a constant UTC, which the migration alone does not always say. */
function acrossTimeZones(to: TypeName, timeZone: string | null): TypeChange {
  const [precision] = to.modifiers
  if (precision !== undefined && precision !== 6) return rewritten
  if (timeZone !== null) return utcZones.has(timeZone.toLowerCase()) ? rebuilt : rewritten
  return { heap: 'unknown', indexes: 'rebuilt', unknown: 'whether the time zone of the session is UTC' }
}
