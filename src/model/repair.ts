import { z } from 'zod'
import { debris } from './debris.ts'
import { outcome } from './outcome.ts'

/** What `migrate repair` found, and what became of what it was told to mend; `outcome` null: it was not told to. */
export const repairReport = z.strictObject({
  debris: z.array(debris.extend({ outcome: outcome.nullable() })),
})

export type RepairReport = z.infer<typeof repairReport>
