import { z } from 'zod'

/** A stretch of a text: offsets in UTF-16 code units from 0, `end` exclusive, as `String.prototype.slice` takes them. */
export const span = z.strictObject({ start: z.int().nonnegative(), end: z.int().nonnegative() })

/** A stretch of a file as people and editors name it: lines and columns from 1, columns in UTF-16 code units. */
export const position = z.strictObject({
  path: z.string(),
  line: z.int().positive(),
  column: z.int().positive(),
  endLine: z.int().positive(),
  endColumn: z.int().positive(),
})

export type Span = z.infer<typeof span>
export type Position = z.infer<typeof position>
