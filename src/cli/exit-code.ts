import type { Problem } from '../model/problem.ts'

/** What a command ends in. 0: clean, done, or at a gate. 1: findings, refused, unproved, failed. 2: misuse or trouble. */
export const exitCode = { done: 0, findings: 1, trouble: 2 } as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** Said to a sound plan and a sound command: not on this database or from these files as they are, or not now. */
const refusals: ReadonlySet<string> = new Set([
  'another-plan-open',
  'data-would-be-lost',
  'fingerprint-mismatch',
  'plan-changed',
  'plan-superseded',
  'runner-busy',
  'server-major-mismatch',
  'source-changed',
  'source-missing',
  'sources-changed',
])

export function exitCodeOf(problems: readonly Problem[]): ExitCode {
  return problems.every(({ code }) => refusals.has(code)) ? exitCode.findings : exitCode.trouble
}
