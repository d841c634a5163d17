/** Types as a person writes them: `varchar(255)`, `bigint`, `timestamp with time zone`, `public.email[]`. */
import type { Node, TypeName } from '@pgsql/types'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { stringsOf } from './tree.ts'

/** Internal names, which the grammar puts for the SQL ones, and what follows a modifier: `time(3) with time zone`. */
const spelled = new Map<string, readonly [name: string, suffix?: string]>([
  ['bool', ['boolean']],
  ['bpchar', ['char']],
  ['float4', ['real']],
  ['float8', ['double precision']],
  ['int2', ['smallint']],
  ['int4', ['integer']],
  ['int8', ['bigint']],
  ['serial2', ['smallserial']],
  ['serial4', ['serial']],
  ['serial8', ['bigserial']],
  ['decimal', ['numeric']],
  ['timestamptz', ['timestamp', ' with time zone']],
  ['timetz', ['time', ' with time zone']],
  ['varbit', ['bit varying']],
])

/** Bits of an interval's field restriction, from src/include/utils/datetime.h. */
const intervalFields = new Map<number, string>([
  [1 << 2, ' year'],
  [1 << 1, ' month'],
  [1 << 3, ' day'],
  [1 << 10, ' hour'],
  [1 << 11, ' minute'],
  [1 << 12, ' second'],
  [(1 << 2) | (1 << 1), ' year to month'],
  [(1 << 3) | (1 << 10), ' day to hour'],
  [(1 << 3) | (1 << 10) | (1 << 11), ' day to minute'],
  [(1 << 3) | (1 << 10) | (1 << 11) | (1 << 12), ' day to second'],
  [(1 << 10) | (1 << 11), ' hour to minute'],
  [(1 << 10) | (1 << 11) | (1 << 12), ' hour to second'],
  [(1 << 11) | (1 << 12), ' minute to second'],
])

/** Empty for a column without a type of its own (CREATE TABLE … OF, PARTITION OF). Array sizes say nothing and go. */
export function typeText(type: TypeName | undefined): string {
  if (type === undefined) return ''
  const names = stringsOf(type.names)
  const array = (type.arrayBounds ?? []).length > 0 ? '[]' : ''
  const last = names.at(-1) ?? ''
  const builtIn = names.length === 1 || (names.length === 2 && names[0] === 'pg_catalog')
  const base = builtIn ? builtInText(last, type) : names.map(quoteIdentifier).join('.') + modifiers(type)
  return `${type.setof === true ? 'SETOF ' : ''}${base}${type.pct_type === true ? '%TYPE' : ''}${array}`
}

function builtInText(name: string, type: TypeName): string {
  if (name === 'interval') return intervalText(type)
  // Without a length, bpchar is another type than char, which is char(1).
  if (name === 'bpchar' && (type.typmods ?? []).length === 0) return 'bpchar'
  const [text, suffix] = spelled.get(name) ?? [builtInWords.has(name) ? name : quoteIdentifier(name)]
  return text + modifiers(type) + (suffix ?? '')
}

/** Type names that are key words, and right without quotes. "char" is another type than char. */
const builtInWords = new Set(['bit', 'interval', 'numeric', 'time', 'timestamp', 'varchar'])

function modifiers(type: TypeName): string {
  const texts = (type.typmods ?? []).map(modifierText)
  return texts.length === 0 ? '' : `(${texts.join(',')})`
}

function modifierText(node: Node): string {
  if ('A_Const' in node) {
    const constant = node.A_Const
    if (constant.sval !== undefined) return quoteLiteral(constant.sval.sval ?? '')
    if (constant.fval !== undefined) return constant.fval.fval ?? '0'
    return String(constant.ival?.ival ?? 0)
  }
  if ('ColumnRef' in node) return stringsOf(node.ColumnRef.fields).map(quoteIdentifier).join('.')
  // The grammar takes any expression here, no type of PostgreSQL or PostGIS does.
  return JSON.stringify(node)
}

function intervalText(type: TypeName): string {
  const [mask, precision] = (type.typmods ?? []).map((node) => Number(modifierText(node)))
  const fields = mask === undefined ? '' : (intervalFields.get(mask) ?? '')
  return `interval${fields}${precision === undefined ? '' : `(${precision})`}`
}
