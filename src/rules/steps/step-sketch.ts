/**
 * A replacement's steps before anybody has said which locks they take. Rules write sketches; `declareLocks` asks the
 * effect model, so that a step's locks are never written by hand beside its SQL.
 */
import type { Lock } from '../../model/effect.ts'
import type { DraftStep, Undo } from '../../model/plan.ts'

type Unlocked<T> = T extends unknown ? Omit<T, 'locks'> : never
type UndoSketch = Unlocked<Undo>
type Sketch<T> = T extends unknown
  ? Omit<T, 'locks' | 'undo'> & {
      readonly undo: UndoSketch
      /** Locks that SQL takes which the step's SQL makes as it runs (EXECUTE), there and back: no model can read it. */
      readonly dynamicLocks?: readonly Lock[]
    }
  : never

export type StepSketch = Sketch<DraftStep>
export type StepSketchOf<K extends StepSketch['kind']> = Extract<StepSketch, { kind: K }>
/** What a constructor below is given: everything but what the kind itself settles. */
type Given<K extends StepSketch['kind'], Settled extends string = never> = Omit<
  StepSketchOf<K>,
  'kind' | 'lockTimeoutMs' | 'statementTimeoutMs' | Settled
>

/** First lock_timeout of a step that stops an application; the executor grows it up to the plan's stall budget. */
const strongLockTimeoutMs = 50
/** Catalog changes take milliseconds: what runs for seconds is not what the plan believes it to be. */
const catalogChangeTimeoutMs = 5_000
/** ShareUpdateExclusive in the queue makes no statement of an application wait. */
const patientLockTimeoutMs = 60_000

/** Catalog-only statements that share one transaction. */
export function ddlStep(given: Given<'ddl'>): StepSketchOf<'ddl'> {
  return {
    ...given,
    kind: 'ddl',
    lockTimeoutMs: strongLockTimeoutMs,
    statementTimeoutMs: catalogChangeTimeoutMs,
  }
}

/** Work that grows with the table under a lock that stops nobody but other DDL. */
export function patientStep(given: Given<'patient'>): StepSketchOf<'patient'> {
  return { ...given, kind: 'patient', lockTimeoutMs: patientLockTimeoutMs }
}

/** Asks that `before` holds, and changes nothing. */
export function checkStep(given: Given<'check', 'after' | 'undo'>): StepSketchOf<'check'> {
  return { ...given, kind: 'check', after: [], undo: { kind: 'nothing', because: 'it only asks' } }
}

/** Undo of a step in one transaction. */
export function undoSql(first: string, ...more: readonly string[]): UndoSketch {
  return { kind: 'sql', sql: [first, ...more], concurrently: false }
}

/** Undo of which each statement runs alone, outside of any transaction. */
export function undoOneByOne(first: string, ...more: readonly string[]): UndoSketch {
  return { kind: 'sql', sql: [first, ...more], concurrently: true }
}

export function undoNothing(because: string): UndoSketch {
  return { kind: 'nothing', because }
}

export function undoNever(because: string): UndoSketch {
  return { kind: 'never', because }
}
