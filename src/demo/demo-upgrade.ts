/** What is upgraded to what: all in which the demonstrations differ but for their migrations and their plan. */
import type { ApplicationName, DemoTarget } from '../model/demo.ts'
import { invariants, upgradedInvariants, type Invariant } from './invariants.ts'
import { carriedInvariants, invariantsOf2x } from './invariants-of-2x.ts'
import { lastOf1x, loadLaterRowsSql } from './load-later-rows.ts'
import { firstRelease } from './load-rows.ts'

export interface DemoUpgrade {
  /** The last migration that is applied at the start. */
  readonly through: string
  /** Null: the old application is at work before and after. */
  readonly applications: { readonly old: ApplicationName; readonly new: ApplicationName | null }
  /** Statements that load, once all migrations of the start are applied, what is not of 1.0. */
  laterRows(tokens: number): readonly string[]
  /** Asked at the start and at the end. */
  readonly invariants: readonly Invariant[]
  /** Asked at the end of what was upgraded. */
  upgradedInvariants(tokens: number): readonly Invariant[]
}

export const demoUpgrades: Readonly<Record<DemoTarget, DemoUpgrade>> = {
  '1.x': {
    through: firstRelease,
    applications: { old: '1.0', new: null },
    laterRows: () => [],
    invariants,
    upgradedInvariants: () => upgradedInvariants,
  },
  '2.x': {
    through: lastOf1x,
    applications: { old: '1.x', new: '2.x' },
    laterRows: loadLaterRowsSql,
    invariants: [...invariants, ...carriedInvariants],
    upgradedInvariants: invariantsOf2x,
  },
}
