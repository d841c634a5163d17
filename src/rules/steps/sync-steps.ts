/** Steps that set up, change and take away a table's sync trigger, together with catalog changes of their own. */
import type { Condition } from '../../model/condition.ts'
import type { SyncChange, SyncPiece } from '../../model/sync.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { ddlStep, type StepSketchOf } from './step-sketch.ts'
import {
  createSyncTriggerSql,
  dropSyncTriggerSql,
  syncFunctionBody,
  syncFunctionSql,
  syncTriggerName,
  type SyncTrigger,
} from './sync-trigger.ts'

/** What a step is beside its trigger. `ownUndo` null: it can never be undone, because … */
export type SyncStep = Pick<
  StepSketchOf<'ddl'>,
  'slug' | 'phase' | 'title' | 'touches' | 'before' | 'after'
> & {
  readonly mirrors?: readonly string[]
  readonly change: SyncChange
  readonly never?: string
}

/**
 * The step as it is where nothing else of the plan has a sync trigger on the table; `plan/` writes the SQL anew where
 * several do (`withSyncTrigger`). `live`: the pieces that the trigger has before it.
 */
export function syncStep(step: SyncStep, live: readonly SyncPiece[]): StepSketchOf<'ddl'> {
  const { change, never, mirrors, ...rest } = step
  return withSyncTrigger(
    ddlStep({
      ...rest,
      ...(mirrors === undefined ? {} : { mirrors: [...mirrors] }),
      sync: change,
      // Both are put in place by `withSyncTrigger`.
      sql: ['SELECT'],
      undo: { kind: 'never', because: never ?? '' },
    }),
    live,
  )
}

/** The pieces after a change. */
export function piecesAfter(live: readonly SyncPiece[], { removes, adds }: SyncChange): readonly SyncPiece[] {
  return [...live.filter(({ column }) => !removes.includes(column)), ...adds]
}

/** A step's SQL, undo and conditions for a trigger that has the pieces `live` before it. */
export function withSyncTrigger<
  T extends Pick<StepSketchOf<'ddl'>, 'sql' | 'before' | 'after' | 'undo' | 'sync'>,
>(step: T, live: readonly SyncPiece[]): T {
  const { sync } = step
  if (sync === undefined) return step
  const at = (pieces: readonly SyncPiece[]): SyncTrigger => ({
    table: sync.table,
    searchPath: sync.searchPath,
    pieces,
  })
  const [before, after] = [at(live), at(piecesAfter(live, sync))]
  const [first, ...more] = [...sync.ownSql, ...changeSql(before, after)]
  if (first === undefined) throw new Error('a sync step has SQL')
  const isOther = ({ kind }: Condition): boolean => kind !== 'trigger'
  return {
    ...step,
    sql: [first, ...more],
    before: [...step.before.filter(isOther), triggerCondition(before)],
    after: [...step.after.filter(isOther), triggerCondition(after)],
    undo: sync.ownUndo === null ? step.undo : undoOf(changeSql(after, before), sync, step.undo),
  }
}

function undoOf(
  trigger: readonly string[],
  { ownUndo, loses }: SyncChange,
  given: StepSketchOf<'ddl'>['undo'],
): StepSketchOf<'ddl'>['undo'] {
  const [first, ...more] = [...trigger, ...(ownUndo ?? [])]
  if (first === undefined) return given
  const undo = {
    kind: 'sql' as const,
    sql: [first, ...more] as [string, ...string[]],
    concurrently: false,
    ...(loses === undefined ? {} : { loses }),
  }
  // Declared locks of the step alone: nothing that is added to the function changes them.
  return given.kind === 'sql' ? { ...given, ...undo } : undo
}

/** From one state of the trigger to the next. */
function changeSql(from: SyncTrigger, to: SyncTrigger): readonly string[] {
  if (to.pieces.length === 0) return from.pieces.length === 0 ? [] : dropSyncTriggerSql(to.table)
  return [syncFunctionSql(to), ...(from.pieces.length === 0 ? [createSyncTriggerSql(to.table)] : [])]
}

function triggerCondition(trigger: SyncTrigger): Condition {
  const exists = trigger.pieces.length > 0
  return {
    kind: 'trigger',
    table: formatRelation(trigger.table),
    trigger: syncTriggerName,
    exists,
    functionBody: exists ? syncFunctionBody(trigger) : null,
  }
}

/** A name that sorts after ours: such a trigger would change the row behind its back. */
export function firesAfterSync(trigger: string): boolean {
  return Buffer.compare(Buffer.from(trigger), Buffer.from(syncTriggerName)) > 0
}
