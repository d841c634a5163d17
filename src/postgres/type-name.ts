/**
 * The names of types: from any spelling SQL allows to the one that `format_type()` gives, and the parts of such a name.
 * Source: https://www.postgresql.org/docs/current/datatype.html, table 8.1, and format_type.c.
 */
import type { RelationName } from './relation-name.ts'

export interface TypeName {
  /** As `format_type()` spells it without modifiers and brackets: `character varying`, `timestamp with time zone`. */
  readonly base: string
  /** Type modifiers as numbers: length, or precision and scale. Empty: none given. */
  readonly modifiers: readonly number[]
  /** `interval year to month` and its like: the words after `interval`. */
  readonly fields: string | null
  readonly array: boolean
  /** False: a user's type (enum, domain, composite, extension), `base` being its name as SQL writes it. */
  readonly builtIn: boolean
}

/** Every spelling of a built-in type that differs from format_type's, in lower case without modifiers. */
const spellings: ReadonlyMap<string, string> = new Map([
  ['int', 'integer'],
  ['int4', 'integer'],
  ['int2', 'smallint'],
  ['int8', 'bigint'],
  ['serial', 'integer'],
  ['serial4', 'integer'],
  ['smallserial', 'smallint'],
  ['serial2', 'smallint'],
  ['bigserial', 'bigint'],
  ['serial8', 'bigint'],
  ['bool', 'boolean'],
  ['float4', 'real'],
  ['float8', 'double precision'],
  ['decimal', 'numeric'],
  ['dec', 'numeric'],
  ['varchar', 'character varying'],
  ['char varying', 'character varying'],
  ['national character varying', 'character varying'],
  ['national char varying', 'character varying'],
  ['nchar varying', 'character varying'],
  ['char', 'character'],
  ['national character', 'character'],
  ['national char', 'character'],
  ['nchar', 'character'],
  ['varbit', 'bit varying'],
  ['timestamp', 'timestamp without time zone'],
  ['timestamptz', 'timestamp with time zone'],
  ['time', 'time without time zone'],
  ['timetz', 'time with time zone'],
])

/** Built-in types by format_type's names: base types a column can have, on 14 to 18. */
const builtIns: ReadonlySet<string> = new Set([
  ...spellings.values(),
  ...listed(`
  bpchar, "char", name, text, bytea, bit, date, interval, uuid, json, jsonb, jsonpath, xml, money, oid,
  oidvector, int2vector, xid, xid8, cid, tid, pg_lsn, pg_snapshot, txid_snapshot, inet, cidr, macaddr,
  macaddr8, tsvector, tsquery, gtsvector, refcursor, point, line, lseg, box, path, polygon, circle,
  aclitem, int4range, int8range, numrange, tsrange, tstzrange, daterange, int4multirange,
  int8multirange, nummultirange, tsmultirange, tstzmultirange, datemultirange, regclass, regtype,
  regproc, regprocedure, regoper, regoperator, regrole, regnamespace, regconfig, regdictionary,
  regcollation
`),
])

/** A schema has few types and a thousand columns. */
const read = new Map<string, TypeName>()
const readMax = 1000

/**
 * A type as an author or the deparser writes it (`int8[]`, `pg_catalog.varchar(10)`, `timestamp(3) with time zone`,
 * `public."Email"`). Schemas of `visible` are dropped, as format_type drops those on the search path.
 */
export function parseTypeName(sql: string): TypeName {
  const known = read.get(sql)
  if (known !== undefined) return known
  const type = readTypeName(sql)
  if (read.size >= readMax) read.clear()
  read.set(sql, type)
  return type
}

function readTypeName(sql: string): TypeName {
  const tokens = tokensOf(sql)
  const words: string[] = []
  let modifiers: readonly number[] = []
  let fieldsFrom = -1
  let array = false
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? ''
    if (token === '(') {
      const close = tokens.indexOf(')', at)
      // Not a type's name, then; but whoever asks whether it is one wants an answer.
      if (close < 0) break
      modifiers = tokens
        .slice(at + 1, close)
        .filter((one) => one !== ',')
        .map(Number)
      at = close
    } else if (token === '[' || token === 'array') {
      array = true
      break
    } else {
      if (words[0] === 'interval' && words.length === 1 && token !== '.') fieldsFrom = words.length
      words.push(token)
    }
  }
  const fields = fieldsFrom < 0 ? null : words.splice(fieldsFrom).join(' ')
  return { ...named(words, modifiers), fields, array }
}

/** `format_type()`'s spelling. */
export function formatTypeName(type: TypeName): string {
  const [first, ...rest] = type.base.split(' ')
  const brackets = type.array ? '[]' : ''
  const modifiers = type.modifiers.length > 0 ? `(${type.modifiers.join(',')})` : ''
  if (!type.builtIn) return `${type.base}${modifiers}${brackets}`
  // `timestamp(3) without time zone`: the modifier stands after the first word for the types of time.
  if (first === 'timestamp' || first === 'time')
    return `${[`${first}${modifiers}`, ...rest].join(' ')}${brackets}`
  const fields = type.fields === null ? '' : ` ${type.fields}`
  return `${type.base}${fields}${modifiers}${brackets}`
}

/** Any spelling to format_type's: `int8` → `bigint`, `varchar(3)` → `character varying(3)`, `serial` → `integer`. */
export function normalizeType(sql: string): string {
  return formatTypeName(parseTypeName(sql))
}

type Named = Pick<TypeName, 'base' | 'modifiers' | 'builtIn'>

function named(words: readonly string[], modifiers: readonly number[]): Named {
  const catalogPrefixed = words[0] === 'pg_catalog' && words[1] === '.'
  const rest = catalogPrefixed ? words.slice(2) : words
  if (rest.includes('.')) return { base: rest.join(''), modifiers, builtIn: false }
  const spelled = rest.join(' ')
  // The internal one-byte type is only ever reached by its quoted name or as pg_catalog.char.
  if (spelled === '"char"' || (catalogPrefixed && spelled === 'char')) {
    return { base: '"char"', modifiers: [], builtIn: true }
  }
  // The grammar's own name for char(n); without a length it is a type of its own.
  if (spelled === 'bpchar' && modifiers.length > 0) return { base: 'character', modifiers, builtIn: true }
  if (spelled === 'float') return { base: floatOf(modifiers[0]), modifiers: [], builtIn: true }
  const base = builtInBase(spelled)
  if (base === null) return { base: spelled, modifiers, builtIn: false }
  return { base, modifiers: withDefaultLength(base, modifiers), builtIn: true }
}

function builtInBase(spelled: string): string | null {
  const base = spellings.get(spelled) ?? spelled
  return builtIns.has(base) ? base : null
}

/** `char` and `bit` without a length have length 1; `numeric(5)` has scale 0, and format_type says so. */
function withDefaultLength(base: string, modifiers: readonly number[]): readonly number[] {
  if ((base === 'character' || base === 'bit') && modifiers.length === 0) return [1]
  if (base === 'numeric' && modifiers.length === 1) return [...modifiers, 0]
  return modifiers
}

/** float(1) to float(24) is real, float(25) to float(53) and float are double precision. */
function floatOf(bits: number | undefined): string {
  return bits !== undefined && bits <= 24 ? 'real' : 'double precision'
}

function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word
}

/** A user's type by its name, from a type that is not built in. */
export function userTypeName(type: TypeName): RelationName {
  return splitName(type.base)
}

/** `a."B"` as SQL writes it into unquoted parts. */
export function splitName(sql: string): RelationName {
  const [first = '', dot, second = ''] = tokensOf(sql)
  return dot === '.'
    ? { schema: unquoted(first), name: unquoted(second) }
    : { schema: null, name: unquoted(first) }
}

/** Words in lower case unless quoted (quotes kept where they are needed), numbers, and single punctuation marks. */
function tokensOf(sql: string): string[] {
  const tokens: string[] = []
  let at = 0
  while (at < sql.length) {
    const character = sql[at] ?? ''
    if (character.trim() === '') {
      at += 1
    } else if (character === '"') {
      const end = quotedEnd(sql, at)
      tokens.push(withoutNeedlessQuotes(sql.slice(at, end)))
      at = end
    } else if (isWordCharacter(character) || character === '-') {
      let end = at + 1
      while (end < sql.length && isWordCharacter(sql[end] ?? '')) end += 1
      tokens.push(sql.slice(at, end).toLowerCase())
      at = end
    } else {
      tokens.push(character)
      at += 1
    }
  }
  return tokens
}

function quotedEnd(sql: string, start: number): number {
  let at = start + 1
  while (at < sql.length) {
    if (sql[at] === '"') {
      if (sql[at + 1] !== '"') return at + 1
      at += 1
    }
    at += 1
  }
  return sql.length
}

/** `"email"` and `email` are one type; `"char"` is not `char`. */
function withoutNeedlessQuotes(quoted: string): string {
  const name = unquoted(quoted)
  if (name === 'char') return quoted
  const isPlain = Array.from(name).every((one, at) =>
    at === 0 ? isPlainStart(one) : isPlainStart(one) || isDigit(one),
  )
  return isPlain && name.length > 0 ? name : quoted
}

function isPlainStart(character: string): boolean {
  return (character >= 'a' && character <= 'z') || character === '_'
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9'
}

/** PostgreSQL's scanner takes letters, digits, underscore, dollar and everything beyond ASCII. */
function isWordCharacter(character: string): boolean {
  const lower = character.toLowerCase()
  return isPlainStart(lower) || isDigit(character) || character === '$' || character > '\u007f'
}

/** The names of a list that is written as a text, with commas. */
function listed(text: string): string[] {
  return text.trim().split(/,\s+/)
}
