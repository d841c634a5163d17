/** Sequences that belong to a column, in the words of a database's reader: `owned by t.c`, `identity of t.c`. */
import type { ObjectSnapshot } from '../model/catalog.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../postgres/relation-name.ts'
import { splitName } from '../postgres/type-name.ts'
import { ownerOfSequence, stringsIn } from '../sql/statement-facts.ts'
import type { Catalog } from './catalog.ts'
import { keyOf, resolveIn, stateOf, type State } from './state.ts'

export interface OwnedSequence {
  readonly name: QualifiedName
  readonly identity: boolean
}

const words = { identity: 'identity of ', owned: 'owned by ' } as const

export function withOwnedSequence(
  state: State,
  sequence: QualifiedName,
  owner: { readonly table: QualifiedName; readonly column: string; readonly identity: boolean },
): State {
  const identity = formatRelation(sequence)
  const word = owner.identity ? words.identity : words.owned
  const definition = `${word}${formatRelation(owner.table)}.${quoteIdentifier(owner.column)}`
  const others = state.objects.filter((one) => one.kind !== 'sequence' || one.identity !== identity)
  return { ...state, objects: [...others, { kind: 'sequence', identity, definition }] }
}

/** After DROP IDENTITY: the sequence goes with it. */
export function withoutIdentitySequence(state: State, table: QualifiedName, column: string): State {
  const ending = `${words.identity}${formatRelation(table)}.${quoteIdentifier(column)}`
  const isIt = ({ kind, definition }: ObjectSnapshot): boolean =>
    kind === 'sequence' && definition.endsWith(ending)
  const gone = new Set(
    state.objects.filter(isIt).map(({ identity }) => keyOf(resolveIn(state, splitName(identity)))),
  )
  return {
    ...state,
    objects: state.objects.filter((one) => !isIt(one)),
    otherRelations: new Set([...state.otherRelations].filter((key) => !gone.has(key))),
  }
}

function withoutOwner(state: State, sequence: QualifiedName): State {
  const identity = formatRelation(sequence)
  const objects = state.objects.map((one) => {
    const at = one.kind === 'sequence' && one.identity === identity ? one.definition.indexOf(words.owned) : -1
    return at < 0 ? one : { ...one, definition: one.definition.slice(0, at).trimEnd() }
  })
  return { ...state, objects }
}

/** CREATE SEQUENCE and ALTER SEQUENCE … OWNED BY. */
export function withSequenceOwner(state: State, sequence: QualifiedName, sql: string): State {
  const owner = ownerOfSequence(sql)
  if (owner === null) return state
  if (owner === 'none') return withoutOwner(state, sequence)
  const table = resolveIn(state, owner.table)
  return withOwnedSequence(state, sequence, { table, column: owner.column, identity: false })
}

/** After ALTER TABLE … RENAME COLUMN. */
export function withRenamedOwner(
  state: State,
  table: QualifiedName,
  column: { readonly from: string; readonly to: string },
): State {
  const [from, to] = [column.from, column.to].map(
    (name) => `${formatRelation(table)}.${quoteIdentifier(name)}`,
  )
  const renamed = ({ definition }: ObjectSnapshot): string | null => {
    const word = Object.values(words).find((one) => definition.endsWith(`${one}${from}`))
    return word === undefined ? null : `${definition.slice(0, -`${from}`.length)}${to}`
  }
  const objects = state.objects.map((one) => {
    const definition = one.kind === 'sequence' ? renamed(one) : null
    return definition === null ? one : { ...one, definition }
  })
  return { ...state, objects }
}

/** `column` null: of any. */
export function sequencesOf(
  catalog: Catalog,
  table: RelationName,
  column: string | null,
): readonly OwnedSequence[] {
  const state = stateOf(catalog)
  const owner = `${formatRelation(resolveIn(state, table))}.`
  return state.objects.flatMap(({ kind, identity, definition }) => {
    if (kind !== 'sequence') return []
    const isIdentity = definition.includes(words.identity)
    const word = isIdentity ? words.identity : words.owned
    const at = definition.indexOf(word)
    const owned = at < 0 ? '' : definition.slice(at + word.length)
    const isOf = column === null ? owned.startsWith(owner) : owned === owner + quoteIdentifier(column)
    const { schema, name } = splitName(identity)
    return isOf && schema !== null ? [{ name: { schema, name }, identity: isIdentity }] : []
  })
}

/** Sequences that an expression names, for nextval and its like. */
export function sequencesNamedIn(catalog: Catalog, sql: string): readonly QualifiedName[] {
  const state = stateOf(catalog)
  return [...stringsIn(sql)]
    .map((text) => resolveIn(state, splitName(text)))
    .filter((name) => state.otherRelations.has(keyOf(name)))
}
