/**
 * Statements and the actions they are cut into: what `sql/` says of a text, and all that anybody above it may know.
 * Invariant: plain JSON. No node of a parse tree is in it; who needs other SQL asks `sql/` to make it from `sql`.
 */
import { z } from 'zod'
import { lockModes } from '../postgres/lock-mode.ts'
import { span } from './position.ts'

const relationName = z.strictObject({ schema: z.string().nullable(), name: z.string() })

/** An expression: its SQL, and what a rule may ask of it without a parse tree. */
export const expression = z.strictObject({
  sql: z.string(),
  /** Literals, casts of literals and NULL only: the same for every row and at every time. */
  constant: z.boolean(),
  isNull: z.boolean(),
  /** Columns it reads, unqualified, in order of appearance. */
  columns: z.array(z.string()),
  /** Functions it calls, as written, lower case unless quoted; SQL value functions (`CURRENT_TIMESTAMP`) by their name in lower case. */
  functions: z.array(z.string()),
  hasSubquery: z.boolean(),
})

const constraintName = { name: z.string().nullable() }
const deferrable = { deferrable: z.boolean(), initiallyDeferred: z.boolean() }

export const constraintDefinition = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('check'),
    ...constraintName,
    expression,
    notValid: z.boolean(),
    noInherit: z.boolean(),
    /** Columns that the expression proves to be not null (`c IS NOT NULL`, alone or under AND). */
    provesNotNull: z.array(z.string()),
  }),
  z.strictObject({
    kind: z.literal('foreign-key'),
    ...constraintName,
    columns: z.array(z.string()),
    references: relationName,
    /** Empty: the primary key of the referenced table. */
    referencedColumns: z.array(z.string()),
    notValid: z.boolean(),
    onDelete: z.enum(['no-action', 'restrict', 'cascade', 'set-null', 'set-default']),
    /** The only columns that ON DELETE SET NULL or SET DEFAULT sets (15+); empty: all of the key's. */
    onDeleteColumns: z.array(z.string()),
    onUpdate: z.enum(['no-action', 'restrict', 'cascade', 'set-null', 'set-default']),
    matchFull: z.boolean(),
    ...deferrable,
  }),
  z.strictObject({
    kind: z.enum(['unique', 'primary-key']),
    ...constraintName,
    columns: z.array(z.string()),
    include: z.array(z.string()),
    usingIndex: z.string().nullable(),
    nullsNotDistinct: z.boolean(),
    withoutOverlaps: z.boolean(),
    ...deferrable,
  }),
  z.strictObject({ kind: z.literal('exclude'), ...constraintName, allEqual: z.boolean() }),
  z.strictObject({
    kind: z.literal('not-null'),
    ...constraintName,
    column: z.string(),
    notValid: z.boolean(),
  }),
])

export const columnDefinition = z.strictObject({
  name: z.string(),
  /** As written, deparsed (`varchar(255)`, `bigint`, `public.email`). */
  type: z.string(),
  serial: z.boolean(),
  notNull: z.boolean(),
  default: expression.nullable(),
  identity: z.enum(['always', 'by-default']).nullable(),
  generated: z.strictObject({ expression, stored: z.boolean() }).nullable(),
  collation: z.string().nullable(),
  /** CHECK, UNIQUE, PRIMARY KEY and REFERENCES written on the column, with `columns` filled in. NOT NULL is `notNull`. */
  constraints: z.array(constraintDefinition),
})

/** `sql` is one statement that does this action and nothing else; `span` is where its source stands in the file. */
const action = { sql: z.string(), span }
const onTable = { ...action, table: relationName }
const onColumn = { ...onTable, column: z.string() }
const optional = { ifExists: z.boolean(), cascade: z.boolean() }

export const actionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('create-table'),
    ...onTable,
    ifNotExists: z.boolean(),
    temporary: z.boolean(),
    columns: z.array(columnDefinition),
    constraints: z.array(constraintDefinition),
    like: z.array(relationName),
    inherits: z.array(relationName),
    partitionOf: relationName.nullable(),
    partitioned: z.boolean(),
    /** CREATE TABLE … AS: the tables its query reads. */
    reads: z.array(relationName),
  }),
  z.strictObject({ kind: z.literal('drop-table'), ...onTable, ...optional }),
  z.strictObject({ kind: z.literal('rename-table'), ...onTable, to: z.string() }),
  z.strictObject({ kind: z.literal('rename-column'), ...onColumn, to: z.string() }),
  z.strictObject({
    kind: z.literal('rename-constraint'),
    ...onTable,
    constraint: z.string(),
    to: z.string(),
  }),
  z.strictObject({ kind: z.literal('rename-index'), ...action, index: relationName, to: z.string() }),
  z.strictObject({ kind: z.literal('set-schema'), ...onTable, to: z.string() }),
  z.strictObject({
    kind: z.literal('add-column'),
    ...onTable,
    column: columnDefinition,
    ifNotExists: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('drop-column'), ...onColumn, ...optional }),
  z.strictObject({ kind: z.literal('set-default'), ...onColumn, default: expression }),
  z.strictObject({ kind: z.literal('drop-default'), ...onColumn }),
  z.strictObject({ kind: z.literal('set-not-null'), ...onColumn }),
  z.strictObject({ kind: z.literal('drop-not-null'), ...onColumn }),
  z.strictObject({
    kind: z.literal('alter-column-type'),
    ...onColumn,
    type: z.string(),
    using: expression.nullable(),
    collation: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('add-constraint'), ...onTable, constraint: constraintDefinition }),
  z.strictObject({ kind: z.literal('validate-constraint'), ...onTable, constraint: z.string() }),
  z.strictObject({ kind: z.literal('drop-constraint'), ...onTable, constraint: z.string(), ...optional }),
  /** Any other ALTER TABLE subcommand, by its SQL words (`SET STATISTICS`, `ENABLE ROW LEVEL SECURITY`). */
  z.strictObject({
    kind: z.literal('alter-table'),
    ...onTable,
    subcommand: z.string(),
    /** What it names inside the table: a column, constraint, trigger, rule or index; null where it names nothing. */
    name: z.string().nullable(),
    /** Other relations it names: the partition of ATTACH and DETACH, the parent of INHERIT. */
    relations: z.array(relationName),
  }),
  z.strictObject({
    kind: z.literal('create-index'),
    ...onTable,
    /** Null: the author left the name to PostgreSQL. The index lives in the table's schema. */
    index: z.string().nullable(),
    unique: z.boolean(),
    concurrently: z.boolean(),
    ifNotExists: z.boolean(),
    only: z.boolean(),
    method: z.string(),
    /** Column names in order; null where the index has an expression. */
    columns: z.array(z.string().nullable()),
    include: z.array(z.string()),
    partial: z.boolean(),
    nullsNotDistinct: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('drop-index'),
    ...action,
    index: relationName,
    concurrently: z.boolean(),
    ...optional,
  }),
  z.strictObject({
    kind: z.literal('reindex'),
    ...action,
    target: z.enum(['index', 'table', 'schema', 'database', 'system']),
    name: relationName,
    concurrently: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('insert'),
    ...onTable,
    /** Rows of a VALUES list, one of a SELECT of constants without FROM; null: only the database can count them. */
    valueRows: z.int().nullable(),
    reads: z.array(relationName),
    onConflict: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('update'),
    ...onTable,
    /** What `set` and `where` may call the table; null: only its name. */
    alias: z.string().nullable(),
    set: z.array(z.strictObject({ column: z.string(), expression })),
    where: expression.nullable(),
    /** FROM, WITH or a subquery: other tables decide which rows change, or to what. */
    reads: z.array(relationName),
    returning: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('delete'),
    ...onTable,
    where: expression.nullable(),
    reads: z.array(relationName),
    returning: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('truncate'), ...onTable, cascade: z.boolean() }),
  z.strictObject({ kind: z.literal('lock-table'), ...onTable, mode: z.enum(lockModes) }),
  z.strictObject({ kind: z.literal('select'), ...action, reads: z.array(relationName) }),
  z.strictObject({
    kind: z.literal('set'),
    ...action,
    /** Parameter name, lower case. */
    parameter: z.string(),
    /** Null: RESET or SET … TO DEFAULT. */
    value: z.string().nullable(),
    local: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('transaction'),
    ...action,
    verb: z.enum(['begin', 'commit', 'rollback', 'savepoint', 'release', 'rollback-to', 'prepare']),
  }),
  z.strictObject({
    kind: z.literal('comment'),
    ...action,
    /** `TABLE`, `COLUMN`, `INDEX`, … and the relation it stands on or belongs to, if it is one. */
    on: z.string(),
    relation: relationName.nullable(),
  }),
  /** A statement that no action describes yet: its command tag (`CREATE VIEW`) and every relation that its tree names. */
  z.strictObject({
    kind: z.literal('other'),
    ...action,
    tag: z.string(),
    relations: z.array(relationName),
  }),
])

export const statement = z.strictObject({
  /** Position among the file's statements, from 0. */
  index: z.int().nonnegative(),
  /** From its first token to its last, without the semicolon and without comments around it. */
  span,
  text: z.string(),
  actions: z.array(actionSchema).nonempty(),
})

export type Expression = z.infer<typeof expression>
export type ConstraintDefinition = z.infer<typeof constraintDefinition>
export type ConstraintOf<K extends ConstraintDefinition['kind']> = Extract<ConstraintDefinition, { kind: K }>
export type ColumnDefinition = z.infer<typeof columnDefinition>
export type Action = z.infer<typeof actionSchema>
export type ActionKind = Action['kind']
export type ActionOf<K extends ActionKind> = Extract<Action, { kind: K }>
export type Statement = z.infer<typeof statement>
