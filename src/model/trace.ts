/** What really happened when migrations or a plan ran on a shadow, beside what the effect model had said. */
import { z } from 'zod'
import { lockModes } from '../postgres/lock-mode.ts'
import { effect, stalls } from './effect.ts'
import { position, type Position } from './position.ts'

/** `carried`: an earlier statement of the same transaction took it. */
export const lockHeld = z.strictObject({
  relation: z.string(),
  mode: z.enum(lockModes),
  carried: z.boolean(),
})

/** Where the server and the model part. `not-predicted`: seen, and the model does not have it; `not-seen`: the reverse. */
export const disagreement = z.strictObject({
  kind: z.enum(['not-predicted', 'not-seen']),
  what: z.enum(['lock', 'rewrite', 'scan', 'build', 'rows']),
  relation: z.string(),
  /** Only of a lock. */
  mode: z.enum(lockModes).nullable(),
})

export const traceFailure = z.strictObject({
  /** The server's own word. */
  message: z.string(),
  sqlstate: z.string().nullable(),
  /** Where it points to, or where the statement begins; null: a step that came from no single statement. */
  at: position.omit({ endLine: true, endColumn: true }).nullable(),
})

export const tracedStatement = z.strictObject({
  /** The plan's step; null: it is a statement of a migration. */
  step: z.string().nullable(),
  /** Of a step the beginning of the statement that it came from; null: it came from no single one. */
  position: position.nullable(),
  /** The statement as written; a step's title. */
  text: z.string(),
  /** Counts the transactions of the part from 0. */
  transaction: z.int().nonnegative(),
  /**
   * `exact`: read inside its transaction, before it ended. `sampled`: it can run in no transaction, so its locks were
   * looked for by another connection while it ran; some may have been missed, and scans and rows cannot be told.
   */
  how: z.enum(['exact', 'sampled']),
  /** On relations that were there before the part began; the strongest mode of each, and apart from it the carried one. */
  locks: z.array(lockHeld),
  /** Heaps that have another file than before. */
  rewrites: z.array(z.string()),
  /**
   * Heaps of which rows were read one after the other. Of a step none: whoever applies it asks its own questions of the
   * tables, and the server counts both together.
   */
  scans: z.array(z.string()),
  /** Tables on which an index was built. */
  builds: z.array(z.string()),
  /** Rows inserted, updated and deleted. */
  rowsChanged: z.array(z.strictObject({ relation: z.string(), rows: z.int() })),
  /** Written by the whole server meanwhile; nobody else works on a shadow of ours. */
  walBytes: z.int(),
  durationMs: z.number(),
  /** Which statements of an application would wait until the transaction ends, by the locks held. */
  waits: stalls,
  /** What the model says of the statement, in the catalog that it meets and for this server's major. */
  predicted: effect,
  disagreements: z.array(disagreement),
  failure: traceFailure.nullable(),
})

/** A migration file, or a phase of a plan. */
export const tracedPart = z.strictObject({
  kind: z.enum(['file', 'phase']),
  /** The file's path, or `stage 1 expand`. */
  name: z.string(),
  /** How its runner runs the file; null: a phase. */
  transaction: z.enum(['file', 'statement']).nullable(),
  /** As far as it ran. */
  statements: z.array(tracedStatement),
})

export const trace = z.strictObject({
  formatVersion: z.literal(1),
  /** As `server_version` says it. */
  serverVersion: z.string(),
  /** At most so many were generated for each table that was empty. */
  rowsPerTable: z.int(),
  /** Where generated rows had to be tamed so that the migrations bear them, and why. */
  assumptions: z.array(z.string()),
  parts: z.array(tracedPart),
  /** Files and steps behind one that failed. */
  notRun: z.array(z.string()),
  summary: z.strictObject({
    statements: z.int(),
    disagreements: z.int(),
    failures: z.int(),
  }),
})

export type LockHeld = z.infer<typeof lockHeld>
export type Disagreement = z.infer<typeof disagreement>
export type TracedStatement = z.infer<typeof tracedStatement>
export type TracedPart = z.infer<typeof tracedPart>
export type Trace = z.infer<typeof trace>

/** What the model says of one statement, made where the model is, and compared where the server is. */
export interface Prediction {
  readonly effect: TracedStatement['predicted']
  /**
   * Relations that it reads through a query, whose plan may take an index for a scan and the reverse, or come to an end
   * before; `all`: everything.
   */
  readonly readsByQuery: 'all' | readonly string[]
}

/** What whoever runs the statements of a file one by one must know of each. */
export interface StatementMark {
  /** Offset in the file's text. */
  readonly start: number
  readonly position: Position
  /** Whether it begins or ends a transaction by its own word. */
  readonly control: 'begin' | 'end' | null
}
