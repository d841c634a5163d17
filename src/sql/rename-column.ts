/**
 * The definition of an index or a constraint, with one column of its table under another name: for the copy of the column
 * that takes the column's place.
 */
import type { Node } from '@pgsql/types'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { withArrayTypes } from './array-cast.ts'
import { confirmed, read } from './edit.ts'
import { markAt, wordAt, type Source } from './source.ts'
import { stringsOf, walk } from './tree.ts'

/**
 * CREATE INDEX, or ALTER TABLE … ADD of a constraint. Null: the column is written in a way that cannot be told from
 * another name. What a foreign key references stays: that is a column of another table.
 */
export function withRenamedColumn(sql: string, from: string, to: string): string | null {
  const { node, source } = read(withArrayTypes(sql))
  const meant = renamed(node, from, to)
  const places = [...new Set([...referencesTo(node, source, from), ...listItems(source, from)])]
  let text = source.text
  for (const place of places.sort((one, other) => other - one)) {
    const token = source.tokens[place]
    if (token !== undefined) text = text.slice(0, token.start) + quoteIdentifier(to) + text.slice(token.end)
  }
  try {
    return confirmed(text, meant)
  } catch {
    return null
  }
}

/**
 * An expression in pieces, between which the column stood: `lower(c) || c` is `lower(`, `) || ` and nothing. Null: it
 * names no such column, or another one.
 */
export function splitAtColumn(
  expression: string,
  column: string,
): readonly [string, string, ...string[]] | null {
  const head = 'SELECT '
  const { node, source } = read(`${head}${expression}`)
  let others = false
  walk([node], (kind, object) => {
    if (kind === 'ColumnRef' && stringsOf(object['fields']).at(-1) !== column) others = true
  })
  const places = [...new Set(referencesTo(node, source, column))].sort((one, other) => one - other)
  const pieces: string[] = []
  let from = head.length
  for (const place of places) {
    let first = place
    while (markAt(source, first - 1) === '.') first -= 2
    pieces.push(source.text.slice(from, source.tokens[first]?.start ?? from))
    from = source.tokens[place]?.end ?? from
  }
  const [start, ...rest] = [...pieces, source.text.slice(from)]
  const [second, ...more] = rest
  return others || start === undefined || second === undefined ? null : [start, second, ...more]
}

/** The tree with the column renamed wherever the grammar has a column of the table itself. */
function renamed<T>(value: T, from: string, to: string): T
function renamed(value: unknown, from: string, to: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => renamed(item, from, to))
  if (typeof value !== 'object' || value === null) return value
  const after: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(value)) {
    if (name === 'ColumnRef') after[name] = renamedReference(part, from, to)
    else if (ownLists.has(name)) after[name] = renamedStrings(part, from, to)
    else if (name === 'IndexElem') after[name] = renamedElement(renamed(part, from, to), from, to)
    else after[name] = renamed(part, from, to)
  }
  return after
}

/** Lists of column names: a key's own, a foreign key's referencing ones, what INCLUDE holds. */
const ownLists: ReadonlySet<string> = new Set(['keys', 'fk_attrs', 'including', 'fk_del_set_cols'])

function renamedStrings(list: unknown, from: string, to: string): unknown {
  if (!Array.isArray(list)) return list
  return list.map((item: unknown) => (stringsOf([item])[0] === from ? { String: { sval: to } } : item))
}

function renamedReference(reference: unknown, from: string, to: string): unknown {
  if (typeof reference !== 'object' || reference === null || !('fields' in reference)) return reference
  const { fields } = reference
  if (!Array.isArray(fields)) return reference
  return {
    ...reference,
    fields: [...fields.slice(0, -1), ...asList(renamedStrings(fields.slice(-1), from, to))],
  }
}

function renamedElement(element: unknown, from: string, to: string): unknown {
  if (typeof element !== 'object' || element === null || !('name' in element)) return element
  return element.name === from ? { ...element, name: to } : element
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The last token of each reference to the column in an expression. */
function referencesTo(node: Node, source: Source, from: string): readonly number[] {
  const places: number[] = []
  walk([node], (kind, object) => {
    if (kind !== 'ColumnRef' || stringsOf(object['fields']).at(-1) !== from) return
    let place = source.tokenAt(typeof object['location'] === 'number' ? object['location'] : 0)
    while (markAt(source, place + 1) === '.') place += 2
    places.push(place)
  })
  return places
}

/** Names that stand as an item of their own in parentheses, before what a foreign key references. */
function listItems(source: Source, from: string): readonly number[] {
  const places: number[] = []
  for (let place = 1; place < source.tokens.length; place += 1) {
    if (wordAt(source, place) === 'references') break
    const before = markAt(source, place - 1)
    const after = markAt(source, place + 1)
    if ((before === '(' || before === ',') && after !== '(' && after !== '.' && isName(source, place, from)) {
      places.push(place)
    }
  }
  return places
}

function isName(source: Source, place: number, name: string): boolean {
  const token = source.tokens[place]
  if (token === undefined) return false
  const text = source.text.slice(token.start, token.end)
  if (token.kind === 'word') return text.toLowerCase() === name
  return token.kind === 'quoted' && text === `"${name.replaceAll('"', '""')}"`
}
