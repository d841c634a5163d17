import { writeFileSync } from 'node:fs'
import { withObservations } from '../plan/complete.ts'
import { writePlan } from '../plan/plan-file.ts'
import { proofPretty } from '../report/proof-pretty.ts'
import { loadParser } from '../sql/parser.ts'
import { readPlanAt, trouble } from './apply.ts'
import { exitCode, exitCodeOf, type ExitCode } from './exit-code.ts'
import { loadConfig } from './load-config.ts'
import { readSourcesOfPlan } from './plan-source.ts'
import { proveOnShadow } from './proof-run.ts'
import type { Terminal } from './terminal.ts'

interface ProveCommandOptions {
  readonly format: 'pretty' | 'json'
  readonly shadowUrl?: string
  readonly rows?: string
  readonly record?: boolean
  readonly config?: string
}

export async function prove(
  path: string,
  options: ProveCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const [config] = await Promise.all([loadConfig(process.cwd(), options.config ?? null), loadParser()])
  if (!config.ok) return trouble(config.problems, terminal)
  const plan = readPlanAt(path)
  if (!plan.ok) return trouble(plan.problems, terminal)
  const source = readSourcesOfPlan(plan.value, config.value)
  if (!source.ok) {
    trouble(source.problems, terminal)
    return exitCodeOf(source.problems)
  }
  terminal.err(`proving ${plan.value.id} on a shadow server …\n`)
  const proved = await proveOnShadow(plan.value, source.value, {
    shadowUrl: options.shadowUrl ?? null,
    targetUrl: null,
    rowsFile: options.rows ?? null,
  })
  if (!proved.ok) return trouble(proved.problems, terminal)
  const { proof, observations } = proved.value
  terminal.out(
    options.format === 'json'
      ? `${JSON.stringify(proof, null, 2)}\n`
      : proofPretty(proof, terminal.outColored),
  )
  if (options.record === true && observations.proof !== null) {
    writeFileSync(path, writePlan(withObservations(plan.value, observations)))
    terminal.err(`the proof is written into ${path}\n`)
  }
  return proof.verdict === 'proved' || proof.verdict === 'schema-only' ? exitCode.done : exitCode.findings
}
