import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { problemsReport } from '../report/problems.ts'
import { rules } from '../rules/index.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { failure } from './failure.ts'
import { packageFolder } from './package-folder.ts'
import type { Terminal } from './terminal.ts'

/** Prints a rule's page, which ships with the package; without a rule, one line for each. */
export function explain(id: string | null, terminal: Terminal): ExitCode {
  if (id === null) {
    for (const rule of rules)
      terminal.out(`${rule.id.padEnd(34)} ${rule.severity.padEnd(8)} ${rule.docs.what}\n`)
    return exitCode.done
  }
  const page = join(packageFolder, 'src/rules', `${id}.md`)
  if (!rules.some((rule) => rule.id === id) || !existsSync(page)) {
    const { problems } = failure('unknown-rule', `There is no rule ${id}`, 'migrate explain lists them all.')
    terminal.err(problemsReport(problems, terminal.errColored))
    return exitCode.trouble
  }
  terminal.out(readFileSync(page, 'utf8'))
  return exitCode.done
}
