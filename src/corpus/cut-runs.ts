/**
 * Pending files cut into runs: as many files in a row as one plan can take, and between them, one by one, those that the
 * planner refuses. Pure; every file is in exactly one run.
 */
import type { Catalog } from '../catalog/catalog.ts'
import { startBatch } from '../catalog/replay.ts'
import { walk } from '../effects/walk.ts'
import type { Plan } from '../model/plan.ts'
import type { Problem } from '../model/problem.ts'
import { makePlan } from '../plan/make-plan.ts'
import type { Rule } from '../rules/define-rule.ts'
import { historyRowOf } from '../source/history.ts'
import type { CorpusFile } from './corpus-file.ts'

export type Cut =
  | { readonly kind: 'planned'; readonly files: readonly CorpusFile[]; readonly plan: Plan }
  | { readonly kind: 'refused'; readonly files: readonly CorpusFile[]; readonly because: readonly string[] }
  | { readonly kind: 'crashed'; readonly files: readonly CorpusFile[]; readonly because: readonly string[] }

export interface Planner {
  readonly major: number
  readonly stallBudgetMs: number
  /** All of them, unless a test has its own. */
  readonly rules?: readonly Rule[]
}

/** Between two files: those that are applied by then, and the catalog that they leave behind. */
export interface Place {
  readonly ahead: readonly CorpusFile[]
  readonly catalog: Catalog
}

export function cutIntoRuns(pending: readonly CorpusFile[], start: Place, planner: Planner): readonly Cut[] {
  const cuts: Cut[] = []
  let place = start
  // A whole folder is judged once; what it refuses is where later runs end, without asking for all of it each time.
  let refusedLater: readonly number[] = []
  for (let at = 0; at < pending.length;) {
    const end = refusedLater.find((index) => index > at) ?? pending.length
    const first = firstRun(pending.slice(at, end), place, planner)
    if (first.refused.length > 0) {
      refusedLater = [
        ...first.refused.map((index) => at + index),
        ...refusedLater.filter((index) => index >= end),
      ]
    }
    cuts.push(first.cut)
    place = placeBehind(first.cut.files, place, planner)
    at += first.cut.files.length
  }
  return cuts
}

export function placeBehind(
  files: readonly CorpusFile[],
  { ahead, catalog: start }: Place,
  { major }: Planner,
): Place {
  let catalog = start
  for (const { script, migration } of files) {
    catalog = walk(script.statements, {
      transaction: migration.transaction,
      catalog: startBatch(catalog),
      serverVersion: { min: major, max: major },
    }).catalog
  }
  return { ahead: [...ahead, ...files], catalog }
}

/** The longest run at the head of `files` that is not refused; where the first file is, that file alone. */
function firstRun(
  files: readonly CorpusFile[],
  place: Place,
  planner: Planner,
): { readonly cut: Cut; readonly refused: readonly number[] } {
  let end = files.length
  let refused: readonly number[] = []
  for (;;) {
    const run = files.slice(0, end)
    const cut = tryPlan(run, place, planner)
    if (cut.kind === 'planned' || run.length === 1) return { cut, refused }
    if (cut.kind === 'refused') {
      const indexes = refusedIndexes(run, cut.problems)
      // A file's refusal may be another file's doing, so its own word is what it says alone.
      if (refused.length === 0) refused = indexes
      end = Math.max(1, indexes[0] ?? 0)
    } else {
      end = Math.ceil(end / 2)
    }
  }
}

type Tried = Cut & { readonly problems: readonly Problem[] }

function tryPlan(files: readonly CorpusFile[], place: Place, planner: Planner): Tried {
  const last = files.at(-1)?.migration.version ?? ''
  try {
    const made = makePlan({
      pending: files.map((file) => ({ ...file, history: historyRowOf(file.migration) })),
      catalog: place.catalog,
      base: { from: 'applied-file', versions: place.ahead.map(({ migration }) => migration.version) },
      server: { major: planner.major, stallBudgetMs: planner.stallBudgetMs },
      invariants: [],
      ...(planner.rules === undefined ? {} : { rules: planner.rules }),
      id: `corpus-${last}`,
    })
    if (made.ok) return { kind: 'planned', files, plan: made.value, problems: [] }
    const because = [...new Set(made.problems.map((problem) => spelled(problem)))]
    return { kind: 'refused', files, because, problems: made.problems }
  } catch (error) {
    return { kind: 'crashed', files, because: [`the planner crashed: ${thrown(error)}`], problems: [] }
  }
}

function refusedIndexes(files: readonly CorpusFile[], problems: readonly Problem[]): readonly number[] {
  const paths = new Set(problems.map(({ position }) => position?.path ?? null))
  return files.flatMap(({ migration }, index) => (paths.has(migration.path) ? [index] : []))
}

function spelled({ message, hint, position }: Problem): string {
  const at = position === null ? '' : `${position.line}:${position.column}: `
  return `${at}${message}${hint === null ? '' : `: ${hint}`}`
}

export function thrown(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
