/**
 * An old and a new application at work on one database, each by the names that it knows. Whatever one has written must
 * be what both of them read, in the order in which it was written; a lesson says what that is where names and types
 * differ. What goes against it is kept as a complaint, in words.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError, type Session } from '../../src/database/session.ts'
import { quoteIdentifier } from '../../src/postgres/identifier.ts'
import type { ColumnPair } from './correspondence.ts'
import type { Lesson, NewRow, OldRow, PlaceLesson, Reading, Seen } from './lesson.ts'
import {
  columnFor,
  columnsOf,
  deleteSql,
  insertSql,
  relationFor,
  selectSql,
  updateSql,
  whereRow,
  type Side,
  type Value,
  type Values,
  type Zone,
} from './place.ts'

/** What a column may hold, by its name; a column that is left out may hold anything. */
type View = Map<string, readonly Seen[]>

interface Row {
  readonly lesson: PlaceLesson
  /** Who inserted it. */
  readonly by: Side
  readonly tokens: Map<ColumnPair, string>
  readonly views: Record<Side, View>
  /** The author's SQL deletes rows like it. */
  mayBeGone: boolean
  /** What has been done to it, for complaints. */
  readonly story: string[]
}

export interface Tally {
  writes: number
  reads: number
  /** Writes that the author's end refuses as well. */
  refused: number
}

export class Applications {
  readonly complaints: string[] = []
  readonly tally: Tally = { writes: 0, reads: 0, refused: 0 }
  /** In the background, too, keys may change. */
  mayMove = true
  /** Where the new application can be at work before all is made ready for it, with rows of its own. */
  private readonly ahead = new Set<PlaceLesson>()
  private isAhead = false
  private rows: Row[] = []
  private turn: Promise<unknown> = Promise.resolve()
  private readonly lesson: Lesson
  private readonly sessions: Readonly<Record<Side, Session>>
  private readonly random: () => number
  private loops = 0
  private done = 0

  constructor(lesson: Lesson, sessions: Readonly<Record<Side, Session>>, random: () => number) {
    this.lesson = lesson
    this.sessions = sessions
    this.random = random
  }

  /** Rows that are as old as any other when the plan begins. */
  async settle(): Promise<void> {
    for (const lesson of this.lesson.places) {
      for (const row of lesson.old) {
        await this.insertOld(lesson, row, 'below')
        await this.insertOld(lesson, row, 'above')
      }
    }
  }

  /** Begins to work in the background; gives the way to end it. */
  start(sides: readonly Side[]): () => Promise<void> {
    const state = { stopping: false }
    this.loops += 1
    const loop = (async () => {
      while (!state.stopping) {
        for (const side of sides) await this.oneThing(side)
        this.done += 1
        await sleep(1)
      }
    })()
    return async () => {
      state.stopping = true
      this.loops -= 1
      await loop
    }
  }

  /**
   * The new application begins to work in the background before the gate: wherever all the columns are there that it
   * knows, of the types that it knows, and with no rows but those that it inserts itself, for others may not be what it
   * expects yet. Gives the way to end it.
   */
  async startAhead(): Promise<() => Promise<void>> {
    for (const lesson of this.lesson.places) {
      if (!this.ahead.has(lesson) && (await this.isComplete(lesson))) this.ahead.add(lesson)
    }
    this.isAhead = true
    const stop = this.start(['new'])
    return async () => {
      await stop()
      this.isAhead = false
    }
  }

  private async isComplete({ place }: PlaceLesson): Promise<boolean> {
    const rows = await this.sessions.new.query<{ name: string; type: string }>(
      `SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
      [relationFor(place, 'new')],
    )
    return columnsOf(place, 'new').every(({ name, type }) =>
      rows.some((row) => row.name === name && row.type === type),
    )
  }

  /** Waits until the background has done some things more, or is kept from it. */
  async advance(things: number, withinMs: number): Promise<void> {
    const goal = this.done + things
    const started = performance.now()
    while (this.loops > 0 && this.done < goal && performance.now() - started < withinMs) await sleep(1)
  }

  /** Each reads every row there is. */
  async readAll(side: Side): Promise<void> {
    for (const row of this.rows.slice()) await this.read(side, row)
  }

  /** One after the other at the same rows: the last one wins, and both read it. */
  async meet(): Promise<void> {
    await this.readAll('old')
    await this.readAll('new')
    for (const lesson of this.lesson.places) {
      if (lesson.place.pair.end === null) continue
      for (const zone of ['below', 'above'] as const) {
        for (const row of lesson.old) await this.checked(await this.insertOld(lesson, row, zone))
        for (const row of lesson.now) await this.checked(await this.insertNew(lesson, row, zone))
      }
      for (const row of this.rowsOf(lesson).slice(-2 * lesson.now.length - 2)) await this.alternate(row)
      const [one, other, another] = this.rowsOf(lesson).slice(-3)
      if (one !== undefined) await this.remove('old', one)
      if (other !== undefined) await this.remove('new', other)
      if (another !== undefined) {
        await this.move('old', another, 'below')
        await this.checked(another)
        await this.move('new', another, 'above')
        await this.checked(another)
      }
    }
  }

  async removeAll(side: Side): Promise<void> {
    for (const row of this.rows.slice()) {
      if (relationFor(row.lesson.place, side) !== null) await this.remove(side, row)
    }
  }

  /** The old application has gone, and the tables with it that only it knew. */
  forget(): void {
    this.rows = this.rows.filter(({ lesson }) => lesson.place.pair.end !== null)
  }

  private async alternate(row: Row): Promise<void> {
    const { old, now } = row.lesson
    const whole = old.filter(({ values }) => values.size === Math.max(...old.map((one) => one.values.size)))
    for (let round = 0; round < 3; round += 1) {
      const [mine, theirs] = [whole[round % whole.length], now[(round * 2 + 1) % now.length]]
      if (mine !== undefined) await this.checked(await this.updateOld(row, mine))
      await this.touch(round === 1 ? 'new' : 'old', row)
      if (theirs !== undefined) await this.checked(await this.updateNew(row, theirs))
      await this.touch(round === 1 ? 'old' : 'new', row)
      await this.checked(row)
    }
    for (const pair of row.lesson.place.pair.columns) await this.alternateColumn(row, pair)
  }

  /** Both write one column only, by turns. */
  private async alternateColumn(row: Row, pair: ColumnPair): Promise<void> {
    const { base, end } = pair
    if (base === null || end === null || row.lesson.place.fresh.includes(pair)) return
    // Half of a reference refers to nothing.
    if (isPartOfReference(row, base.name) || isPartOfReference(row, end.name)) return
    for (const mine of row.lesson.old.slice(0, 3)) {
      const only = onlyColumn(mine.values, base.name)
      if (only.size === 1 && base.type === end.type && isKept(mine, base.name, end.name)) {
        await this.checked(await this.updateOld(row, { ...mine, values: only }))
      }
      const theirs = row.lesson.now.find(({ values }) => values.has(end.name))
      if (theirs !== undefined) {
        await this.checked(
          await this.updateNew(row, { ...theirs, values: onlyColumn(theirs.values, end.name) }),
        )
      }
    }
  }

  private async checked(row: Row | null): Promise<void> {
    if (row === null) return
    await this.read('old', row)
    await this.read('new', row)
  }

  /** In the background an application does one thing after the other, of all that it can do. */
  private oneThing(side: Side): Promise<void> {
    const act = this.turn.then(async () => {
      const isAhead = side === 'new' && this.isAhead
      const lessons = this.lesson.places.filter(
        (lesson) => relationFor(lesson.place, side) !== null && (!isAhead || this.ahead.has(lesson)),
      )
      const lesson = this.pick(lessons)
      if (lesson === undefined) return
      const rows = this.rowsOf(lesson)
      const row = this.pick(isAhead ? rows.filter(({ by }) => by === 'new') : rows)
      const what = this.random()
      const zone = this.random() < 0.5 ? 'below' : 'above'
      const [mine, theirs] = [this.pick(lesson.old), this.pick(lesson.now)]
      if (what < 0.25 || row === undefined) {
        if (side === 'old' && mine !== undefined) await this.insertOld(lesson, mine, zone)
        if (side === 'new' && theirs !== undefined) await this.insertNew(lesson, theirs, zone)
      } else if (what < 0.5) {
        const whole = lesson.old.filter(({ what }) => what.startsWith('like'))
        const wholeRow = this.pick(whole)
        if (side === 'old' && wholeRow !== undefined) await this.updateOld(row, wholeRow)
        if (side === 'new' && theirs !== undefined) await this.updateNew(row, theirs)
      } else if (what < 0.6 || (what < 0.75 && !this.mayMove)) await this.touch(side, row)
      else if (what < 0.75) await this.move(side, row, zone)
      else if (what < 0.85 && this.rowsOf(lesson).length > 6) await this.remove(side, row)
      else await this.read(side, row)
    })
    this.turn = act.catch(() => undefined)
    return act
  }

  private pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.random() * from.length)]
  }

  private rowsOf(lesson: PlaceLesson): readonly Row[] {
    return this.rows.filter((row) => row.lesson === lesson)
  }

  private async insertOld(lesson: PlaceLesson, old: OldRow, zone: Zone): Promise<Row | null> {
    const tokens = new Map(lesson.place.tokens(zone))
    const story = [`the old application inserts a row ${old.what}`]
    const sql = insertSql(lesson.place, 'old', old.values, tokens)
    if ((await this.write('old', sql, story, old.refusedAtEnd)) !== 1) return null
    const views = { old: oldViewOf(lesson, old), new: newViewOf(lesson, old) }
    const row: Row = { lesson, by: 'old', tokens, views, story, mayBeGone: old.migrated === null }
    this.rows.push(row)
    return row
  }

  private async insertNew(lesson: PlaceLesson, now: NewRow, zone: Zone): Promise<Row | null> {
    const tokens = new Map(lesson.place.tokens(zone))
    const story = [`the new application inserts a row ${now.what}`]
    const sql = insertSql(lesson.place, 'new', now.values, tokens)
    if ((await this.write('new', sql, story, false)) !== 1) return null
    const views = { old: wayBack(lesson, now.stored), new: this.newViewOfOwn(lesson, now) }
    const row: Row = { lesson, by: 'new', tokens, views, story, mayBeGone: false }
    this.rows.push(row)
    return row
  }

  private async updateOld(row: Row, old: OldRow): Promise<Row | null> {
    const { lesson, tokens } = row
    if (old.values.size === 0) return null
    const story = `the old application makes it a row ${old.what} (${[...old.values.keys()].join(', ')})`
    const sql = updateSql(lesson.place, 'old', old.values, tokens.get(lesson.place.handle) ?? '')
    if (!(await this.change('old', row, sql, story, old.refusedAtEnd))) return null
    const [mine, theirs] = [oldViewOf(lesson, old), newViewOf(lesson, old)]
    for (const pair of lesson.place.pair.columns) {
      const { base, end } = pair
      const isGiven = base !== null && old.values.has(base.name)
      // It follows from columns that may not be among those of the update.
      if (base !== null && base.generated !== null) row.views.old.delete(base.name)
      if (isGiven) row.views.old.set(base.name, mine.get(base.name) ?? ['any'])
      if (end === null) continue
      const seen = theirs.get(end.name) ?? ['any']
      if (base !== null && end.generated !== null) row.views.new.delete(end.name)
      else if (isGiven) row.views.new.set(end.name, seen)
      else if (base === null) {
        row.views.new.set(end.name, [...(row.views.new.get(end.name) ?? ['any']), ...seen])
      }
    }
    row.mayBeGone ||= old.migrated === null
    return row
  }

  private async updateNew(row: Row, now: NewRow): Promise<Row | null> {
    const { lesson, tokens } = row
    if (now.values.size === 0) return null
    const story = `the new application makes it a row ${now.what} (${[...now.values.keys()].join(', ')})`
    const sql = updateSql(lesson.place, 'new', now.values, tokens.get(lesson.place.handle) ?? '')
    if (!(await this.change('new', row, sql, story, false))) return null
    const [mine, theirs] = [wayBack(lesson, now.stored), this.newViewOfOwn(lesson, now)]
    for (const { base, end } of lesson.place.pair.columns) {
      if (end === null) continue
      if (now.values.has(end.name)) {
        row.views.new.set(end.name, theirs.get(end.name) ?? ['any'])
        if (base !== null) row.views.old.set(base.name, mine.get(base.name) ?? ['any'])
      } else if (end.generated !== null) {
        row.views.new.delete(end.name)
        if (base !== null) row.views.old.delete(base.name)
      }
    }
    return row
  }

  /** Ahead of the gate a NULL in a column that is being filled is filled as well: the plans' notes say so. */
  private newViewOfOwn({ place }: PlaceLesson, { stored }: NewRow): View {
    const view = exactly(stored)
    if (!this.isAhead) return view
    for (const { base, end } of place.pair.columns) {
      if (base !== null || end === null || end.default === null) continue
      view.set(end.name, [...(view.get(end.name) ?? ['any']), 'volatile'])
    }
    return view
  }

  /** A new version of the row with the same values. */
  private async touch(side: Side, row: Row): Promise<void> {
    const { place } = row.lesson
    const column = [...row.lesson.place.pair.columns]
      .flatMap((pair) => columnFor(pair, side) ?? [])
      .find(({ generated, identity }) => generated === null && identity !== 'always')
    if (column === undefined) return
    const name = quoteIdentifier(column.name)
    const where = whereRow(place, side, row.tokens.get(place.handle) ?? '')
    const sql = `UPDATE ${relationFor(place, side)} SET ${name} = ${name} WHERE ${where}`
    // Such a row may be one that a constraint NOT VALID lets lie, until somebody writes it.
    const mayBeRefused = row.lesson.old.some(({ refusedAtEnd }) => refusedAtEnd)
    await this.change(side, row, sql, `the ${side} application touches ${column.name}`, mayBeRefused)
  }

  /** Another key: a row ahead of a backfill goes behind it, and the other way round. */
  private async move(side: Side, row: Row, zone: Zone): Promise<void> {
    const { place } = row.lesson
    const column = columnFor(place.handle, side)
    if (column === null || column.identity === 'always') return
    const token = place.tokens(zone).get(place.handle) ?? ''
    const sql = updateSql(place, side, new Map([[column.name, token]]), row.tokens.get(place.handle) ?? '')
    const mayBeRefused = row.lesson.old.some(({ refusedAtEnd }) => refusedAtEnd)
    const story = `the ${side} application gives it the key ${token}`
    if (await this.change(side, row, sql, story, mayBeRefused)) row.tokens.set(place.handle, token)
  }

  private async remove(side: Side, row: Row): Promise<void> {
    const { place } = row.lesson
    const handle = row.tokens.get(place.handle) ?? ''
    if (
      !(await this.change(
        side,
        row,
        deleteSql(place, side, handle),
        `the ${side} application deletes it`,
        false,
      ))
    )
      return
    this.rows = this.rows.filter((one) => one !== row)
  }

  /** False: nothing has changed. */
  private async change(
    side: Side,
    row: Row,
    sql: string,
    story: string,
    mayBeRefused: boolean,
  ): Promise<boolean> {
    const stories = [...row.story, story]
    const changed = await this.write(side, sql, stories, mayBeRefused)
    if (changed === null) return false
    if (changed === 0 && row.mayBeGone) {
      this.rows = this.rows.filter((one) => one !== row)
      return false
    }
    row.story.push(story)
    if (changed === 1) return true
    this.complain(side, stories, `${changed} rows changed by ${sql}`)
    return false
  }

  /** Rows affected; null: it was refused. */
  private async write(
    side: Side,
    sql: string,
    story: readonly string[],
    mayBeRefused: boolean,
  ): Promise<number | null> {
    this.tally.writes += 1
    try {
      return (await this.sessions[side].execute(sql)).rowsAffected
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.connectionLost) throw error
      if (mayBeRefused && error.sqlstate?.startsWith('23') === true) this.tally.refused += 1
      else this.complain(side, story, `${error.sqlstate} ${error.message}: ${sql}`)
      return null
    }
  }

  private async read(side: Side, row: Row): Promise<void> {
    const { place } = row.lesson
    if (relationFor(place, side) === null) return
    this.tally.reads += 1
    const sql = selectSql(place, side, whereRow(place, side, row.tokens.get(place.handle) ?? ''))
    let found: readonly { readonly row: readonly Value[] }[]
    try {
      found = await this.sessions[side].query<{ row: readonly Value[] }>(sql)
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.connectionLost) throw error
      this.complain(side, row.story, `${error.sqlstate} ${error.message}: ${sql}`)
      return
    }
    const [values, another] = found
    if (another !== undefined) this.complain(side, row.story, 'the row is there twice')
    if (values === undefined) {
      if (!row.mayBeGone) this.complain(side, row.story, `the row is not there: ${sql}`)
      this.rows = this.rows.filter((one) => one !== row)
      return
    }
    for (const [at, column] of columnsOf(place, side).entries()) {
      const value = values.row[at] ?? null
      const wanted = this.wanted(side, row, column.name)
      if (wanted === null || wanted.some((one) => isSeen(one, value))) continue
      this.complain(
        side,
        row.story,
        `${column.name} is ${value ?? 'NULL'}, not ${wanted.map(spell).join(' or ')}`,
      )
    }
  }

  /** Null: anything. */
  private wanted(side: Side, row: Row, column: string): readonly Seen[] | null {
    const { place, unchecked } = row.lesson
    const pair = place.pair.columns.find((one) => columnFor(one, side)?.name === column)
    const token = pair === undefined ? undefined : row.tokens.get(pair)
    if (token !== undefined) return [{ text: token }]
    if (unchecked.has(pair?.base?.name ?? '')) return null
    return row.views[side].get(column) ?? null
  }

  private complain(side: Side, story: readonly string[], what: string): void {
    this.complaints.push(`${story.slice(-4).join('; ')} — the ${side} application: ${what}`)
  }
}

function isPartOfReference({ lesson }: Row, column: string): boolean {
  const { base, end } = lesson.place.pair
  return [...(base?.constraints ?? []), ...(end?.constraints ?? [])].some(
    ({ kind, columns }) => kind === 'foreign-key' && columns.length > 1 && columns.includes(column),
  )
}

function isSeen(seen: Seen, value: Value): boolean {
  if (seen === 'any') return true
  return seen === 'volatile' ? value !== null : seen.text === value
}

function spell(seen: Seen): string {
  return typeof seen === 'string' ? seen : (seen.text ?? 'NULL')
}

function onlyColumn(values: Values, name: string): Values {
  return new Map([...values].filter(([column]) => column === name))
}

/** The migration does nothing to this value, whatever the rest of the row is. */
function isKept(old: OldRow, base: string, end: string): boolean {
  const [before, after] = [old.stored.get(base), old.migrated?.get(end)]
  return before !== undefined && after !== undefined && JSON.stringify(before) === JSON.stringify(after)
}

function exactly(reading: Reading): View {
  return new Map([...reading].map(([name, seen]) => [name, [seen]]))
}

/** What the old application reads of its own row: as it wrote it, or as the migration has it by now. */
function oldViewOf({ place }: PlaceLesson, old: OldRow): View {
  const view: View = new Map()
  for (const { base, end } of place.pair.columns) {
    if (base === null) continue
    const seen = old.stored.get(base.name)
    if (seen === undefined) continue
    const isSame = end !== null && end.type === base.type
    const others = isSame ? [old.migrated?.get(end.name), old.later?.get(end.name)] : []
    view.set(base.name, [seen, ...others.filter((one) => one !== undefined)])
  }
  return view
}

/** What the new application reads of it: as the migration has it, or as if written by the old one after it. */
function newViewOf({ place }: PlaceLesson, old: OldRow): View {
  const view: View = new Map()
  for (const { base, end } of place.pair.columns) {
    if (end === null) continue
    const isSame = base !== null && end.type === base.type
    const all = [
      old.migrated?.get(end.name),
      old.later?.get(end.name),
      isSame ? old.stored.get(base.name) : undefined,
    ].filter((one) => one !== undefined)
    const fitting = end.notNull ? all.filter((one) => typeof one === 'string' || one.text !== null) : all
    if (fitting.length > 0) view.set(end.name, fitting)
  }
  return view
}

/** What the old application reads of a row of the new one. */
function wayBack({ place, back }: PlaceLesson, stored: Reading): View {
  const view: View = new Map()
  for (const pair of place.pair.columns) {
    const { base, end } = pair
    const seen = end === null ? undefined : stored.get(end.name)
    if (base === null || end === null || seen === undefined) continue
    if (base.type === end.type) view.set(base.name, [seen])
    else if (typeof seen !== 'string') {
      const texts = back.get(pair)?.get(seen.text)
      if (texts !== undefined)
        view.set(
          base.name,
          [...texts].map((text) => ({ text })),
        )
    }
  }
  return view
}
