/** What came of the recipes on one server: each proved, or refused and why, and nothing in between. */
import { blocks, recipeBook, type RecipeEntry } from './recipe-book.ts'
import type { Trial } from './recipe-reporter.ts'

/** `failed`: an example's plan did not do what it must; `not run`: nobody tried it. */
export type RecipeVerdict = 'proved' | 'refused' | 'failed' | 'not run'

export interface RecipeRow {
  readonly id: string
  readonly title: string
  readonly rules: readonly string[]
  readonly verdict: RecipeVerdict
  /** Of refusals and failures. */
  readonly why: string | null
  readonly planned: number
  readonly refused: number
  /** Trials of its examples that have passed: the same end, killed and gone on with, taken back. */
  readonly trials: number
}

export interface RecipeTable {
  readonly major: number
  readonly rows: readonly RecipeRow[]
}

/** `only`: one recipe; '': all, and the blocks. */
export function tableOfRecipes(major: number, trials: readonly Trial[], only: string): RecipeTable {
  const book = recipeBook(major).filter(({ id }) => only === '' || id === only)
  const rows = book.map((entry) => rowOf(entry, trialsOf(entry, trials)))
  return { major, rows: only === '' ? [...rows, ...blockRows(book, trials)] : rows }
}

function blockRows(book: readonly RecipeEntry[], trials: readonly Trial[]): readonly RecipeRow[] {
  return blocks.map(({ id, title, isIn }) => {
    const examples = book
      .flatMap((entry) => entry.examples)
      .filter(({ verdict }) => verdict.kind === 'planned' && isIn(verdict.plan))
    const rules = [...new Set(examples.map(({ example }) => example.rule.id))]
    const entry = { id, title, rules, examples, unplanned: null }
    return rowOf(entry, trialsOf(entry, trials))
  })
}

type Shown = Pick<RecipeEntry, 'title' | 'rules' | 'examples' | 'unplanned'> & { readonly id: string }

function trialsOf({ examples }: Pick<Shown, 'examples'>, trials: readonly Trial[]): readonly Trial[] {
  return trials.filter(({ rule, number }) =>
    examples.some(({ example }) => example.rule.id === rule && example.number === number),
  )
}

function rowOf({ id, title, rules, examples, unplanned }: Shown, trials: readonly Trial[]): RecipeRow {
  const planned = examples.filter(({ verdict }) => verdict.kind === 'planned').length
  const refusals = examples.flatMap(({ verdict }) => (verdict.kind === 'refused' ? [verdict.why] : []))
  const failed = trials.find(({ passed }) => !passed)
  const common = { id, title, rules, planned, refused: refusals.length, trials: trials.length }
  if (failed !== undefined) {
    const why = `${failed.rule} ${failed.number}, ${failed.proof}: ${failed.error ?? 'failed'}`
    return { ...common, verdict: 'failed', why }
  }
  if (planned === 0) {
    const why = unplanned ?? refusals[0] ?? null
    return { ...common, verdict: why === null ? 'not run' : 'refused', why }
  }
  return { ...common, verdict: trials.length === 0 ? 'not run' : 'proved', why: refusals[0] ?? null }
}

export function tableText({ major, rows }: RecipeTable): string {
  const lines = rows.map(({ id, title, verdict, planned, refused, trials, rules }) => [
    id,
    title,
    verdict,
    planned === 0 ? '–' : `${planned} planned in ${trials} trials`,
    refused === 0 ? '' : `${refused} refused`,
    rules.join(', '),
  ])
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...lines.map((cells) => cells[at]?.length ?? 0)))
  const body = lines.map((cells) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const reasons = rows
    .filter(({ verdict, why }) => verdict !== 'proved' && why !== null)
    .map(({ id, verdict, why }) => `${id} ${verdict}: ${(why ?? '').split('\n').join(' ')}`)
  const counts = (['proved', 'refused', 'failed', 'not run'] as const).map(
    (verdict) => `${rows.filter((row) => row.verdict === verdict).length} ${verdict}`,
  )
  const blank = reasons.length === 0 ? [] : ['']
  return `PostgreSQL ${major}\n\n${[...body, ...blank, ...reasons].join('\n')}\n\n${counts.join(', ')}\n`
}
