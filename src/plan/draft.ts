import type { DraftStep } from '../model/plan.ts'
import type { Position } from '../model/position.ts'
import type { Placeable } from './order.ts'

/** A step that has neither id nor place yet. */
export interface Draft extends Placeable {
  readonly step: DraftStep
  /** The rule whose replacement it is; null: the author's own SQL. */
  readonly rule: string | null
  readonly source: Pick<Position, 'path' | 'line' | 'column'>
}
