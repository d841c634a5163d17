/** What `migrate demo` measures: a run of the load beside one way of upgrading, and the comparison of all of them. */
import { z } from 'zod'

/** Versions of the OAuth server: which columns a statement knows. 1.0 is what works at every instant from 1.0 to the last 1.x. */
export const applicationName = z.enum(['1.0', '1.x', '2.x'])

/** What the load's process is started with. */
export const loadOptions = z.strictObject({
  url: z.string(),
  /** Of its sessions, as PostgreSQL shows it. */
  applicationName: z.string(),
  /** Which application all connections begin with. */
  application: applicationName,
  connections: z.int().positive(),
  transactionsPerSecond: z.number().positive(),
  scale: z.strictObject({ tokens: z.int().positive() }),
  /** A new one for each run on one database: new keys are made of it. */
  seed: z.int(),
})

/**
 * What a running load is told. `deploy`: that many of its connections shall be the application's, each from the end of its
 * transaction on, by a new connection; the others stay as they are.
 */
export const loadCommand = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('deploy'), application: applicationName, connections: z.int() }),
  z.strictObject({ kind: z.literal('stop') }),
])

/** Milliseconds from the moment a transaction was due to its end, so that a stall counts for all who were due in it. */
const latency = z.strictObject({ p50: z.number(), p99: z.number(), max: z.number() })

export const loadFigures = z.strictObject({
  transactions: z.int(),
  failed: z.int(),
  /** Failures by SQLSTATE, or by message where the server gave none. */
  failures: z.record(z.string(), z.int()),
  /** Those that ran, in their order. */
  byApplication: z.array(
    z.strictObject({
      application: applicationName,
      transactions: z.int(),
      failed: z.int(),
      failures: z.record(z.string(), z.int()),
    }),
  ),
  slowerThan100Ms: z.int(),
  latencyMs: latency,
  /** p99 and maximum of each kind of transaction. */
  byScript: z.record(z.string(), z.strictObject({ transactions: z.int(), p99: z.number(), max: z.number() })),
})

/** The longest wait of an application statement for a lock, as `pg_locks.waitstart` tells it, sampled. */
export const lockWait = z.strictObject({ ms: z.number(), waiting: z.string(), blockedBy: z.string() })

export const demoRun = z.strictObject({
  name: z.string(),
  /** From the first statement of the upgrade to its last, without the deploy between; null for the idle control. */
  upgradeMs: z.number().nullable(),
  /** Migrations that failed and had to be run again. */
  upgradeFailures: z.array(z.string()),
  completed: z.boolean(),
  /** How long the old application was at work alone, both beside each other, the new one alone; null: there was no deploy. */
  atWork: z.strictObject({ oldMs: z.number(), bothMs: z.number().nullable(), newMs: z.number().nullable() }),
  load: loadFigures,
  /** The longest wait whose chain of blockers ends at the upgrade, and the longest that does not. */
  longestWaitOfUpgrade: lockWait.nullable(),
  longestWaitOfOthers: lockWait.nullable(),
  rows: z.array(z.strictObject({ table: z.string(), before: z.int(), after: z.int() })),
  invariants: z.array(z.strictObject({ name: z.string(), held: z.boolean(), detail: z.string().nullable() })),
})

/** The last release of this line. */
export const demoTarget = z.enum(['1.x', '2.x'])

export const demoReport = z.strictObject({
  formatVersion: z.literal(1),
  serverVersion: z.string(),
  /** What was upgraded to; `new` is null where the old application is at work before and after. */
  to: demoTarget,
  applications: z.strictObject({ old: applicationName, new: applicationName.nullable() }),
  tokens: z.int(),
  transactionsPerSecond: z.int(),
  runs: z.array(demoRun),
})

export type ApplicationName = z.infer<typeof applicationName>
export type DemoTarget = z.infer<typeof demoTarget>
export type LoadCommand = z.infer<typeof loadCommand>
export type LoadOptions = z.infer<typeof loadOptions>
export type LoadFigures = z.infer<typeof loadFigures>
export type LockWait = z.infer<typeof lockWait>
export type DemoRun = z.infer<typeof demoRun>
export type DemoReport = z.infer<typeof demoReport>
