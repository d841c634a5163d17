/** What `migrate catalog` writes: all that `migrate lint` wants to know of a database, so that CI need not reach it. */
import { z } from 'zod'
import { catalogSnapshot } from './catalog.ts'

export const catalogFile = z.strictObject({
  formatVersion: z.literal(1),
  /** Versions of migrations that the database has: by lockstep's journal and the runner's own history. Sorted. */
  applied: z.array(z.string()),
  /** `serverMajor` is the server's; `origin` is `database`, `complete` true. */
  catalog: catalogSnapshot,
})

export type CatalogFile = z.infer<typeof catalogFile>
