/**
 * What is dropped and made again under its name in one release. Cut in two, a gate would stand between the halves, and
 * all that time nobody would have it: no view to read, no policy to let a row through, no trigger to keep what it keeps.
 * So both become one step, with all that must stand between them and what belongs to the new one (its privileges, its
 * comment). Row level security that comes on before its policies is such a pair, too.
 */
import type { DraftStep, PhaseName, Switches } from '../model/plan.ts'
import { strongest } from '../rules/strongest-locks.ts'
import type { Draft } from './draft.ts'
import { mergeSteps } from './merge.ts'
import { mustFollow, phaseNames } from './order.ts'
import { touchesOf } from './touches.ts'

/** Why a pair cannot be one step; on the draft that makes the thing again. */
export interface Torn {
  readonly draft: Draft
  readonly message: string
  readonly hint: string
}

export interface Switched {
  readonly drafts: readonly Draft[]
  readonly torn: readonly Torn[]
}

export function withSwitches(given: readonly Draft[]): Switched {
  let drafts = given
  const torn: Torn[] = []
  const settled = new Set<string>()
  for (;;) {
    const pair = nextPair(drafts, settled)
    if (pair === null) return { drafts, torn }
    settled.add(keyOf(pair, drafts))
    const made = switched(drafts, pair)
    if ('torn' in made) torn.push(made.torn)
    else drafts = made.drafts
  }
}

interface Pair {
  /** `table public.v`, `policy public.t.own`, … */
  readonly object: string
  /** Indexes into the drafts. */
  readonly from: number
  readonly to: number
}

function keyOf({ object, to }: Pair, drafts: readonly Draft[]): string {
  const source = drafts[to]?.source
  return `${object} ${source?.path}:${source?.line}:${source?.column}`
}

/** The first thing that a step makes which the last one before it to speak of it has dropped. */
function nextPair(drafts: readonly Draft[], settled: ReadonlySet<string>): Pair | null {
  const gone = new Map<string, number>()
  const unguarded = new Map<string, number>()
  for (const [to, draft] of drafts.entries()) {
    const made = draft.step.switches?.makes ?? []
    for (const object of made) {
      const from = gone.get(object) ?? unguarded.get(guardedBy(object) ?? '')
      if (from === undefined || from === to) continue
      const pair = { object, from, to }
      if (!settled.has(keyOf(pair, drafts))) return pair
    }
    for (const object of made) gone.delete(object)
    for (const object of draft.step.switches?.drops ?? []) {
      if (!made.includes(object)) gone.set(object, to)
    }
    for (const table of draft.step.switches?.guards ?? []) unguarded.set(table, to)
  }
  return null
}

/** The table that a policy stands on. */
function guardedBy(object: string): string | null {
  if (!object.startsWith('policy ')) return null
  const [only] = touchesOf({ creates: [object], reads: [], changes: [], drops: [] })
  return only?.home ?? null
}

function switched(
  drafts: readonly Draft[],
  pair: Pair,
): { readonly drafts: readonly Draft[] } | { readonly torn: Torn } {
  const members = membersOf(drafts, pair)
  const last = drafts[pair.to]
  if (last === undefined) throw new Error('a pair ends at a draft')
  const parts = members.all.flatMap((at) => drafts[at] ?? [])
  const obstacle = parts.find((draft) => !isBrief(draft.step))
  if (obstacle !== undefined) {
    return tornBy(
      last,
      pair,
      `between the two stands what takes its time: ${obstacle.step.title}`,
      'Make that change in a release of its own, or give the new one another name.',
    )
  }
  const groups = new Set(parts.map(({ group }) => group))
  const wide = [...groups].filter((group) => drafts.filter((draft) => draft.group === group).length > 1)
  if (wide.length > 1) {
    return tornBy(
      last,
      pair,
      'between the two stand steps of several changes',
      'Make these changes in releases of their own, or give the new one another name.',
    )
  }
  const steps = parts.map(({ step }) => step)
  const together = switchesTogether(steps)
  const unfilled = drafts.find((draft, at) => members.after.has(at) && at < pair.to && fills(draft, together))
  if (unfilled !== undefined) {
    return tornBy(
      last,
      pair,
      `the rows that it shows come later: ${unfilled.step.title}`,
      'Fill them in a release of their own, or give the new one another name.',
    )
  }
  const phase = phaseOfSwitch(steps)
  if (typeof phase !== 'string') return tornBy(last, pair, phase.message, phase.hint)
  const merged = mergeSteps(steps, null)
  if (merged === null) throw new Error('a pair has SQL')
  const { reads } = merged.touches
  const step: DraftStep = {
    ...merged,
    touches: { ...merged.touches, reads: [...new Set([...reads, ...(together.rows ?? [])])] },
    title: titleOf(pair),
    slug: `switch ${pair.object}`,
    phase,
    locks: [...strongest(parts.flatMap(({ step: { locks } }) => locks))],
    switches: together,
  }
  const group = wide[0] ?? last.group
  const draft: Draft = {
    ...last,
    step,
    phase,
    touches: step.touches,
    group,
    unnoticed: false,
    rule: ruleOf(parts),
  }
  return { drafts: inPlaceOf(drafts, members, draft) }
}

function fills({ step }: Draft, { rows = [] }: Switches): boolean {
  return step.touches.changes.some((object) => rows.includes(object))
}

function ruleOf(parts: readonly Draft[]): string | null {
  return parts.find(({ rule }) => rule !== null)?.rule ?? null
}

function titleOf({ object }: Pair): string {
  return `Put the new ${nameOf(object)} in the place of the old one in one transaction`
}

function tornBy(draft: Draft, { object }: Pair, why: string, hint: string): { readonly torn: Torn } {
  const message = `${nameOf(object)} is dropped and made again, and there would be none in between: ${why}`
  return { torn: { draft, message, hint } }
}

export function switchesTogether(steps: readonly DraftStep[]): Switches {
  const all = steps.flatMap(({ switches }) => switches ?? [])
  const makes = [...new Set(all.flatMap((one) => one.makes))]
  const last = (object: string) => all.findLast(({ shows }) => shows?.[object] !== undefined)?.shows?.[object]
  return {
    drops: [...new Set(all.flatMap((one) => one.drops))].filter((object) => !makes.includes(object)),
    makes,
    guards: [...new Set(all.flatMap((one) => one.guards ?? []))],
    rows: [...new Set(all.flatMap((one) => one.rows ?? []))],
    shows: Object.fromEntries(
      makes.flatMap((object) => (last(object) === undefined ? [] : [[object, last(object) ?? null]])),
    ),
  }
}

/** Changes of the catalog that take an instant, whether looking can tell that they are done or not. */
function isBrief({ kind, sync, touches, switches }: DraftStep): boolean {
  if (sync !== undefined) return false
  const shown = new Set(switches?.rows)
  const isOfRows = (object: string): boolean => object.startsWith('rows ') && !shown.has(object)
  if (kind === 'ddl') return !touches.changes.some(isOfRows)
  // A materialized view is filled from the rows that it reads.
  return (kind === 'rows' || kind === 'patient') && ![...touches.changes, ...touches.reads].some(isOfRows)
}

/**
 * When old and new application both survive it: with the last of what it holds. What a view does not show any more
 * waits until the old application is gone; what it shows now cannot wait for that.
 */
export function phaseOfSwitch(
  steps: readonly DraftStep[],
): PhaseName | { readonly message: string; readonly hint: string } {
  const makes = new Set(steps.flatMap(({ switches }) => switches?.makes ?? []))
  const views = steps.flatMap(({ phase, switches }) =>
    // Nobody has read what this very plan has made.
    phase === 'contract'
      ? (switches?.drops ?? []).filter((object) => switches?.shows?.[object] !== undefined)
      : [],
  )
  const phases = views.map((view) => phaseOfView(view, steps))
  const unfit = phases.find((phase) => typeof phase !== 'string')
  if (unfit !== undefined) return unfit
  const rest = steps.filter(({ switches }) => {
    const drops = switches?.drops ?? []
    return drops.length === 0 || !drops.every((object) => makes.has(object))
  })
  const known = phases.flatMap((phase) => (typeof phase === 'string' ? [phase] : []))
  return [...known, ...rest.map(({ phase }) => phase)].reduce(later, 'expand')
}

function phaseOfView(view: string, steps: readonly DraftStep[]): ReturnType<typeof phaseOfSwitch> {
  const before = steps.find(({ switches }) => switches?.drops.includes(view))?.switches?.shows?.[view] ?? null
  const made = steps.findLast(({ switches }) => switches?.makes.includes(view))
  // Dropped for good.
  if (made === undefined) return 'contract'
  const after = made.switches?.shows?.[view] ?? null
  const name = nameOf(view)
  if (before === null || after === null) {
    return {
      message: `which columns ${name} has is not known`,
      hint: 'Name the columns in its query, one by one; or give the new view another name.',
    }
  }
  const lost = before.filter((column) => !after.includes(column))
  const won = after.filter((column) => !before.includes(column))
  if (lost.length > 0 && won.length > 0) {
    return {
      message: `the old application reads ${lost.join(', ')} of ${name}, and the new one ${won.join(', ')}`,
      hint: 'Keep the old columns beside the new ones until a later release; or give the new view another name.',
    }
  }
  return lost.length > 0 ? 'contract' : 'expand'
}

function nameOf(object: string): string {
  return object.startsWith('table ') ? `view ${object.slice('table '.length)}` : object
}

function later(one: PhaseName, other: PhaseName): PhaseName {
  return phaseNames.indexOf(one) >= phaseNames.indexOf(other) ? one : other
}

interface Members {
  /** Indexes, ascending. */
  readonly all: readonly number[]
  /** What stands between the first and the last of them and must not come before the step that they become. */
  readonly after: ReadonlySet<number>
}

/** The pair, whatever must stand between, and what comes behind it for the new one. */
function membersOf(drafts: readonly Draft[], { object, from, to }: Pair): Members {
  const before = mustFollow(drafts)
  const reached = new Set([from])
  for (let at = from + 1; at <= to; at += 1) {
    if ((before[at] ?? []).some((one) => reached.has(one))) reached.add(at)
  }
  const needed = new Set([to])
  for (let at = to; at > from; at -= 1) {
    if (needed.has(at)) for (const one of before[at] ?? []) if (one >= from) needed.add(one)
  }
  const members = new Set([from, to, ...[...reached].filter((at) => needed.has(at))])
  const after = new Set([...reached].filter((at) => !members.has(at)))
  for (let at = to + 1; at < drafts.length; at += 1) {
    const draft = drafts[at]
    if (draft === undefined) break
    const behind = (before[at] ?? []).filter((one) => one >= from && !members.has(one))
    // Only what nothing else stands in the way of.
    if (
      draft.step.switches?.belongsTo?.includes(object) === true &&
      !behind.some((one) => after.has(one) || one > to)
    ) {
      members.add(at)
    } else if (behind.length > 0 || (before[at] ?? []).some((one) => members.has(one))) {
      after.add(at)
    }
  }
  return { all: [...members].sort((one, other) => one - other), after }
}

/** The drafts with one in place of its members: behind all that may come before it. */
function inPlaceOf(drafts: readonly Draft[], { all, after }: Members, draft: Draft): Draft[] {
  const [first = 0] = all
  const last = all.at(-1) ?? first
  const isMember = new Set(all)
  const between = drafts
    .slice(first, last + 1)
    .flatMap((one, at) => (isMember.has(first + at) ? [] : [{ one, at: first + at }]))
  return [
    ...drafts.slice(0, first),
    ...between.filter(({ at }) => !after.has(at)).map(({ one }) => one),
    draft,
    ...between.filter(({ at }) => after.has(at)).map(({ one }) => one),
    ...drafts.slice(last + 1),
  ]
}
