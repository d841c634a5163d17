/**
 * What rows of an application become by the author's own SQL: learnt from the server, on a database that no plan ever
 * touches. Rows are inserted before the migration runs, and after; whatever a plan makes of the same rows is held
 * against that.
 */
import type { Session } from '../../src/database/session.ts'
import type { CatalogSnapshot, TableSnapshot } from '../../src/model/catalog.ts'
import type { Action } from '../../src/model/statement.ts'
import { quoteIdentifier } from '../../src/postgres/identifier.ts'
import type { RelationName } from '../../src/postgres/relation-name.ts'
import type { TestDatabase } from '../support/database.ts'
import { correspond, type ColumnPair } from './correspondence.ts'
import {
  columnFor,
  columnsOf,
  deleteSql,
  insertSql,
  isFresh,
  nameOf,
  placeIn,
  relationFor,
  selectSql,
  updateSql,
  whereRow,
  writable,
  type Place,
  type Side,
  type Value,
  type Values,
} from './place.ts'
import { actionsOf, attempt, runAsAuthor, type PlannedExample } from './planned-example.ts'

/** One value; some value that is not NULL, different each time; or nobody can say. */
export type Seen = { readonly text: Value } | 'volatile' | 'any'
/** By column name, without the fresh columns. */
export type Reading = ReadonlyMap<string, Seen>

/** A row of the old application, and what the author's SQL makes of it. */
export interface OldRow {
  readonly what: string
  readonly values: Values
  /** As the base has it. */
  readonly stored: Reading
  /** After the migration; null: it deletes such rows. Where the table itself is gone: empty. */
  readonly migrated: Reading | null
  /** Written to the end of the migration by the names of then; null: the end refuses it. */
  readonly later: Reading | null
  /** The end takes it neither, even with all that the old application cannot know filled in. */
  readonly refusedAtEnd: boolean
}

/** A row of the new application, and how the end has it. */
export interface NewRow {
  readonly what: string
  readonly values: Values
  readonly stored: Reading
}

export interface PlaceLesson {
  readonly place: Place
  readonly old: readonly OldRow[]
  readonly now: readonly NewRow[]
  /** Of a column whose type changes: each text of the new type, and the texts of the old one that become it. */
  readonly back: ReadonlyMap<ColumnPair, ReadonlyMap<Value, ReadonlySet<Value>>>
  /** Columns of the base that the user's own triggers have the last word on. */
  readonly unchecked: ReadonlySet<string>
}

export interface Lesson {
  readonly places: readonly PlaceLesson[]
  readonly skipped: readonly string[]
}

interface Candidate {
  readonly place: Place
  readonly what: string
  readonly values: Values
}

const twins = 3

export interface Classroom {
  readonly example: PlannedExample
  readonly base: CatalogSnapshot
  readonly end: CatalogSnapshot
  /** A fresh copy of the base, as its owner. */
  readonly withCopy: <T>(use: (session: Session, database: TestDatabase) => Promise<T>) => Promise<T>
}

export async function learn(room: Classroom): Promise<Lesson> {
  const actions = actionsOf(room.example)
  const pairs = correspond(room.base, room.end, actions)
  const decisive = decisiveTables(room.base, actions)
  const skipped: string[] = []
  const places: Place[] = []
  for (const pair of pairs) {
    if (pair.base === null) continue
    if (decisive.has(pair.base)) {
      skipped.push(`${pair.base.name}: its rows decide what becomes of others`)
      continue
    }
    const place = placeIn(pair)
    if (typeof place !== 'string') places.push(place)
    else if (pair.base.kind === 'table' && pair.base.partitionOf === null) {
      skipped.push(`${pair.base.name}: ${place}`)
    }
  }
  const lessons = await lessonsIn(room, places)
  const taught = new Set(lessons.map(({ place }) => place))
  for (const place of places) {
    if (!taught.has(place)) skipped.push(`${place.pair.base?.name}: no row that the author's SQL can bear`)
  }
  return { places: lessons, skipped }
}

/**
 * Tables that a change of rows looks at, and those that refer to rows that it deletes: to write there is to ask for
 * another end than that of the author's SQL on the rows as they were.
 */
function decisiveTables(base: CatalogSnapshot, actions: readonly Action[]): ReadonlySet<TableSnapshot> {
  const named = (names: readonly RelationName[]): readonly TableSnapshot[] =>
    base.tables.filter(({ schema, name }) =>
      names.some((one) => one.name === name && (one.schema ?? base.searchPath[0]) === schema),
    )
  const isData = ({ kind }: Action): boolean => kind === 'update' || kind === 'delete' || kind === 'insert'
  const read = named(actions.flatMap((action) => (isData(action) && 'reads' in action ? action.reads : [])))
  const emptied = named(actions.flatMap((action) => (action.kind === 'delete' ? [action.table] : [])))
  const referring = base.tables.filter(({ constraints }) =>
    constraints.some(({ references }) =>
      emptied.some(({ schema, name }) => references?.schema === schema && references.name === name),
    ),
  )
  return new Set([...read, ...referring])
}

/** Rows like those that are there: in full, with defaults, and with NULL wherever the base lets it be. */
async function candidatesIn(session: Session, place: Place): Promise<readonly Candidate[]> {
  const columns = writable(place, 'old').filter((pair) => !isFresh(place, pair))
  const names = columns.map(nameOf)
  const relation = relationFor(place, 'old') ?? ''
  const texts = names.map((name) => `${quoteIdentifier(name)}::text`)
  const rows = await session.query<{ row: readonly Value[] }>(
    `SELECT ARRAY[${texts.join(', ')}]::text[] AS row FROM ${relation} AS one ORDER BY md5(one::text) LIMIT 4`,
  )
  const samples = rows.map(({ row }) => new Map(names.map((name, at) => [name, row[at] ?? null])))
  const [first] = samples
  if (first === undefined) return []
  const base = columns.flatMap(({ base }) => base ?? [])
  const hasDefault = base.filter((column) => column.default !== null || column.identity !== null)
  const nullable = base.filter(({ notNull }) => !notNull)
  const without = (names: readonly string[]): Values =>
    new Map([...first].filter(([name]) => !names.includes(name)))
  const withNull = (names: readonly string[]): Values => {
    const nulls = names.map((name): readonly [string, Value] => [name, null])
    return new Map([...first, ...nulls])
  }
  const drafts: (readonly [string, Values])[] = [
    ...samples.map((values, at): readonly [string, Values] => [`like row ${at + 1}`, values]),
    ['with defaults', without(hasDefault.map(({ name }) => name))],
    ['with as little as can be', without([...hasDefault, ...nullable].map(({ name }) => name))],
    ['with NULLs', withNull(nullable.map(({ name }) => name))],
    ...nullable.map(({ name }): readonly [string, Values] => [`with NULL in ${name}`, withNull([name])]),
  ]
  const distinct = new Map(drafts.map(([what, values]) => [JSON.stringify([...values]), { what, values }]))
  const found: Candidate[] = []
  for (const { what, values } of distinct.values()) {
    if (found.length < candidatesMax && (await fits(session, place, 'old', values))) {
      found.push({ place, what, values })
    }
  }
  return found
}

const candidatesMax = 9

/** Several of the kind can be there at once. */
async function fits(session: Session, place: Place, side: Side, values: Values): Promise<boolean> {
  await session.execute('BEGIN')
  const refusal = await attempt(async () => {
    for (let twin = 0; twin < twins; twin += 1) {
      await session.execute(insertSql(place, side, values, place.tokens(twin === 0 ? 'below' : 'above')))
    }
    await session.execute('SET CONSTRAINTS ALL IMMEDIATE')
  })
  await session.execute('ROLLBACK')
  return refusal === null
}

/** Without the rows that the author's SQL stumbles over: a plan may stumble over them, too. */
async function lessonsIn(room: Classroom, places: readonly Place[]): Promise<readonly PlaceLesson[]> {
  let candidates: readonly Candidate[] = []
  const lessons = await room.withCopy(async (session) => {
    for (const place of places) candidates = [...candidates, ...(await candidatesIn(session, place))]
    return teach(session, room, candidates)
  })
  if (lessons !== null) return lessons
  const bearable: Candidate[] = []
  for (const candidate of candidates) {
    if (await room.withCopy((session) => bears(session, room, candidate))) bearable.push(candidate)
  }
  const fewer = await room.withCopy((session) => teach(session, room, bearable))
  if (fewer === null) throw new Error('the author’s SQL bears each row, and not all of them together')
  return fewer
}

async function bears(session: Session, room: Classroom, { place, values }: Candidate): Promise<boolean> {
  await insertTwins(session, place, 'old', values)
  return (await runAsAuthor(session, room.example)) === null
}

async function insertTwins(
  session: Session,
  place: Place,
  side: Side,
  values: Values,
): Promise<readonly string[]> {
  const handles: string[] = []
  for (let twin = 0; twin < twins; twin += 1) {
    const tokens = place.tokens(twin === 0 ? 'below' : 'above')
    await session.execute(insertSql(place, side, values, tokens))
    handles.push(tokens.get(place.handle) ?? '')
  }
  return handles
}

/** Null: the author's SQL cannot bear the rows. */
async function teach(
  session: Session,
  room: Classroom,
  candidates: readonly Candidate[],
): Promise<readonly PlaceLesson[] | null> {
  const before: { candidate: Candidate; handles: readonly string[]; stored: Reading }[] = []
  for (const candidate of candidates) {
    const handles = await insertTwins(session, candidate.place, 'old', candidate.values)
    const stored = await readTwins(session, candidate.place, 'old', handles)
    if (stored === null) throw new Error(`${candidate.what}: it vanished in the base`)
    before.push({ candidate, handles, stored })
  }
  const places = [...new Set(candidates.map(({ place }) => place))]
  const unchecked = new Map<Place, ReadonlySet<string>>()
  for (const place of places) {
    const own = candidates.filter((candidate) => candidate.place === place)
    unchecked.set(place, await touchedByTriggers(session, place, own))
  }
  if ((await runAsAuthor(session, room.example)) !== null) return null
  const lessons: PlaceLesson[] = []
  for (const place of places) {
    const old: OldRow[] = []
    for (const { candidate, handles, stored } of before.filter((one) => one.candidate.place === place)) {
      old.push(await oldRowOf(session, candidate, stored, handles))
    }
    lessons.push({
      place,
      old,
      now: await newRowsIn(session, place, old),
      back: waysBack(place, old),
      unchecked: unchecked.get(place) ?? new Set(),
    })
  }
  return lessons
}

async function oldRowOf(
  session: Session,
  { place, what, values }: Candidate,
  stored: Reading,
  handles: readonly string[],
): Promise<OldRow> {
  const kept = { what, values, stored }
  if (place.pair.end === null) return { ...kept, migrated: new Map(), later: null, refusedAtEnd: false }
  const migrated = await readTwins(session, place, 'new', handles)
  const translated = new Map<string, Value>()
  for (const { base, end } of place.pair.columns) {
    if (base === null || end === null || end.generated !== null || !values.has(base.name)) continue
    const seen = migrated?.get(end.name)
    const sameType = base.type === end.type
    if (sameType) translated.set(end.name, values.get(base.name) ?? null)
    else if (seen !== undefined && typeof seen !== 'string') translated.set(end.name, seen.text)
  }
  const later = (await fits(session, place, 'new', translated))
    ? await readTwins(session, place, 'new', await insertTwins(session, place, 'new', translated))
    : null
  const filled = new Map([...writableTexts(place, migrated), ...translated])
  const refusedAtEnd = later === null && !(await fits(session, place, 'new', filled))
  return { ...kept, migrated, later, refusedAtEnd }
}

/** What can be written again of a row as it was read. */
function writableTexts(place: Place, reading: Reading | null): Values {
  const texts = new Map<string, Value>()
  for (const pair of writable(place, 'new')) {
    const name = pair.end?.name ?? ''
    const seen = reading?.get(name)
    if (seen !== undefined && typeof seen !== 'string') texts.set(name, seen.text)
  }
  return texts
}

/** Rows as the end has them, written by an application that knows it; and the same with NULLs and defaults. */
async function newRowsIn(session: Session, place: Place, old: readonly OldRow[]): Promise<readonly NewRow[]> {
  if (place.pair.end === null) return []
  const full = old.flatMap(({ migrated, what }) =>
    migrated === null ? [] : [{ what, values: writableTexts(place, migrated) }],
  )
  const [first] = full
  if (first === undefined) return []
  const columns = writable(place, 'new').flatMap((pair) => (isFresh(place, pair) ? [] : (pair.end ?? [])))
  const hasDefault = columns.filter((column) => column.default !== null || column.identity !== null)
  const nullable = columns.filter(({ notNull }) => !notNull)
  const draft = (what: string, change: (values: Map<string, Value>) => void) => {
    const values = new Map(first.values)
    change(values)
    return { what, values }
  }
  const drafts = [
    ...full,
    draft('with defaults', (values) => {
      for (const { name } of hasDefault) values.delete(name)
    }),
    draft('with NULLs', (values) => {
      for (const { name } of nullable) values.set(name, null)
    }),
    ...nullable.map(({ name }) => draft(`with NULL in ${name}`, (values) => values.set(name, null))),
  ]
  const distinct = new Map(drafts.map((one) => [JSON.stringify([...one.values]), one]))
  const found: NewRow[] = []
  for (const { what, values } of distinct.values()) {
    if (found.length >= candidatesMax || !(await fits(session, place, 'new', values))) continue
    const handles = await insertTwins(session, place, 'new', values)
    const stored = await readTwins(session, place, 'new', handles)
    if (stored !== null) found.push({ what, values, stored })
    for (const handle of handles) await session.execute(deleteSql(place, 'new', handle))
  }
  return found
}

/** Null: one of them is not there. */
async function readTwins(
  session: Session,
  place: Place,
  side: Side,
  handles: readonly string[],
): Promise<Reading | null> {
  const rows: (readonly Value[])[] = []
  for (const handle of handles) {
    const [found] = await session.query<{ row: readonly Value[] }>(
      selectSql(place, side, whereRow(place, side, handle)),
    )
    if (found === undefined) return null
    rows.push(found.row)
  }
  const fresh = new Set(place.fresh.map((pair) => columnFor(pair, side)?.name))
  return new Map(
    columnsOf(place, side).flatMap(({ name }, at): (readonly [string, Seen])[] =>
      fresh.has(name) ? [] : [[name, seenIn(rows.map((row) => row[at] ?? null))]],
    ),
  )
}

function seenIn(values: readonly Value[]): Seen {
  const [first = null] = values
  if (values.every((value) => value === first)) return { text: first }
  return values.includes(null) ? 'any' : 'volatile'
}

/** Columns that are not what an UPDATE has just set them to, or that it changes without naming them. */
async function touchedByTriggers(
  session: Session,
  place: Place,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<string>> {
  const [first, ...others] = candidates
  const last = others.findLast(({ what }) => what.startsWith('like')) ?? first
  const touched = new Set<string>()
  if (first === undefined || last === undefined || last.values.size === 0) return touched
  const tokens = place.tokens('above')
  const handle = tokens.get(place.handle) ?? ''
  await session.execute('BEGIN')
  const refusal = await attempt(async () => {
    await session.execute(insertSql(place, 'old', first.values, tokens))
    const before = await readTwins(session, place, 'old', [handle])
    await session.execute(updateSql(place, 'old', last.values, handle))
    const after = await readTwins(session, place, 'old', [handle])
    for (const [name, seen] of after ?? []) {
      const wanted = last.values.has(name) ? { text: last.values.get(name) ?? null } : before?.get(name)
      if (JSON.stringify(seen) !== JSON.stringify(wanted)) touched.add(name)
    }
  })
  await session.execute('ROLLBACK')
  if (refusal !== null) throw refusal
  return touched
}

function waysBack(place: Place, old: readonly OldRow[]): PlaceLesson['back'] {
  const back = new Map<ColumnPair, Map<Value, Set<Value>>>()
  for (const pair of place.pair.columns) {
    const { base, end } = pair
    if (base === null || end === null || base.type === end.type) continue
    const texts = new Map<Value, Set<Value>>([[null, new Set([null])]])
    for (const { stored, migrated } of old) {
      const [from, to] = [stored.get(base.name), migrated?.get(end.name)]
      if (from === undefined || to === undefined || typeof from === 'string' || typeof to === 'string')
        continue
      texts.set(to.text, new Set([...(texts.get(to.text) ?? []), from.text]))
    }
    back.set(pair, texts)
  }
  return back
}
