import { z } from 'zod'

/** One finding that was there when the baseline was written. */
export const baselineEntry = z.strictObject({
  path: z.string(),
  rule: z.string(),
  /** The line it stood on, for whoever reads the file; not compared. */
  line: z.string(),
  /** The finding's own: see model/finding.ts. */
  fingerprint: z.string(),
})

/** `migrate lint --write-baseline FILE`: findings that are known and not counted, sorted by path, rule and line. */
export const baseline = z.strictObject({
  formatVersion: z.literal(1),
  findings: z.array(baselineEntry),
})

export type Baseline = z.infer<typeof baseline>
export type BaselineEntry = z.infer<typeof baselineEntry>
