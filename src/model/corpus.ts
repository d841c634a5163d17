/** What `npm run corpus` says of a folder of migrations that nobody wrote for us. */
import { z } from 'zod'
import { lockWait, loadFigures } from './demo.ts'

/** Files that were decided together, in the order in which they were taken. */
export const corpusRun = z.strictObject({
  /**
   * `planned`: planned, proved and applied. `refused`: the planner said why not. `failed`: a crash, a proof that does not
   * hold, or a plan that stopped. Refused and failed ones were applied by their own SQL.
   */
  status: z.enum(['planned', 'refused', 'failed']),
  files: z.array(z.string()),
  /** Each reason once; empty when `planned`. */
  because: z.array(z.string()),
  steps: z.int(),
  stages: z.int(),
  /** Of the proof; null: none was made. */
  proof: z.strictObject({ verdict: z.string(), rows: z.int(), writes: z.int() }).nullable(),
  ms: z.number(),
})

/** The load beside a plan, and whom it waited for. */
export const corpusLoad = z.strictObject({
  tokens: z.int(),
  applyMs: z.number(),
  figures: loadFigures,
  longestWaitOfPlan: lockWait.nullable(),
  longestWaitOfOthers: lockWait.nullable(),
  /** Why it says nothing of the plan as a whole; null: the plan ran to its end. */
  stopped: z.string().nullable(),
})

/** Lint's word against what a server did, statement by statement; those named as `path:line: text`. */
export const corpusStalls = z.strictObject({
  statements: z.int(),
  /** Statements for which somebody really waits as long as they work. */
  real: z.int(),
  missed: z.array(z.string()),
  falseAlarms: z.array(z.string()),
  /** Changes of rows that met none of the rows that were there. */
  metNoRow: z.int(),
})

export const corpusReport = z.strictObject({
  formatVersion: z.literal(1),
  layout: z.string(),
  serverVersion: z.string(),
  read: z.strictObject({
    files: z.int(),
    statements: z.int(),
    /** Statements of which no more is known than their command. */
    opaque: z.int(),
    syntaxErrors: z.int(),
    findings: z.strictObject({ errors: z.int(), warnings: z.int(), infos: z.int() }),
    /** Files that crashed the parser or a rule, with what was thrown. */
    crashes: z.array(z.string()),
  }),
  base: z.int(),
  pending: z.strictObject({ files: z.int(), statements: z.int() }),
  runs: z.array(corpusRun),
  /** Rows before the first pending file; why there are none, where the author's SQL bore none. */
  rows: z.strictObject({ tables: z.int(), rows: z.int(), missing: z.string().nullable() }),
  /** `−` only where the author's SQL alone was run, `+` only where the plans were. */
  differences: z.array(z.string()),
  load: corpusLoad.nullable(),
  /** With the catalog known, and with nothing known but the files; null: not asked for. */
  stalls: z
    .strictObject({
      known: corpusStalls,
      unknown: corpusStalls,
      /** Files behind one that fails on its rows. */
      notRun: z.array(z.string()),
    })
    .nullable(),
})

export type CorpusRun = z.infer<typeof corpusRun>
export type CorpusLoad = z.infer<typeof corpusLoad>
export type CorpusStalls = z.infer<typeof corpusStalls>
export type CorpusReport = z.infer<typeof corpusReport>
