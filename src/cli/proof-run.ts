/** Opening a shadow and proving a plan on it, for `plan` and `prove`. */
import { readFileSync } from 'node:fs'
import type { Migration } from '../model/migration.ts'
import type { Observations } from '../model/observations.ts'
import type { Plan } from '../model/plan.ts'
import type { Proof } from '../model/proof.ts'
import type { Problem, Result } from '../model/problem.ts'
import { parseScript } from '../sql/parse-script.ts'
import { provePlan } from '../verify/prove.ts'
import type { SourceSql } from '../verify/run-sources.ts'
import { openShadow } from '../verify/shadow.ts'
import { failure } from './failure.ts'
import type { PlanSource } from './plan-source.ts'

export interface ShadowChoice {
  readonly shadowUrl: string | null
  readonly targetUrl: string | null
  readonly rowsFile: string | null
}

export interface Proved {
  readonly proof: Proof
  readonly observations: Observations
}

export async function proveOnShadow(
  plan: Plan,
  source: PlanSource,
  choice: ShadowChoice,
): Promise<Result<Proved>> {
  const rows = rowSource(choice.rowsFile)
  if (!rows.ok) return rows
  const base = sqlOf(source.base)
  if (!base.ok) return base
  const pending = sqlOf(source.pending)
  if (!pending.ok) return pending
  const shadow = await openShadow({
    shadowUrl: choice.shadowUrl,
    targetUrl: choice.targetUrl,
    major: plan.server.major,
  })
  if (!shadow.ok) return shadow
  try {
    return await provePlan(plan, { base: base.value, pending: pending.value, rows: rows.value }, shadow.value)
  } finally {
    await shadow.value.close()
  }
}

function rowSource(rowsFile: string | null): Result<Parameters<typeof provePlan>[1]['rows']> {
  if (rowsFile === null) return { ok: true, value: { kind: 'generated' } }
  try {
    return { ok: true, value: { kind: 'sql', path: rowsFile, text: readFileSync(rowsFile, 'utf8') } }
  } catch {
    return failure('rows-not-found', `There is no file ${rowsFile}`, 'Give --rows a file of SQL that exists.')
  }
}

function sqlOf(migrations: readonly Migration[]): Result<readonly SourceSql[]> {
  const problems: Problem[] = []
  const sources = migrations.map(({ path, text, transaction }) => {
    const script = parseScript(text, path)
    problems.push(...script.problems)
    return { path, text, transaction, statements: script.statements.map((statement) => statement.text) }
  })
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: sources }
}
