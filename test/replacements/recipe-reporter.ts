/**
 * Makes the table of `npm run replacements` of a run of the replacements' tests. LOCKSTEP_RECIPE names one recipe,
 * LOCKSTEP_TABLE=json gives JSON; the exit code is vitest's own.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { loadParser } from '../../src/sql/parser.ts'
import { type Proved } from './recipe-book.ts'
import { tableOfRecipes, tableText } from './recipe-table.ts'

export interface Trial extends Proved {
  readonly passed: boolean
  /** What the test said, if it has failed. */
  readonly error: string | null
}

export default class RecipeReporter implements Reporter {
  private readonly trials: Trial[] = []

  onTestCaseResult(test: TestCase): void {
    const proved = test.meta().replacement
    if (proved === undefined) return
    const { state, errors = [] } = test.result()
    const error = errors[0]?.message ?? null
    this.trials.push({ ...proved, passed: state === 'passed', error })
    const proof = `${proved.rule} ${proved.number}, ${proved.proof}: ${state}`
    process.stderr.write(`${error === null ? proof : `${proof}: ${error}`}\n`)
  }

  async onTestRunEnd(modules: readonly TestModule[], errors: readonly { readonly message: string }[]) {
    const all = [...modules.flatMap((module) => module.errors()), ...errors]
    for (const { message } of all) process.stderr.write(`${message}\n`)
    const { major } = this.trials[0] ?? {}
    if (major === undefined) {
      process.stderr.write('No example was run.\n')
      return
    }
    await loadParser()
    const table = tableOfRecipes(major, this.trials, process.env['LOCKSTEP_RECIPE'] ?? '')
    const isJson = process.env['LOCKSTEP_TABLE'] === 'json'
    process.stdout.write(isJson ? `${JSON.stringify(table, null, 2)}\n` : tableText(table))
  }
}
