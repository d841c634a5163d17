/** `lockstep.config.json`, `lockstep.config.js`, or the `lockstep` key of package.json. Parsed once, all errors at once. */
import { z } from 'zod'
import { invariant } from './plan.ts'
import { severity } from './finding.ts'
import { transactionMode } from './migration.ts'

const application = z.strictObject({
  /** LIKE pattern over `pg_stat_activity.application_name`. */
  applicationName: z.string(),
})

export const config = z.strictObject({
  migrations: z.array(z.string()).default(['migrations']),
  plans: z.string().default('plans'),
  /** A layout's name; null: found out from the file names. */
  layout: z.string().nullable().default(null),
  /** Null: what the layout's own runner does. */
  transaction: transactionMode.nullable().default(null),
  searchPath: z.array(z.string()).default(['public']),
  /** The majors a statement may meet. A plan is for one: `max`, unless the target says otherwise. */
  serverVersion: z
    .strictObject({ min: z.int().min(14).max(18), max: z.int().min(14).max(18) })
    .default({ min: 14, max: 18 }),
  rules: z.record(z.string(), z.union([severity, z.literal('off')])).default({}),
  invariants: z.array(invariant.omit({ origin: true })).default([]),
  /** The longest an application statement may wait for us: no lock_timeout of ours goes beyond it. */
  stallBudgetMs: z.int().positive().default(200),
  applications: z
    .strictObject({ old: application.nullable().default(null), new: application.nullable().default(null) })
    .default({ old: null, new: null }),
})

export type Config = z.infer<typeof config>
