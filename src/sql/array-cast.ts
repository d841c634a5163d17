/** PostgreSQL's own spelling of an expression, made so that it can be given back and mean the very same. */
import type { Node, TypeCast, TypeName } from '@pgsql/types'
import { confirmed, read } from './edit.ts'
import { markAt, textBetween, type Source } from './source.ts'
import { isSameTree, walk } from './tree.ts'

/**
 * `(ARRAY['a'::character varying])::text[]` casts an array. Read again, the cast goes to each element, and the server has
 * another expression than before; with the array's own type said in between it does not.
 */
export function withArrayTypes(sql: string): string {
  const { node, source } = read(sql)
  const casts: { readonly at: number; readonly type: string }[] = []
  walk([node], (kind, object) => {
    const type = kind === 'TypeCast' ? typeOfItems(object) : null
    const { location } = object
    const at = typeof location === 'number' ? source.tokens[source.tokenAt(location)]?.start : undefined
    if (type !== null && at !== undefined) casts.push({ at, type: textOf(type, source) })
  })
  let text = source.text
  for (const { at, type } of casts.sort((one, other) => other.at - one.at)) {
    text = `${text.slice(0, at)}::${type}[]${text.slice(at)}`
  }
  return casts.length === 0 ? sql : confirmed(text, typed(node))
}

/** Of an array that is cast to one of another type: the type that all its items are cast to. Null: any other cast. */
function typeOfItems({ arg, typeName }: TypeCast): TypeName | null {
  const items = arg !== undefined && 'A_ArrayExpr' in arg ? (arg.A_ArrayExpr.elements ?? []) : []
  const types = items.map((item) => ('TypeCast' in item ? (item.TypeCast.typeName ?? null) : null))
  const [first = null] = types
  if (first === null || !types.every((type) => isSameTree(type, first))) return null
  return isSameTree(arrayOf(first), typeName) ? null : first
}

function arrayOf(type: TypeName): TypeName {
  return { ...type, arrayBounds: [{ Integer: { ival: -1 } }] }
}

/** A type is followed by the next item, or by the end of the array. */
function textOf(type: TypeName, source: Source): string {
  const from = source.tokenAt(type.location)
  let to = from
  for (let depth = 0; to < source.tokens.length; to += 1) {
    const mark = markAt(source, to)
    if (depth === 0 && (mark === ',' || mark === ']')) break
    if (mark === '(' || mark === '[') depth += 1
    if (mark === ')' || mark === ']') depth -= 1
  }
  return textBetween(source, from, to)
}

function typed<T>(value: T): T
function typed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => typed(item))
  if (typeof value !== 'object' || value === null) return value
  const after: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(value))
    after[name] = name === 'TypeCast' ? typedCast(part) : typed(part)
  return after
}

function typedCast(cast: TypeCast): TypeCast {
  const type = typeOfItems(cast)
  if (type === null || cast.arg === undefined) return typed({ ...cast })
  const arg: Node = { TypeCast: { arg: typed(cast.arg), typeName: arrayOf(type) } }
  return { ...cast, arg }
}
