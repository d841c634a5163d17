/** `lockstep.config.json`, `lockstep.config.js`, or the `lockstep` key of package.json. Parsed once, all errors at once. */
import { z } from 'zod'
import { configDefaults } from './config-defaults.ts'
import { severity } from './finding.ts'
import { transactionMode } from './migration.ts'
import { invariant } from './plan.ts'
import { workRates } from './work.ts'

const application = z.strictObject({
  /** LIKE pattern over `pg_stat_activity.application_name`. */
  applicationName: z.string(),
})

/** By rule. */
const severities = z.record(z.string(), z.union([severity, z.literal('off')]))

const major = z.int().min(14).max(18)

export const config = z.strictObject({
  /** For editors; not read. */
  $schema: z.string().optional(),
  migrations: z.array(z.string()).default(configDefaults.migrations),
  /** Globs: which of the files there are migrations, and which are none after all. */
  include: z.array(z.string()).default(configDefaults.include),
  exclude: z.array(z.string()).default(configDefaults.exclude),
  plans: z.string().default(configDefaults.plans),
  /** A layout's name; null: found out from the file names. */
  layout: z.string().nullable().default(configDefaults.layout),
  /** Null: what the layout's own runner does. */
  transaction: transactionMode.nullable().default(configDefaults.transaction),
  searchPath: z.array(z.string()).default(configDefaults.searchPath),
  /** The majors a statement may meet. A plan is for one. */
  serverVersion: z.strictObject({ min: major, max: major }).default(configDefaults.serverVersion),
  rules: severities.default(configDefaults.rules),
  /** What else holds for the files of some paths; the last that matches wins. */
  overrides: z
    .array(
      z.strictObject({
        files: z.array(z.string()).min(1),
        rules: severities.optional(),
        transaction: transactionMode.optional(),
      }),
    )
    .default(configDefaults.overrides),
  /** More warnings fail a run of lint; null: as many as there are. */
  maxWarnings: z.int().nonnegative().nullable().default(configDefaults.maxWarnings),
  /** A table with fewer rows is small: lint says so, and what lasts as long as its rows take is `info`. 0: none is. */
  smallTableRows: z.int().nonnegative().default(configDefaults.smallTableRows),
  invariants: z.array(invariant.omit({ origin: true, during: true })).default(configDefaults.invariants),
  /** Write down in the runner's own history table what a plan has applied: as the layout's runner does, or not at all. */
  history: z.enum(['layout', 'none']).default(configDefaults.history),
  /** The longest an application statement may wait for us, in milliseconds: no lock_timeout of ours goes beyond it. */
  stallBudgetMs: z.int().positive().default(configDefaults.stallBudgetMs),
  /** What the server does in a second, for lint's estimates; what is left out is as it was measured for the defaults. */
  rates: z
    .strictObject({
      scan: workRates.shape.scan.default(configDefaults.rates.scan),
      build: workRates.shape.build.default(configDefaults.rates.build),
      rewrite: workRates.shape.rewrite.default(configDefaults.rates.rewrite),
      update: workRates.shape.update.default(configDefaults.rates.update),
      insert: workRates.shape.insert.default(configDefaults.rates.insert),
      delete: workRates.shape.delete.default(configDefaults.rates.delete),
    })
    .default(configDefaults.rates),
  applications: z
    .strictObject({ old: application.nullable().default(null), new: application.nullable().default(null) })
    .default(configDefaults.applications),
})

export type Config = z.infer<typeof config>
/** As a config file is written: what has a default may be left out. */
export type ConfigFile = z.input<typeof config>
