/** Values that only the data know: the step that finds one, and the literal that stands for it until then. */
import type { Catalog } from '../../catalog/catalog.ts'
import { sqlOfStep } from '../../model/step-sql.ts'
import type { CapturedSql } from '../../model/captured-sql.ts'
import type { ConditionOf } from '../../model/condition.ts'
import type { DraftStep, DraftStepOf, Step } from '../../model/plan.ts'
import type { Position } from '../../model/position.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { declareLocks } from '../../rules/steps/declare-locks.ts'
import { columnObjects, rowsObject, tableObject, touching } from '../../rules/steps/objects.ts'
import { generated } from '../../sql/edit.ts'
import type { ServerVersion } from '../decide.ts'
import type { Draft } from '../draft.ts'
import type { CaptureQuery } from './value.ts'

/** By column (`column public.t.c`): the literal that stands for its default, and whether it is to be NOT NULL. */
export type CapturedDefaults = ReadonlyMap<string, { readonly literal: string; readonly isRequired: boolean }>

export interface Capture {
  readonly query: CaptureQuery
  /** Stands in the SQL of drafts for the value; no text of the author's has it. */
  readonly literal: string
  /** Where in the pending set it is asked. */
  readonly from: number
  readonly source: Draft['source']
  readonly step: DraftStepOf<'capture'>
}

interface Given {
  readonly number: number
  readonly from: number
  readonly source: Pick<Position, 'path' | 'line' | 'column'>
  /** Of all files, so that the literal is in none of them. */
  readonly texts: readonly string[]
  readonly catalog: Catalog
  readonly serverVersion: ServerVersion
}

const statementTimeoutMs = 5_000

export function captureFor(query: CaptureQuery, given: Given): Capture {
  const { number, catalog, serverVersion } = given
  const literal = quoteLiteral(`${markFor(given.texts)} ${number}`)
  const names = query.reads.map(formatRelation).join(', ')
  const known = (table: QualifiedName) =>
    query.columns.filter((column) => typeof catalog.column(table, column) === 'object')
  const [step] = declareLocks(
    [
      {
        kind: 'capture',
        slug: `capture ${query.reads.map(({ name }) => name).join(' ')} ${query.columns[0] ?? ''}`,
        phase: 'expand',
        title: `Find the one value of ${names} that later steps need`,
        sql: generated(query.sql),
        statementTimeoutMs,
        touches: touching({
          creates: [valueObject(number)],
          reads: query.reads.flatMap((table) => [
            tableObject(table),
            rowsObject(table),
            ...columnObjects(table, known(table)),
          ]),
        }),
        before: [],
        after: [],
        undo: { kind: 'nothing', because: 'it only asks, and what it found goes with the plan’s journal' },
        literal,
      },
    ],
    catalog,
    serverVersion,
  )
  if (step?.kind !== 'capture') throw new Error('one sketch, one step')
  return { query, literal, from: given.from, source: given.source, step }
}

/** What a capture step creates, and who needs it reads. */
function valueObject(number: number): string {
  return `value ${number}`
}

function markFor(texts: readonly string[]): string {
  let mark = 'lockstep captures'
  while (texts.some((text) => text.includes(mark))) mark = `${mark}_`
  return mark
}

/** With the capture steps, each before the first draft that needs it; and with what those drafts must ask for. */
export function withCaptures(
  drafts: readonly Draft[],
  captures: readonly Capture[],
  capturedDefaults: CapturedDefaults,
): readonly Draft[] {
  if (captures.length === 0) return drafts
  const made = new Set<Capture>()
  return drafts.flatMap((draft) => {
    const needed = captures.filter(({ literal }) =>
      textsOf(draft.step).some((text) => text.includes(literal)),
    )
    if (needed.length === 0) return [draft]
    const fresh = needed.filter((capture) => !made.has(capture))
    for (const capture of fresh) made.add(capture)
    return [
      ...fresh.map((capture) => draftOf(capture, captures.indexOf(capture))),
      needing(draft, needed, capturedDefaults),
    ]
  })
}

function draftOf({ step, source }: Capture, index: number): Draft {
  const { phase, touches } = step
  // Groups of actions are counted from 0; nothing else is decided together with a capture.
  return { step, rule: null, unnoticed: false, phase, touches, group: -1 - index, source }
}

function textsOf(step: DraftStep): readonly string[] {
  const asked = [...step.before, ...step.after].flatMap((one) => (one.kind === 'no-rows' ? [one.sql] : []))
  return [...sqlOfStep(step), ...asked, ...(step.undo.kind === 'sql' ? step.undo.sql : [])]
}

function needing(draft: Draft, needed: readonly Capture[], capturedDefaults: CapturedDefaults): Draft {
  const { step } = draft
  const reads = needed.flatMap((capture) => capture.step.touches.creates)
  const touches = { ...draft.touches, reads: [...new Set([...draft.touches.reads, ...reads])].sort() }
  const used = needed.filter(({ literal }) => sqlOfStep(step).some((text) => text.includes(literal)))
  if (used.length === 0) return { ...draft, touches, step: { ...step, touches } }
  const after = step.after.map((condition) => {
    if (condition.kind !== 'column-default' || condition.default !== 'observed') return condition
    const captured = capturedDefaults.get(columnOf(condition))
    return captured === undefined ? condition : { ...condition, default: 'captured', value: captured.literal }
  })
  const required = after.flatMap((condition) => {
    if (condition.kind !== 'column-default' || condition.default !== 'captured') return []
    const captured = capturedDefaults.get(columnOf(condition))
    const capture = used.find(({ literal }) => literal === captured?.literal)
    return captured?.isRequired === true && capture !== undefined ? [valueThere(condition, capture)] : []
  })
  return {
    ...draft,
    touches,
    step: { ...step, touches, before: [...step.before, ...used.map(stillTheOne), ...required], after },
  }
}

function columnOf({ table, column }: ConditionOf<'column-default'>): string {
  return `column ${table}.${quoteIdentifier(column)}`
}

/** NULL will do where no row has to have it, as for SET NOT NULL in the author's own SQL. */
function valueThere({ table, column }: ConditionOf<'column-default'>, { query, literal }: Capture) {
  const names = query.reads.map(formatRelation).join(', ')
  return {
    kind: 'no-rows' as const,
    sql: generated(`SELECT * FROM ${table} WHERE (${literal}) IS NULL LIMIT 20`),
    otherwise: `${names} had no value when it was asked, and these rows of ${table} would need one in ${quoteIdentifier(column)}, which is to be NOT NULL: fill ${names}, roll the plan back and apply it again`,
  }
}

/** Compared as text, for not every type has an equality; no row is NULL, as it is for who asked. */
function stillTheOne({ query, literal }: Capture) {
  const names = query.reads.map(formatRelation).join(', ')
  return {
    kind: 'no-rows' as const,
    sql: generated(
      `SELECT count(*) AS found FROM (${query.sql}) AS captured (value)` +
        ` HAVING count(*) > 1 OR max(value::text) IS DISTINCT FROM (${literal})::text`,
    ),
    otherwise: `${names} no longer gives the one value that the plan has found there`,
  }
}

/** A finished step, its literals replaced by slots. `slots`: the id of the capture step by its literal. */
export function withSlots(step: Step, slots: ReadonlyMap<string, string>): Step {
  if (slots.size === 0) return step
  const cut = (sql: CapturedSql): CapturedSql => (typeof sql === 'string' ? cutAtLiterals(sql, slots) : sql)
  const ask = (condition: Step['before'][number]): Step['before'][number] => {
    if (condition.kind === 'no-rows') return { ...condition, sql: cut(condition.sql) }
    return condition.kind === 'column-default' && condition.value !== undefined
      ? { ...condition, value: cut(condition.value) }
      : condition
  }
  const common = {
    before: step.before.map(ask),
    after: step.after.map(ask),
    undo: step.undo.kind === 'sql' ? { ...step.undo, sql: step.undo.sql.map(cut) } : step.undo,
  }
  const made = withCutSql({ ...step, ...common }, cut)
  const text = JSON.stringify(made)
  for (const literal of slots.keys()) {
    if (text.includes(literal)) throw new Error(`step ${step.id} has a captured value where no slot can be`)
  }
  return made
}

function withCutSql(step: Step, cut: (sql: CapturedSql) => CapturedSql): Step {
  switch (step.kind) {
    case 'ddl':
      return { ...step, sql: step.sql.map(cut) }
    case 'patient':
    case 'in-batches':
    case 'rows':
      return { ...step, sql: cut(step.sql) }
    case 'create-index':
    case 'drop-index':
    case 'capture':
    case 'record-history':
    case 'check':
    case 'gate':
      return step
  }
}

function cutAtLiterals(sql: string, slots: ReadonlyMap<string, string>): CapturedSql {
  let parts: (string | { readonly capture: string })[] = [sql]
  for (const [literal, capture] of slots) {
    parts = parts.flatMap((part) =>
      typeof part === 'string' ? between(part.split(literal), { capture }) : [part],
    )
  }
  const [first, ...more] = parts.filter((part) => part !== '')
  if (first === undefined || (more.length === 0 && typeof first === 'string')) return sql
  return [first, ...more]
}

function between<T>(texts: readonly string[], slot: T): (string | T)[] {
  return texts.flatMap((text, at) => (at === 0 ? [text] : [slot, text]))
}
