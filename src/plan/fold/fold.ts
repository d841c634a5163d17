/**
 * Constant folding over the whole pending set. ADD COLUMN, an UPDATE of all rows to one value and SET NOT NULL, in
 * whatever files they stand, are ADD COLUMN … NOT NULL DEFAULT value: no row is touched, and an application that does not
 * know the column goes on inserting. Invariant: every action of the input is in the result, or a note says what became of it.
 */
import type { Catalog } from '../../catalog/catalog.ts'
import { startBatch } from '../../catalog/replay.ts'
import { effectOf } from '../../effects/effect-of.ts'
import { walk } from '../../effects/walk.ts'
import type { TransactionMode } from '../../model/migration.ts'
import type { Position } from '../../model/position.ts'
import type { Action, ActionOf, Expression } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { columnObject } from '../../rules/steps/objects.ts'
import { parsedAction } from '../../rules/steps/parsed-action.ts'
import { generated, withColumnDefault, withoutInlineConstraints } from '../../sql/edit.ts'
import { lineIndex, type LineIndex } from '../../sql/line-index.ts'
import type { Script } from '../../sql/parse-script.ts'
import type { ServerVersion } from '../decide.ts'
import { captureFor, type Capture, type CapturedDefaults } from './capture.ts'
import {
  bringsValues,
  changesRowsOf,
  columnLife,
  triggersOf,
  type ColumnEvent,
  type ColumnLife,
  type Place,
  type Target,
} from './column.ts'
import { addAfter, noEdits, rewritten, unset, type Edits } from './edits.ts'
import type { FoldValue } from './value.ts'

export interface FoldInput {
  /** In the order in which their runner would take them. */
  readonly files: readonly { readonly script: Script; readonly transaction: TransactionMode }[]
  /** As it is before the first of them. */
  readonly catalog: Catalog
  readonly serverVersion: ServerVersion
}

export interface Folded {
  /** As given, with the folded statements in place of the author's. */
  readonly scripts: readonly Script[]
  readonly captures: readonly Capture[]
  /** Columns whose default is a captured value. */
  readonly capturedDefaults: CapturedDefaults
  /**
   * Columns (`column public.t.c`) whose default must be gone as soon as they are there: SQL that drops it. A row that
   * comes later has NULL there, as it would after the author's UPDATE.
   */
  readonly dropAtOnce: ReadonlyMap<string, string>
  readonly notes: readonly string[]
}

export function foldConstants(input: FoldInput): Folded {
  const places = placesOf(input)
  const fold: Folding = {
    places,
    input,
    lines: new Map(),
    captures: [],
    capturedDefaults: new Map(),
    edits: noEdits(),
    notes: [],
    dropAtOnce: new Map(),
  }
  for (const [at, place] of places.entries()) {
    const target = targetOf(place)
    if (target !== null) foldColumn(fold, target, at)
  }
  return {
    scripts: input.files.map(({ script }) => rewritten(script, fold.edits)),
    captures: fold.captures,
    capturedDefaults: fold.capturedDefaults,
    dropAtOnce: fold.dropAtOnce,
    notes: fold.notes,
  }
}

interface Folding {
  readonly places: readonly Place[]
  readonly input: FoldInput
  readonly lines: Map<number, LineIndex>
  readonly captures: Capture[]
  readonly capturedDefaults: Map<string, { readonly literal: string; readonly isRequired: boolean }>
  readonly edits: Edits
  readonly notes: string[]
  readonly dropAtOnce: Map<string, string>
}

function placesOf({ files, catalog, serverVersion }: FoldInput): readonly Place[] {
  let before = startBatch(catalog)
  return files.flatMap(({ script, transaction }, file) => {
    const walked = walk(script.statements, { transaction, catalog: before, serverVersion })
    before = walked.catalog
    return walked.judged.map((judged): Place => {
      const { index } = judged.statement
      const comments = script.comments.filter(
        ({ statementIndex }) => statementIndex === null || statementIndex === index,
      )
      return { file, judged, comments }
    })
  })
}

/** A column that an UPDATE may fill. Tables of this plan too: copied rows may be in them by then, and a gate before it. */
function targetOf(place: Place): Target | null {
  const { action, catalog } = place.judged
  if (action.kind !== 'add-column') return null
  const { column, ifNotExists } = action
  const isGiven = column.identity !== null || column.generated !== null || column.serial
  const isRequired = column.notNull && column.default === null
  if (isGiven || isRequired || typeof catalog.table(action.table) !== 'object') return null
  if (ifNotExists && catalog.column(action.table, column.name) !== 'absent') return null
  return { table: catalog.resolve(action.table), column: column.name, added: place }
}

/** What the column is once its events are over. `filled` null: NULL in every row that was there. */
interface Outcome {
  readonly filled: FoldValue | null
  readonly notNull: boolean
  readonly default: Expression | null
}

function outcomeOf({ column }: ActionOf<'add-column'>, events: readonly ColumnEvent[]): Outcome {
  const isNone = column.default === null || column.default.isNull
  const given = isNone ? null : column.default
  const start: Outcome = {
    filled: given === null ? null : { kind: 'constant', sql: given.sql },
    notNull: column.notNull,
    default: given,
  }
  return events.reduce<Outcome>((outcome, event) => {
    switch (event.kind) {
      case 'fill':
        return { ...outcome, filled: event.value }
      case 'fill-nothing':
        return outcome
      case 'set-not-null':
        return { ...outcome, notNull: true }
      case 'set-default':
        return { ...outcome, default: event.default }
    }
  }, start)
}

function foldColumn(fold: Folding, target: Target, from: number): void {
  const { action } = target.added.judged
  if (action.kind !== 'add-column') return
  const life = withoutUnsafe(fold, target, from, columnLife(target, fold.places, from))
  const events = life.events.some(isWorthIt) ? life.events : []
  const outcome = outcomeOf(action, events)
  if (events.length === 0 || outcome.filled === null) {
    explainStop(fold, target, life)
    return
  }
  const value = literalFor(fold, target, { from, events, value: outcome.filled })
  const added = parsedAction(withColumnDefault(action.sql, value, outcome.notNull), 'add-column')
  const { catalog } = target.added.judged
  if (writesTableAnew(added, catalog, fold.input.serverVersion)) return
  if (outcome.filled.kind === 'query') {
    const captured = { literal: value, isRequired: outcome.notNull }
    fold.capturedDefaults.set(columnObject(target.table, target.column), captured)
  }
  fold.edits.replaced.set(action, { ...added, span: action.span })
  const moved = events.filter((event) => isFolded(event, events, outcome, value))
  takeOut(fold, target, moved)
  settleDefault(fold, target, { events, moved, outcome, value })
  explainStop(fold, target, life)
}

/** Defaults alone are catalog changes as they are. */
function isWorthIt({ kind }: ColumnEvent): boolean {
  return kind !== 'set-default'
}

/**
 * Up to the first event whose value would not be the same, or not be accepted, at the place of the ADD COLUMN: the rows
 * that its query or a foreign key of the column looks up change in between.
 */
function withoutUnsafe(fold: Folding, target: Target, from: number, life: ColumnLife): ColumnLife {
  for (const [index, event] of life.events.entries()) {
    if (event.kind !== 'fill') continue
    const place = fold.places[event.at]
    if (place === undefined) continue
    const looked = [
      ...(event.value.kind === 'query' ? event.value.query.reads : []),
      ...referencedBy(target, place),
    ]
    const between = fold.places.slice(from + 1, event.at)
    const because = between.some(bringsValues)
      ? 'a type of which it may be a value is made or changed before it'
      : between.some((one) => changesRowsOf(one, looked))
        ? `${looked.map(formatRelation).join(', ')} may have other rows when the column is added`
        : null
    if (because === null) continue
    return { events: life.events.slice(0, index), stopped: { at: event.at, because } }
  }
  return life
}

function referencedBy({ table, column }: Target, { judged: { catalog } }: Place) {
  const known = catalog.table(table)
  if (typeof known !== 'object') return []
  return known.constraints.flatMap(({ columns, references }) =>
    references !== null && columns.includes(column) ? [references] : [],
  )
}

/** A type whose values the server checks one by one: a domain with constraints. */
function writesTableAnew(added: ActionOf<'add-column'>, catalog: Catalog, version: ServerVersion): boolean {
  const alone = parsedAction(withoutInlineConstraints(added.sql), 'add-column')
  const { rewrites, scans } = effectOf(alone, catalog, version)
  return rewrites.length + scans.length > 0
}

/** The value as SQL; of a query the literal that stands for its answer until the plan has it. */
function literalFor(
  fold: Folding,
  target: Target,
  given: { readonly from: number; readonly events: readonly ColumnEvent[]; readonly value: FoldValue },
): string {
  const { from, events, value } = given
  if (value.kind === 'constant') return value.sql
  const last = events.findLast((event) => event.kind === 'fill')?.at ?? from
  const isStill = (capture: Capture): boolean =>
    !fold.places.slice(capture.from, last).some((place) => changesRowsOf(place, capture.query.reads))
  const known = fold.captures.find((one) => one.query.sql === value.query.sql && isStill(one))
  if (known !== undefined) {
    return known.literal
  }
  const capture = captureFor(value.query, {
    from,
    number: fold.captures.length + 1,
    texts: fold.input.files.map(({ script }) => script.text),
    source: positionOf(fold, last),
    catalog: fold.places[last]?.judged.catalog ?? fold.input.catalog,
    serverVersion: fold.input.serverVersion,
  })
  fold.captures.push(capture)
  return capture.literal
}

/** All but the last word on the default, where that is not what the column has been given. */
function isFolded(
  event: ColumnEvent,
  events: readonly ColumnEvent[],
  outcome: Outcome,
  value: string,
): boolean {
  if (event.kind !== 'set-default') return true
  const isLast = events.findLast(({ kind }) => kind === 'set-default') === event
  const isDroppedAtOnce = outcome.default === null && !outcome.notNull
  return !isLast || isDroppedAtOnce || outcome.default?.sql === value
}

interface Settling {
  readonly events: readonly ColumnEvent[]
  readonly moved: readonly ColumnEvent[]
  readonly outcome: Outcome
  readonly value: string
}

/** The default that the author's statements leave, where it is not the one that filled the column. */
function settleDefault(fold: Folding, target: Target, { events, moved, outcome, value }: Settling): void {
  const isSettled = outcome.default?.sql === value
  const ownWord = events.find((event) => event.kind === 'set-default' && !moved.includes(event))
  if (isSettled || ownWord !== undefined) return
  const table = formatRelation(target.table)
  const column = quoteIdentifier(target.column)
  const change = outcome.default === null ? 'DROP DEFAULT' : `SET DEFAULT ${outcome.default.sql}`
  const sql = generated(`ALTER TABLE ${table} ALTER COLUMN ${column} ${change}`)
  if (outcome.default === null && !outcome.notNull) {
    fold.dropAtOnce.set(columnObject(target.table, target.column), sql)
    fold.notes.push(
      `${spelled(fold, events.at(-1)?.at ?? 0)}: rows that are inserted into ${table} once ${column} is there have NULL in it, as they would after this UPDATE.`,
    )
    return
  }
  const kind = outcome.default === null ? 'drop-default' : 'set-default'
  const { statement, action } = whereItSettles(fold, events.at(-1)?.at ?? 0)
  addAfter(fold.edits, statement, { ...parsedAction<Action['kind']>(sql, kind), span: action.span })
  if (kind === 'drop-default' && !target.added.judged.catalog.isNew(target.table)) {
    fold.notes.push(
      `${table}.${column} keeps the default that filled it until the contract phase: the old application does not know the column, and its INSERTs would fail without one.${outcome.filled?.kind === 'query' ? ` They fail as well if ${outcome.filled.query.reads.map(formatRelation).join(', ')} has no value by then.` : ''}`,
    )
  }
}

/** After the last event; or after its transaction, if the author wrote one, which stays a step of the expand phase. */
function whereItSettles(fold: Folding, last: number): Place['judged'] {
  const event = fold.places[last]
  if (event === undefined) throw new Error('a fold has events')
  if (event.judged.transaction.kind !== 'explicit') return event.judged
  const end = fold.places
    .slice(last)
    .findLast(
      ({ file, judged }) =>
        file === event.file &&
        judged.transaction.kind === 'explicit' &&
        judged.transaction.number === event.judged.transaction.number,
    )
  return end?.judged ?? event.judged
}

function takeOut(fold: Folding, target: Target, events: readonly ColumnEvent[]): void {
  const places = events.flatMap((event) => fold.places[event.at] ?? [])
  for (const { judged } of places) {
    if (judged.action.kind === 'update') unset(fold.edits, judged.action, target.column)
    else fold.edits.replaced.set(judged.action, null)
  }
  const name = `${formatRelation(target.table)}.${quoteIdentifier(target.column)}`
  const added = spelled(fold, fold.places.indexOf(target.added))
  const gone = events.map((event) => `${wordsFor(event)} (${spelled(fold, event.at)})`)
  const silent = [...new Set(places.flatMap(triggersOf))].map(quoteIdentifier)
  // As the author has said; what they would have done to the rows is missing then, and a proof shows it.
  const heard = silent.length === 0 ? '' : `, so that ${silent.join(', ')} never hears of it`
  fold.notes.push(
    `${added}: ADD COLUMN ${name} gives all rows their value without writing one${heard}: no steps of their own are ${gone.join(', ')}.`,
  )
}

function wordsFor(event: ColumnEvent): string {
  switch (event.kind) {
    case 'fill':
      return 'the UPDATE'
    case 'fill-nothing':
      return 'the UPDATE that finds no NULL any more'
    case 'set-not-null':
      return 'SET NOT NULL'
    case 'set-default':
      return event.default === null ? 'DROP DEFAULT' : 'SET DEFAULT'
  }
}

/** Only of an UPDATE that might have filled the column: whatever else ends its life is as well without folding. */
function explainStop(fold: Folding, target: Target, { stopped }: ColumnLife): void {
  if (stopped === null) return
  const at = fold.places.findIndex((place, index) => index >= stopped.at && mayFill(place, target))
  if (at === -1) return
  const name = `${formatRelation(target.table)}.${quoteIdentifier(target.column)}`
  const where = at === stopped.at ? '' : ` (${spelled(fold, stopped.at)})`
  fold.notes.push(
    `${spelled(fold, at)}: the UPDATE of ${name} is not folded into its ADD COLUMN: ${stopped.because}${where}.`,
  )
}

/** Where each row gets a value made of itself, nobody expects anything else. */
function mayFill({ judged: { action, catalog } }: Place, { table, column }: Target): boolean {
  return (
    action.kind === 'update' &&
    formatRelation(catalog.resolve(action.table)) === formatRelation(table) &&
    action.set.some(
      (one) => one.column === column && (one.expression.hasSubquery || one.expression.columns.length === 0),
    )
  )
}

function spelled(fold: Folding, at: number): string {
  const { path, line } = positionOf(fold, at)
  return `${path}:${line}`
}

function positionOf(fold: Folding, at: number): Pick<Position, 'path' | 'line' | 'column'> {
  const place = fold.places[at]
  const script = fold.input.files[place?.file ?? 0]?.script
  if (place === undefined || script === undefined) throw new Error('a place of the pending set')
  const lines = fold.lines.get(place.file) ?? lineIndex(script.text)
  fold.lines.set(place.file, lines)
  const { path, line, column } = lines.positionOf(place.judged.statement.span, script.path)
  return { path, line, column }
}
