/**
 * One sync trigger a table, whatever is changed of the table: neighboring set-ups become one step (one lock, one
 * function), and every later step writes the function as it must be from then on.
 */
import type { DraftStep, DraftStepOf } from '../model/plan.ts'
import type { SyncChange, SyncPiece } from '../model/sync.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { piecesAfter, withSyncTrigger } from '../rules/steps/sync-steps.ts'
import type { Draft } from './draft.ts'
import { mergeSteps } from './merge.ts'
import type { Arranged } from './order.ts'
import { areConflicting, touchesOf } from './touches.ts'

type SyncDraft = Draft & { readonly step: DraftStepOf<'ddl'> & { readonly sync: SyncChange } }

export function withOneTrigger(stages: readonly Arranged<Draft>[]): readonly Arranged<Draft>[] {
  const live = new Map<string, readonly SyncPiece[]>()
  return stages.map(({ number, phases }) => ({
    number,
    phases: phases.map(({ name, steps }) => ({
      name,
      steps: joined(steps).map((draft) => (hasSync(draft) ? afterOthers(draft, live) : draft)),
    })),
  }))
}

function hasSync(draft: Draft): draft is SyncDraft {
  return draft.step.kind === 'ddl' && draft.step.sync !== undefined
}

function afterOthers(draft: SyncDraft, live: Map<string, readonly SyncPiece[]>): Draft {
  const { step } = draft
  const table = formatRelation(step.sync.table)
  const before = live.get(table) ?? []
  live.set(table, piecesAfter(before, step.sync))
  return { ...draft, step: withSyncTrigger(step, before) }
}

/** Each draft that can go to an earlier one for the same table without overtaking what it must not, gone there. */
function joined(drafts: readonly Draft[]): readonly Draft[] {
  const clusters: Draft[][] = []
  for (const draft of drafts) {
    const host = hasSync(draft) ? hostOf(draft, clusters) : undefined
    if (host === undefined) clusters.push([draft])
    else host.push(draft)
  }
  return clusters.map(joinedCluster)
}

function hostOf(draft: SyncDraft, clusters: readonly Draft[][]): Draft[] | undefined {
  const touches = touchesOf(draft.touches)
  for (let at = clusters.length - 1; at >= 0; at -= 1) {
    const cluster = clusters[at] ?? []
    if (cluster.every((one) => hasSync(one) && areJoinable(one, draft))) return cluster
    const isInTheWay = cluster.some(
      (one) => one.group === draft.group || areConflicting(touchesOf(one.touches), touches),
    )
    if (isInTheWay) return undefined
  }
  return undefined
}

function areJoinable(
  { step: one, group }: SyncDraft,
  { step: other, group: otherGroup }: SyncDraft,
): boolean {
  if (formatRelation(one.sync.table) !== formatRelation(other.sync.table) || group === otherGroup)
    return false
  const made = one.sync.adds.map(({ column }) => column)
  const isUndoable = (sync: SyncChange): boolean => sync.ownUndo !== null
  return (
    !other.sync.removes.some((column) => made.includes(column)) &&
    isUndoable(one.sync) === isUndoable(other.sync)
  )
}

function joinedCluster(cluster: readonly Draft[]): Draft {
  const [first] = cluster
  if (first === undefined) throw new Error('a cluster is never empty')
  const drafts = cluster.filter(hasSync)
  if (drafts.length < 2 || !hasSync(first)) return first
  const merged = mergeSteps(
    drafts.map(({ step }) => step),
    null,
  )
  if (merged?.kind !== 'ddl') throw new Error('sync steps merge to a ddl step')
  const step: DraftStep = { ...merged, sync: joinedChange(drafts.map(({ step }) => step.sync)) }
  return { ...first, step, touches: step.touches }
}

function joinedChange(changes: readonly SyncChange[]): SyncChange {
  const [first] = changes
  if (first === undefined) throw new Error('a cluster is never empty')
  const undos = changes.flatMap(({ ownUndo }) => (ownUndo === null ? [] : [ownUndo]))
  const loses = changes.flatMap((change) => change.loses ?? [])
  return {
    ...first,
    ...(loses.length === 0 ? {} : { loses: loses.join('\nUNION ALL ') }),
    removes: changes.flatMap(({ removes }) => removes),
    adds: changes.flatMap(({ adds }) => adds),
    ownSql: changes.flatMap(({ ownSql }) => ownSql),
    ownUndo: undos.length < changes.length ? null : undos.reverse().flat(),
  }
}
