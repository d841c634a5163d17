import { z } from 'zod'
import { baselineEntry } from './baseline.ts'
import { lock, stalls } from './effect.ts'
import { position } from './position.ts'
import { problem } from './problem.ts'
import { work } from './work.ts'

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
  /** What lasts as long as rows take, with the sizes of a database at hand; null: nothing does, or no database was asked. */
  work: work.nullable(),
  /**
   * sha256, in hexadecimal, of rule, path, the statement's tokens and which of the findings alike it is: the same wherever
   * in its file the statement moves, and however it is laid out.
   */
  fingerprint: z.string(),
})

/** A finding that is shown and not counted: by a comment on its statement, or as an entry of the baseline file. */
export const suppressedFinding = finding.extend({
  suppressedBy: z.enum(['comment', 'baseline']),
  because: z.string().nullable(),
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
  suppressed: z.array(suppressedFinding),
  /** What kept a statement from being understood (a syntax error, a psql command). The others are linted all the same. */
  problems: z.array(problem),
})

/** The contract of `migrate lint --format json`. */
export const lintReport = z.strictObject({
  formatVersion: z.literal(1),
  files: z.array(lintedFile),
  /** Entries of the baseline file whose finding is gone from the files above. */
  staleBaseline: z.array(baselineEntry),
  summary: z.strictObject({
    files: z.int(),
    statements: z.int(),
    errors: z.int(),
    warnings: z.int(),
    infos: z.int(),
    problems: z.int(),
    /** By comments. */
    suppressed: z.int(),
    /** By the baseline file. */
    baselined: z.int(),
  }),
})

/** A rule's manual, for reports that carry it along. */
export const ruleManual = z.strictObject({
  id: z.string(),
  severity,
  what: z.string(),
  why: z.string(),
  instead: z.string(),
  reference: z.string(),
})

export type Severity = z.infer<typeof severity>
export type Finding = z.infer<typeof finding>
export type SuppressedFinding = z.infer<typeof suppressedFinding>
export type LintedStatement = z.infer<typeof lintedStatement>
export type LintedFile = z.infer<typeof lintedFile>
export type LintReport = z.infer<typeof lintReport>
export type RuleManual = z.infer<typeof ruleManual>
