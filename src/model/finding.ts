import { z } from 'zod'
import { lock, stalls } from './effect.ts'
import { position } from './position.ts'
import { problem } from './problem.ts'

/** `error` stalls, fails, loses data or breaks the running application; `warning` is a trap or an unprotected brief lock. */
export const severity = z.enum(['error', 'warning', 'info'])

/** A rule's verdict on an action, in three sentences: what happens, who feels it, what to do. */
export const finding = z.strictObject({
  rule: z.string(),
  severity,
  ...position.omit({ path: true }).shape,
  message: z.string(),
  effect: z.string(),
  instead: z.string(),
})

const lintedStatement = z.strictObject({
  index: z.int().nonnegative(),
  line: z.int().positive(),
  column: z.int().positive(),
  /** The kind of its action; `alter-table` where one ALTER TABLE holds several different ones. */
  kind: z.string(),
  locks: z.array(lock),
  rewrites: z.array(z.string()),
  scans: z.array(z.string()),
  stalls,
})

export const lintedFile = z.strictObject({
  path: z.string(),
  statements: z.array(lintedStatement),
  findings: z.array(finding),
  /** What kept a statement from being understood (a syntax error, a psql command). The others are linted all the same. */
  problems: z.array(problem),
})

/** The contract of `migrate lint --format json`. */
export const lintReport = z.strictObject({
  formatVersion: z.literal(1),
  files: z.array(lintedFile),
  summary: z.strictObject({
    files: z.int(),
    statements: z.int(),
    errors: z.int(),
    warnings: z.int(),
    infos: z.int(),
    problems: z.int(),
    suppressed: z.int(),
  }),
})

export type Severity = z.infer<typeof severity>
export type Finding = z.infer<typeof finding>
export type LintedStatement = z.infer<typeof lintedStatement>
export type LintedFile = z.infer<typeof lintedFile>
export type LintReport = z.infer<typeof lintReport>
