/**
 * What the author wrote between BEGIN and COMMIT. Atomicity is a promise that the author made on purpose: it is kept
 * in one step where that stops nobody, and given up only where the author says so.
 */
import type { JudgedAction } from '../effects/walk.ts'
import type { DraftStep, PhaseName } from '../model/plan.ts'
import type { LockstepComment } from '../sql/lockstep-comment.ts'
import type { Decision } from './decide.ts'
import { sqlOfStep } from '../model/step-sql.ts'
import { mergeSteps } from './merge.ts'
import { phaseOfSwitch, switchesTogether } from './switches.ts'

export interface Block {
  /** Indexes into the file's judged actions: all of them, and those that do something. */
  readonly actions: readonly number[]
  readonly working: readonly number[]
}

const withoutEffect: readonly JudgedAction['action']['kind'][] = [
  'transaction',
  'set',
  'select',
  'lock-table',
]

/** Explicit transactions that hold more than one action; of a single one nothing can be torn apart. */
export function explicitBlocks(judged: readonly JudgedAction[]): readonly Block[] {
  const byNumber = new Map<number, number[]>()
  for (const [at, { transaction }] of judged.entries()) {
    if (transaction.kind !== 'explicit') continue
    byNumber.set(transaction.number, [...(byNumber.get(transaction.number) ?? []), at])
  }
  return [...byNumber.values()]
    .map((actions) => ({
      actions,
      working: actions.filter((at) => !withoutEffect.includes(judged[at]?.action.kind ?? 'set')),
    }))
    .filter(({ working }) => working.length > 1)
}

/** Catalog-only, on whatever locks the transaction holds by then, and able to run inside of one. */
export function isCatalogOnly({ action, catalog, effect, stalls }: JudgedAction): boolean {
  if ('concurrently' in action && action.concurrently) return false
  const isWork =
    effect.rewrites.length + effect.scans.length + effect.builds.length + effect.changesRows.length > 0
  if (stalls !== null || isWork) return false
  const movesRows =
    action.kind === 'insert' ||
    action.kind === 'update' ||
    action.kind === 'delete' ||
    action.kind === 'truncate'
  return !movesRows || catalog.isNew(action.table)
}

/** `-- lockstep: allow split-transaction because …` on the BEGIN, or for the whole file. Null: nobody has said so. */
export function splitAllowedBecause(
  block: Block,
  judged: readonly JudgedAction[],
  comments: readonly LockstepComment[],
): string | null {
  const begin = judged[block.actions[0] ?? -1]?.statement.index
  const allowed = comments.find(
    ({ directive, arguments: given, statementIndex }) =>
      directive === 'allow' &&
      given.trim() === 'split-transaction' &&
      (statementIndex === null || statementIndex === begin),
  )
  return allowed?.because ?? null
}

export const howToSplit =
  'Let it be split by a comment on its BEGIN, `-- lockstep: allow split-transaction because …`: each step then ' +
  'commits by itself, and between two steps the application sees the one without the other.'

/** The decisions for the working actions of a block whose actions are all catalog-only, as one. */
export function keptTogether(decisions: readonly Decision[]): Decision {
  const made = decisions.flatMap((decision) => (decision.kind === 'steps' ? [decision] : []))
  const notes = [
    ...made.flatMap((decision) => decision.notes),
    ...decisions.flatMap((decision) => (decision.kind === 'note' ? (decision.note ?? []) : [])),
  ]
  const own = made.flatMap(({ steps }) => steps.slice(-1))
  const ahead = made.flatMap(({ steps }) => steps.slice(0, -1))
  const traded = tradedIn(own)
  const phases = new Set(
    made
      .filter(({ unnoticed, steps }) => !unnoticed && !traded.has(steps.at(-1)))
      .flatMap(({ steps }) => phaseOfLast(steps)),
  )
  if (phases.has('contract') && phases.size > 1) {
    return {
      kind: 'refused',
      message:
        'this transaction adds what the new application needs before the deploy, and takes away what the old one needs until after it',
      hint: howToSplit,
    }
  }
  const step = mergeSteps(own, own.flatMap(sqlOfStep))
  if (step === null) return { kind: 'note', note: notes.join('; ') }
  const phase = traded.size === 0 ? step.phase : phaseOfSwitch(own)
  if (typeof phase !== 'string') {
    return {
      kind: 'refused',
      message: `this transaction cannot stay one step: ${phase.message}`,
      hint: phase.hint,
    }
  }
  return {
    kind: 'steps',
    rule: null,
    steps: [...ahead, { ...step, phase, switches: switchesTogether(own) }],
    notes,
    unnoticed: made.every(({ unnoticed }) => unnoticed),
  }
}

/** Steps that drop what the block makes again. */
function tradedIn(steps: readonly DraftStep[]): ReadonlySet<DraftStep | undefined> {
  const makes = new Set(steps.flatMap(({ switches }) => switches?.makes ?? []))
  return new Set(
    steps.filter(({ switches }) => {
      const drops = switches?.drops ?? []
      return drops.length > 0 && drops.every((object) => makes.has(object))
    }),
  )
}

function phaseOfLast(steps: readonly DraftStep[]): readonly PhaseName[] {
  return steps.slice(-1).map(({ phase }) => phase)
}
