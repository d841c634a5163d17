import { emptyCatalog } from '../catalog/replay.ts'
import { predictEffects } from '../effects/predict-effects.ts'
import { settledTransaction } from '../effects/settled-transaction.ts'
import { lintMigrations } from '../lint/lint.ts'
import type { CorpusReport } from '../model/corpus.ts'
import { succeed, type Result } from '../model/problem.ts'
import { statementMarks } from '../sql/statement-marks.ts'
import type { TraceSource } from '../verify/trace-file.ts'
import { traceMigrations } from '../verify/trace-migrations.ts'
import type { ShadowServer } from '../verify/shadow.ts'
import type { CorpusFile } from './corpus-file.ts'
import { sourceSqlOf } from './corpus-file.ts'
import { judgeStalls } from './judge-stalls.ts'

export interface StallsInput {
  readonly files: readonly CorpusFile[]
  readonly major: number
  readonly searchPath: readonly string[]
  readonly shadow: ShadowServer
  readonly now: () => number
}

/** Rows in each table that is empty before a file: enough that one who reads them all is seen. */
const rowsPerTable = 200

/**
 * Every file run from the first on, on rows, and measured; beside it what lint says of them with the catalog known, and
 * with nothing known but the files.
 */
export async function measureStalls(
  input: StallsInput,
): Promise<Result<NonNullable<CorpusReport['stalls']>>> {
  const traced = await traceMigrations(
    {
      base: [],
      sources: input.files.map((file) => traceSourceOf(file, input.major)),
      rowsPerTable,
      seed: 1,
      now: input.now,
      fileStarted: () => undefined,
    },
    input.shadow,
  )
  if (!traced.ok) return traced
  const { parts, notRun } = traced.value
  const judged = (complete: boolean) => judgeStalls(parts, lintedWith(input, complete))
  return succeed({ known: judged(true), unknown: judged(false), notRun: [...notRun] })
}

function traceSourceOf(file: CorpusFile, major: number): TraceSource {
  const { script, migration } = file
  const transaction = settledTransaction(migration.transaction, script.statements)
  return {
    ...sourceSqlOf(file),
    transaction,
    marks: statementMarks(script),
    predict: (catalog) => predictEffects(script.statements, catalog, { transaction, major }),
  }
}

function lintedWith({ files, major, searchPath }: StallsInput, complete: boolean) {
  const inputs = files.map(({ script, migration: { transaction } }) => ({
    script,
    transaction,
    report: true,
  }))
  return lintMigrations(inputs, {
    catalog: emptyCatalog({ complete, searchPath }),
    serverVersion: { min: major, max: major },
    batch: 'file',
    sizes: null,
    severities: {},
  })
}
