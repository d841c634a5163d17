import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownFindings } from '../lint/own-findings.ts'
import type { RuleManual } from '../model/finding.ts'
import { problemsReport } from '../report/problems.ts'
import { rules } from '../rules/index.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { packageFolder } from './package-folder.ts'
import type { Terminal } from './terminal.ts'
import { unknownRule } from './unknown-rules.ts'

/** Prints a rule's page, which ships with the package; without a rule, one line for each. JSON: the manual as data. */
export function explain(
  id: string | null,
  { format }: { readonly format: 'pretty' | 'json' },
  terminal: Terminal,
): ExitCode {
  const manuals: readonly RuleManual[] = [
    ...rules.map(({ id, severity, docs }) => ({ id, severity, ...docs })),
    ...ownFindings,
  ]
  const manual = manuals.find((one) => one.id === id)
  if (id !== null && manual === undefined) {
    terminal.err(problemsReport([unknownRule(id, '')], terminal.errColored))
    return exitCode.trouble
  }
  if (format === 'json') terminal.out(`${JSON.stringify(manual ?? manuals, null, 2)}\n`)
  else if (manual !== undefined) terminal.out(page(manual))
  else for (const one of manuals) terminal.out(`${one.id.padEnd(34)} ${one.severity.padEnd(8)} ${one.what}\n`)
  return exitCode.done
}

/** What lint itself finds has no page of its own. */
function page({ id, severity, what, why, instead }: RuleManual): string {
  const path = join(packageFolder, 'src/rules', `${id}.md`)
  return existsSync(path)
    ? readFileSync(path, 'utf8')
    : `# ${id}\n\n**${severity}**: ${what}\n\n## Why\n\n${why}\n\n## Instead\n\n${instead}\n`
}
