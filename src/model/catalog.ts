/**
 * What is known of a database: read from one by `database/`, or replayed from statements by `catalog/`. One type, so
 * that whoever asks need not know which. Names are as PostgreSQL stores them, unquoted.
 */
import { z } from 'zod'

export const columnSnapshot = z.strictObject({
  name: z.string(),
  /** As `format_type()` says it: `character varying(255)`, `bigint`. */
  type: z.string(),
  notNull: z.boolean(),
  /** SQL of the default; null where there is none. */
  default: z.string().nullable(),
  identity: z.enum(['always', 'by-default']).nullable(),
  /** SQL of a generation expression. */
  generated: z.string().nullable(),
  collation: z.string().nullable(),
})

export const constraintSnapshot = z.strictObject({
  name: z.string(),
  kind: z.enum(['check', 'foreign-key', 'unique', 'primary-key', 'exclude', 'not-null', 'trigger']),
  columns: z.array(z.string()),
  /** `pg_get_constraintdef()`, or the SQL after ADD CONSTRAINT name in a replay. */
  definition: z.string(),
  validated: z.boolean(),
  references: z
    .strictObject({ schema: z.string(), name: z.string(), columns: z.array(z.string()) })
    .nullable(),
  /** Name of the index behind a unique, primary-key or exclude constraint, in the table's schema. */
  index: z.string().nullable(),
})

export const indexSnapshot = z.strictObject({
  name: z.string(),
  unique: z.boolean(),
  valid: z.boolean(),
  method: z.string(),
  /** Key columns in order; null where the key is an expression. */
  columns: z.array(z.string().nullable()),
  include: z.array(z.string()),
  partial: z.boolean(),
  /** `pg_get_indexdef()`, or the author's CREATE INDEX in a replay. */
  definition: z.string(),
})

export const triggerSnapshot = z.strictObject({
  name: z.string(),
  /** In this order, without repeats. */
  events: z.array(z.enum(['insert', 'update', 'delete', 'truncate'])),
  /** Columns of UPDATE OF and of WHEN, sorted, without repeats: what the trigger itself hangs on. */
  columns: z.array(z.string()),
})

/** By what logical replication finds the row that is changed or deleted: `pg_class.relreplident`. */
export const replicaIdentity = z.discriminatedUnion('kind', [
  /** `default`: the primary key, if there is one. */
  z.strictObject({ kind: z.enum(['default', 'full', 'nothing']) }),
  /** Null: the index that it was is gone, and no other takes its place by itself. */
  z.strictObject({ kind: z.literal('index'), index: z.string().nullable() }),
])

export const tableSnapshot = z.strictObject({
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['table', 'partitioned-table', 'view', 'materialized-view', 'foreign-table']),
  partitionOf: z.strictObject({ schema: z.string(), name: z.string() }).nullable(),
  columns: z.array(columnSnapshot),
  constraints: z.array(constraintSnapshot),
  indexes: z.array(indexSnapshot),
  /** User triggers by name, and what fires them, for plans that change rows. Ours, and those switched off, are left out. */
  triggers: z.array(triggerSnapshot),
  replicaIdentity,
  /** `pg_class.reltuples`, brought up to the size of today where that was asked; null where nobody has counted. */
  estimatedRows: z.number().nullable(),
  /** `pg_table_size()`: heap, TOAST, free space and visibility maps. Null: not asked, or nothing is stored here. */
  tableBytes: z.number().nullable(),
  /** `pg_indexes_size()`, all indexes together. Null as `tableBytes`. */
  indexBytes: z.number().nullable(),
})

/**
 * Everything else that a proof compares, each as one line of text: view, trigger, type, sequence, function, privilege,
 * comment, policy, … `identity` is unique within `kind`.
 */
export const objectSnapshot = z.strictObject({
  kind: z.string(),
  identity: z.string(),
  definition: z.string(),
})

const qualifiedName = { schema: z.string(), name: z.string() }

/** What only a server that runs can tell, and no statement of a migration makes. */
export const serverFacts = z.strictObject({
  /** `server_version_num`: 140003 is 14.3. */
  versionNum: z.int(),
  /** Partitions whose DETACH … CONCURRENTLY was interrupted: `pg_inherits.inhdetachpending`. */
  pendingDetaches: z.array(z.strictObject(qualifiedName)),
  /** Tables with the publications that they are in, by name or with their schema; not those FOR ALL TABLES, nor ours. */
  published: z.array(z.strictObject({ ...qualifiedName, publications: z.array(z.string()) })),
  /** Publications FOR ALL TABLES. */
  publishedAll: z.array(z.string()),
})

export const catalogSnapshot = z.strictObject({
  origin: z.enum(['database', 'replay']),
  /** True: what is not in here does not exist. False: it may, and answers about it are `unknown`. */
  complete: z.boolean(),
  /** `server_version_num / 10000`; null in a replay. */
  serverMajor: z.int().nullable(),
  /** Schemas an unqualified name is looked up in, in order. */
  searchPath: z.array(z.string()),
  tables: z.array(tableSnapshot),
  objects: z.array(objectSnapshot),
  /** As they were when the database was read; null in a replay, and in files that were written before there were any. */
  server: serverFacts.nullable().default(null),
})

export type ColumnSnapshot = z.infer<typeof columnSnapshot>
export type ConstraintSnapshot = z.infer<typeof constraintSnapshot>
export type IndexSnapshot = z.infer<typeof indexSnapshot>
export type TriggerSnapshot = z.infer<typeof triggerSnapshot>
export type ReplicaIdentity = z.infer<typeof replicaIdentity>
export type TableSnapshot = z.infer<typeof tableSnapshot>
export type ObjectSnapshot = z.infer<typeof objectSnapshot>
export type ServerFacts = z.infer<typeof serverFacts>
export type CatalogSnapshot = z.infer<typeof catalogSnapshot>
