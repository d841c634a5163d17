import type { Catalog } from '../../catalog/catalog.ts'
import type { JudgedAction } from '../../effects/walk.ts'
import type { Lock } from '../../model/effect.ts'
import type { PhaseName } from '../../model/plan.ts'
import { blocksReads, blocksWrites } from '../../postgres/lock-mode.ts'
import type { QualifiedName, RelationName } from '../../postgres/relation-name.ts'
import type { StepSketch, StepSketchOf } from '../../rules/steps/step-sketch.ts'

/**
 * What the planner makes of an action that no rule replaces: steps with the author's own SQL; a sentence in the plan (or
 * none), because the plan does by itself what the action asks for; or why there is no step, and what to do.
 */
export type NativeAnswer =
  | {
      readonly steps: readonly StepSketch[]
      readonly notes?: readonly string[]
      /** See `Placeable.unnoticed`. */
      readonly unnoticed?: boolean
      /** Nobody waits for it, however long its work takes. */
      readonly stopsNobody?: boolean
    }
  | { readonly note: string | null }
  | { readonly cannot: string }

export interface NativeContext {
  /** As it is just before the action. */
  readonly catalog: Catalog
  readonly judged: JudgedAction
  readonly serverVersion: { readonly min: number; readonly max: number }
  /** What it takes, on tables of this plan too. */
  readonly locks: readonly Lock[]
}

/** What is taken away waits for the old application to be gone; on a table of this very plan there is none. */
export function phaseOfTaking(catalog: Catalog, table: RelationName): PhaseName {
  return catalog.isNew(table) ? 'expand' : 'contract'
}

export function isOld(catalog: Catalog, table: RelationName): boolean {
  return !catalog.isNew(table)
}

/** No statement of an application waits for these locks, however long they are held or asked for. */
export function stopsNobody(locks: readonly Lock[]): boolean {
  return locks.every(({ mode }) => !blocksReads(mode) && !blocksWrites(mode))
}

/** An index lives in its table's schema, whatever the search path says. */
export function beside(table: QualifiedName, name: string): QualifiedName {
  return { schema: table.schema, name }
}

/** The statement would fail; and most likely because it ran long ago. */
export function existsAlready(name: string): string {
  return `${name} exists already, so the statement would fail: if its migration is applied, say so with --through or --applied`
}

export function cascadeReason(what: string): string {
  return `${what} … CASCADE drops whatever depends on it at that moment: name what must go, each with a statement of its own`
}

/** The author's rows are locked for as long as one small statement takes: a wait is cheap, and so is another try. */
const rowsLockTimeoutMs = 250
const strongLockTimeoutMs = 50
const statementTimeoutMs = 5_000

export function rowsStep(
  given: Omit<StepSketchOf<'rows'>, 'kind' | 'lockTimeoutMs' | 'statementTimeoutMs'>,
): StepSketchOf<'rows'> {
  return { ...given, kind: 'rows', lockTimeoutMs: rowsLockTimeoutMs, statementTimeoutMs }
}

/**
 * A statement of which the catalog that we know shows no trace, so that looking cannot tell whether it ran: it runs
 * exactly once, its journal row committed with it, as rows do; its locks are as strong as those of any other DDL.
 */
export function tracelessStep(
  given: Omit<StepSketchOf<'rows'>, 'kind' | 'lockTimeoutMs' | 'statementTimeoutMs' | 'before' | 'after'>,
): StepSketchOf<'rows'> {
  return {
    ...given,
    kind: 'rows',
    before: [],
    after: [],
    lockTimeoutMs: strongLockTimeoutMs,
    statementTimeoutMs,
  }
}
