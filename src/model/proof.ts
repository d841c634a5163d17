/** What a proof says: two databases, one by the author's SQL and one by the plan, and where they differ. */
import { z } from 'zod'
import { lock } from './effect.ts'

/** `missing` from the plan's end, `unexpected` in it, or `changed`. Objects are spelled as in a step's `touches`. */
export const catalogDifference = z.strictObject({
  kind: z.enum(['missing', 'unexpected', 'changed']),
  object: z.string(),
  /** As the author's SQL leaves it; null: it leaves none. */
  expected: z.string().nullable(),
  /** As the plan leaves it. */
  actual: z.string().nullable(),
})

export const rowDifference = z.strictObject({
  kind: z.enum(['missing', 'unexpected', 'changed', 'volatile']),
  table: z.string(),
  /** `column=value, …` of the primary key; null in a table that has none, and for `volatile`. */
  key: z.string().nullable(),
  expected: z.string().nullable(),
  actual: z.string().nullable(),
})

/** The strongest mode held on each relation while a step ran, and what of it the step had not declared. */
export const locksSeen = z.strictObject({
  step: z.string(),
  /** `exact`: read inside the transaction before it committed. `sampled`: by another connection while it ran. */
  how: z.enum(['exact', 'sampled']),
  locks: z.array(lock),
  undeclared: z.array(lock),
})

export const proof = z.strictObject({
  /** `schema-only`: equal, but no table had a row to compare. `unproved`: the proof could not be carried out. */
  verdict: z.enum(['proved', 'schema-only', 'different', 'unproved']),
  /**
   * Why it is `unproved`; or, with `different`, what the comparison cannot show: the plan failed, or a step holds a lock
   * that it does not declare. Null with every other verdict.
   */
  because: z.string().nullable(),
  /** As `server_version` says it; null when no server answered. */
  serverVersion: z.string().nullable(),
  rows: z.array(z.strictObject({ table: z.string(), before: z.int(), after: z.int() })),
  /** `public.t.c`: compared by nullness, type and distinctness only. */
  volatileColumns: z.array(z.string()),
  /** Where the generated rows had to be tamed, or a table stayed empty, and why. */
  assumptions: z.array(z.string()),
  /** Differences that the plan declares, and the order of columns. */
  allowed: z.array(z.string()),
  catalogDifferences: z.array(catalogDifference),
  /** The first of each table. */
  rowDifferences: z.array(rowDifference),
  locksSeen: z.array(locksSeen),
  /** What the writer did on the plan's database while it moved rows; null: it moved none. */
  writer: z
    .strictObject({
      updates: z.int(),
      inserts: z.int(),
      deletes: z.int(),
      longestMs: z.number(),
      failures: z.array(z.string()),
    })
    .nullable(),
})

export type CatalogDifference = z.infer<typeof catalogDifference>
export type RowDifference = z.infer<typeof rowDifference>
export type LocksSeen = z.infer<typeof locksSeen>
export type Proof = z.infer<typeof proof>
