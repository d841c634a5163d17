import type { LintReport } from '../model/finding.ts'

/** The stable contract of `migrate lint --format json`; its JSON Schema is docs/lint-report.schema.json. */
export function lintJson(report: LintReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
