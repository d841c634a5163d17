/** Work that grows with a table: how large the table is, and how long the work may take. */
import { z } from 'zod'

/** A relation as effects spell it, and what is known of its size; a partitioned table's is that of all its partitions. */
export const relationSize = z.strictObject({
  relation: z.string(),
  /** Null: nobody has counted. */
  estimatedRows: z.number().nullable(),
  tableBytes: z.number().nullable(),
})

/** From the faster to the slower of two reckonings, by rows and by bytes; both rounded to two digits. */
export const durationRange = z.strictObject({ fromMs: z.number(), toMs: z.number() })

export const work = z.strictObject({
  /** Sorted by name, without repeats. */
  relations: z.array(relationSize),
  /** Null: the size of a relation is not known. */
  duration: durationRange.nullable(),
})

const workRate = z.strictObject({
  rowsPerSecond: z.number().positive(),
  /** Of the heap. */
  bytesPerSecond: z.number().positive(),
})

/** What a server does in a second, by the kind of work. */
export const workRates = z.strictObject({
  /** Reading a heap and judging each row: VALIDATE, SET NOT NULL. */
  scan: workRate,
  /** One B-tree index of one column. */
  build: workRate,
  /** Writing a heap anew, without its indexes. */
  rewrite: workRate,
  /** UPDATE, INSERT … SELECT and DELETE of every row of a table with two indexes. */
  update: workRate,
  insert: workRate,
  delete: workRate,
})

export type RelationSize = z.infer<typeof relationSize>
export type DurationRange = z.infer<typeof durationRange>
export type Work = z.infer<typeof work>
export type WorkRates = z.infer<typeof workRates>
