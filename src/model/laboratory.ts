/** What the laboratory tries on real servers, and what it saw: the truth that the lock model is held to. */
import { z } from 'zod'

/** A statement, or a short transaction of several, that meets the laboratory's schema full of rows. */
export const laboratoryCase = z.strictObject({
  sql: z.string(),
  /** Releases that know the statement. */
  min: z.int(),
  max: z.int(),
  /** SQLSTATE with which PostgreSQL refuses it; null: it succeeds. */
  refused: z.string().nullable(),
  /** It may not be in a transaction block (25001), so its locks are seen by others getting in its way. */
  autocommit: z.boolean(),
})

/** Lists are sorted. Relations are those that were there before, spelled by `formatRelation`. */
export const sight = z.strictObject({
  refused: z.string().nullable(),
  /** `relation mode`: tables, views and sequences; of a statement in autocommit from ShareUpdateExclusive on. */
  locks: z.array(z.string()),
  /** The same of indexes, from ShareUpdateExclusive on. */
  indexLocks: z.array(z.string()),
  /** Heaps in new files that are not empty. */
  rewrites: z.array(z.string()),
  /** Tables of which rows were read one after the other; null where nobody can tell, outside of a transaction. */
  scans: z.array(z.string()).nullable(),
  /** Tables with an index in a new file. */
  builds: z.array(z.string()),
  /** Tables of which rows were inserted, updated or deleted; null likewise. */
  changes: z.array(z.string()).nullable(),
})

export const measuredCase = z.strictObject({
  sql: z.string(),
  autocommit: z.boolean(),
  seen: z.array(sight.extend({ majors: z.array(z.int()) })),
})

export const measuredTable = z.strictObject({
  /** Full versions, in order. */
  servers: z.array(z.string()),
  cases: z.array(measuredCase),
})

export type LaboratoryCase = z.infer<typeof laboratoryCase>
export type Sight = z.infer<typeof sight>
export type MeasuredCase = z.infer<typeof measuredCase>
export type MeasuredTable = z.infer<typeof measuredTable>

/** A case of which the model says one thing and a server another. */
export interface Disagreement {
  readonly major: number
  readonly sql: string
  /** Where the catalog came from that the model was asked with. */
  readonly catalog: 'replayed' | 'read'
  readonly said: string
  readonly seen: string
}

export interface LaboratoryReport {
  readonly measured: MeasuredTable
  readonly disagreements: readonly Disagreement[]
}
