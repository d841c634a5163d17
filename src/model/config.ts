/** `lockstep.config.json`, `lockstep.config.js`, or the `lockstep` key of package.json. Parsed once, all errors at once. */
import { z } from 'zod'
import { configDefaults } from './config-defaults.ts'
import { severity } from './finding.ts'
import { transactionMode } from './migration.ts'
import { invariant } from './plan.ts'

const application = z.strictObject({
  /** LIKE pattern over `pg_stat_activity.application_name`. */
  applicationName: z.string(),
})

const major = z.int().min(14).max(18)

export const config = z.strictObject({
  /** For editors; not read. */
  $schema: z.string().optional(),
  migrations: z.array(z.string()).default(configDefaults.migrations),
  plans: z.string().default(configDefaults.plans),
  /** A layout's name; null: found out from the file names. */
  layout: z.string().nullable().default(configDefaults.layout),
  /** Null: what the layout's own runner does. */
  transaction: transactionMode.nullable().default(configDefaults.transaction),
  searchPath: z.array(z.string()).default(configDefaults.searchPath),
  /** The majors a statement may meet. A plan is for one. */
  serverVersion: z.strictObject({ min: major, max: major }).default(configDefaults.serverVersion),
  rules: z.record(z.string(), z.union([severity, z.literal('off')])).default(configDefaults.rules),
  invariants: z.array(invariant.omit({ origin: true, during: true })).default(configDefaults.invariants),
  /** Write down in the runner's own history table what a plan has applied: as the layout's runner does, or not at all. */
  history: z.enum(['layout', 'none']).default(configDefaults.history),
  /** The longest an application statement may wait for us, in milliseconds: no lock_timeout of ours goes beyond it. */
  stallBudgetMs: z.int().positive().default(configDefaults.stallBudgetMs),
  applications: z
    .strictObject({ old: application.nullable().default(null), new: application.nullable().default(null) })
    .default(configDefaults.applications),
})

export type Config = z.infer<typeof config>
