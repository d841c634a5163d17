/**
 * The file of a blue-green run: which tables go over, what becomes of them on green and of green's on the way back, which
 * events must never be undone, and how the application is sent from one to the other.
 *
 * SQL in it is of the author, and runs with `search_path` set to `schemas`: tables are best named without their schema.
 */
import { z } from 'zod'

/** As SQL would write it: `public.orders`, `sales."Order"`. */
const tableName = z.string().min(3)
const columnName = z.string().min(1)

/**
 * Rows of one table as a query over tables of the other side, and how a change there says which of them are to be made
 * anew. One mechanism for tables renamed, split, merged, filtered and retyped.
 */
export const derivedTable = z.strictObject({
  table: tableName,
  /** Columns of a primary key or unique constraint of it, by which its rows are found. */
  key: z.array(columnName).min(1),
  /** Column → SQL expression over `from`. Columns that are left out keep their defaults and what they hold. */
  columns: z.record(columnName, z.string().min(1)),
  /** FROM clause. May be left out where there is one source. */
  from: z.string().min(1).optional(),
  /** Rows for which it does not hold are not there. */
  where: z.string().min(1).optional(),
  sources: z
    .array(
      z.strictObject({
        table: tableName,
        /**
         * A query of the keys, in the order of `key`, that a change of this table reaches; the row before or after the
         * change is `changed`. May be left out where the source has columns of the key's names.
         */
        keys: z.string().min(1).optional(),
      }),
    )
    .min(1),
})

/** An event that is final: whatever it names is dead on green from then on, whatever still arrives of it. */
export const criticalEvent = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9._-]{0,39}$/, 'a name is of a-z, 0-9, dots, dashes and underscores'),
  /** On blue. */
  table: tableName,
  /** SQL over OLD and NEW of an UPDATE: then it has happened. Null: no UPDATE is this event. */
  when: z.string().min(1).nullable().default(null),
  /** A deleted row is this event, too. */
  deleted: z.boolean().default(false),
  /** Columns of the row, before the change, that say what it happened to. */
  key: z.array(columnName).min(1),
  /** What must be so on green. */
  green: z
    .array(
      z.strictObject({
        table: tableName,
        /** Column there → column of `key`. */
        match: z.record(columnName, columnName),
        /** Columns and the SQL values that a dead row has; or no such row is there. */
        dead: z.union([z.record(columnName, z.string().min(1)), z.literal('absent')]),
      }),
    )
    .min(1),
})

const sides = <T extends z.ZodType>(of: T) => z.strictObject({ blue: of, green: of })

/** How applications are sent to the other side. Each must come to the same when it is done twice. */
export const flipAction = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('command'),
    /** Program and arguments; `LOCKSTEP_FLIP_TO` is `blue` or `green` in its environment. */
    command: z.array(z.string()).min(1),
  }),
  z.strictObject({ kind: z.literal('file'), path: z.string(), content: sides(z.string()) }),
  z.strictObject({
    kind: z.literal('webhook'),
    url: z.url(),
    /** Sent as JSON by POST. */
    body: sides(z.json()),
  }),
  z.strictObject({
    kind: z.literal('pgbouncer'),
    /** URL of the console, as a user of `admin_users`. */
    console: z.string(),
    /** The entry of `[databases]`, which is paused until it points to the other side. */
    database: z.string(),
    /** A file that the main one includes, with nothing but that entry in it: it is written anew. */
    file: z.string(),
    /** What stands behind `database =` there. */
    target: sides(z.string()),
    /** PAUSE waits for every open transaction; longer than this, and the cut-over is put off. */
    pauseTimeoutMs: z.int().positive().default(300),
  }),
])

const migrationFolders = z.strictObject({
  paths: z.array(z.string()).min(1),
  layout: z.string().nullable().default(null),
})

export const bluegreenFile = z.strictObject({
  /** For editors; not read. */
  $schema: z.string().optional(),
  formatVersion: z.literal(1),
  /** In the names of slots, publications and subscriptions, which are of the whole server. */
  name: z.string().regex(/^[a-z][a-z0-9_]{0,29}$/, 'a name is of a-z, 0-9 and underscores, at most 30'),
  schemas: z.array(z.string()).min(1).default(['public']),
  /** Tables that do not go over, and why. `copy`: their rows are copied once, and not followed. */
  exclude: z
    .array(z.strictObject({ table: tableName, because: z.string().min(1), copy: z.boolean().default(false) }))
    .default([]),
  /**
   * How blue's schema comes to green. `ready`: somebody has made it, or already the target's. `pg_dump`: by the program of
   * the user's own PostgreSQL. `migrations`: blue's own history up to `through`.
   */
  schema: z
    .discriminatedUnion('from', [
      z.strictObject({ from: z.literal('ready') }),
      z.strictObject({
        from: z.literal('pg_dump'),
        program: z.string().default('pg_dump'),
        restore: z.string().default('psql'),
      }),
      migrationFolders.extend({ from: z.literal('migrations'), through: z.string() }),
    ])
    .default({ from: 'ready' }),
  /** What is run on green while blue goes on: what is pending behind `schema`'s, or all. */
  migrations: migrationFolders
    .extend({
      /** The last version that blue's schema has; those up to it are not run. Null: those that `schema` has run. */
      after: z.string().nullable().default(null),
    })
    .nullable()
    .default(null),
  /** Columns of tables that keep their name and that blue does not know: SQL over NEW, for each row that arrives. */
  fill: z.record(tableName, z.record(columnName, z.string().min(1))).default({}),
  /** Tables of green made of tables of blue. A table of blue that is a source here is not replicated to its name. */
  targets: z.array(derivedTable).default([]),
  /** Tables of blue made of tables of green, for the way back: every source of `targets` must be one. Null: there is none. */
  back: z.array(derivedTable).nullable().default([]),
  /** A row that cannot be transformed: `stop` the run there, or `park` its key and go on. */
  poison: z.enum(['stop', 'park']).default('stop'),
  events: z.array(criticalEvent).default([]),
  /** Pairs of queries that must answer the same on both sides. */
  invariants: z.array(z.strictObject({ name: z.string(), blue: z.string(), green: z.string() })).default([]),
  sequences: z
    .strictObject({
      /** Added to blue's value when green's is set: numbers that blue may still give until the cut-over. */
      margin: z.int().nonnegative().default(1000),
      /** Sequence of blue → sequence of green, where the name is another one. */
      names: z.record(z.string(), z.string()).default({}),
    })
    .default({ margin: 1000, names: {} }),
  copy: z
    .strictObject({
      streams: z.int().min(1).max(32).default(4),
      chunkBytes: z.int().positive().default(64_000_000),
    })
    .default({ streams: 4, chunkBytes: 64_000_000 }),
  /** Megabytes of WAL that blue may have to keep for us: beyond it the run is given up before it harms blue. */
  walLimitMb: z.int().positive().default(20_000),
  cutover: z
    .strictObject({
      /** From the first lock to the flip; when it is over, blue goes on as if nothing had been. */
      budgetMs: z.int().positive().default(2000),
      /** No statement of the application waits longer for our lock than this, then it is given up and tried again. */
      lockTimeoutMs: z.int().positive().default(40),
      attempts: z.int().positive().default(20),
      /** Green may be so far behind, in milliseconds of a marker's way, for the cut-over to begin. */
      lagMaxMs: z.int().positive().default(500),
      /** A transaction of a writer that is older is waited for before anything is locked. */
      oldestTransactionMs: z.int().positive().default(200),
      /** The last clean verification may be so old. */
      verifiedWithinMinutes: z.int().positive().default(60),
    })
    .prefault({}),
  flip: z.array(flipAction).default([]),
})

export type BluegreenFile = z.infer<typeof bluegreenFile>
export type DerivedTable = z.infer<typeof derivedTable>
export type CriticalEvent = z.infer<typeof criticalEvent>
export type FlipAction = z.infer<typeof flipAction>
export type Side = 'blue' | 'green'
