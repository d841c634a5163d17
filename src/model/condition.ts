/**
 * What can be asked of a database about the outcome of a step. Steps carry conditions as data, so that the executor can
 * tell absent, partial and done without knowing who made the plan, and so that a person can read them in review.
 * Relations are spelled by `formatRelation`.
 */
import { z } from 'zod'
import { capturedSql, type Filled } from './captured-sql.ts'

const onTable = { table: z.string() }

export const condition = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('table'),
    ...onTable,
    exists: z.boolean(),
    /** Only with `exists`: it must be a view, or anything but one; left out: either will do. */
    isView: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('column'),
    ...onTable,
    column: z.string(),
    exists: z.boolean(),
    /** `format_type()` text that it must have; null: any. Only with `exists`. */
    type: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('column-default'),
    ...onTable,
    column: z.string(),
    /**
     * `pg_get_expr()` text; null: no default. `observed` until the shadow has said what the server makes of it. `captured`:
     * a value of a `capture` step, which is another one on every database, so that any default will do. `null`: no default,
     * or NULL cast to the column's type, which is what DEFAULT NULL leaves where that type has a length.
     */
    default: z.string().nullable(),
    /** Only of `captured`: the value. Where it is NULL, there may be no default. */
    value: capturedSql.optional(),
  }),
  z.strictObject({
    kind: z.literal('column-not-null'),
    ...onTable,
    column: z.string(),
    notNull: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('column-identity'),
    ...onTable,
    column: z.string(),
    /** Null: it is no identity column. */
    identity: z.enum(['always', 'by-default']).nullable(),
  }),
  z.strictObject({
    kind: z.literal('constraint'),
    ...onTable,
    constraint: z.string(),
    exists: z.boolean(),
    /** Null: either will do. Only with `exists`. */
    validated: z.boolean().nullable(),
    /** `pg_get_constraintdef()` text without NOT VALID, as the shadow observed it; null: any. */
    definition: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('index'),
    /** The index itself, qualified. */
    index: z.string(),
    exists: z.boolean(),
    /** Only with `exists`: an INVALID index is a failed build, not an index. */
    valid: z.boolean().nullable(),
    /** `pg_get_indexdef()` text, as the shadow observed it; null: any. */
    definition: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('trigger'),
    ...onTable,
    trigger: z.string(),
    exists: z.boolean(),
    /** `pg_proc.prosrc` of the function that it calls; null: any. Only with `exists`. */
    functionBody: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal('enum-value'),
    /** The enum type, spelled as a relation is. */
    type: z.string(),
    value: z.string(),
    exists: z.boolean(),
  }),
  /** A query that must return no row; the first rows it does return are shown. For duplicates, orphans, NULLs left. */
  z.strictObject({ kind: z.literal('no-rows'), sql: capturedSql, otherwise: z.string() }),
])

/** As a plan holds it. */
export type PlannedCondition = z.infer<typeof condition>
/** As a database can be asked about it. */
export type Condition = Filled<PlannedCondition>
export type ConditionKind = Condition['kind']
export type ConditionOf<K extends ConditionKind> = Extract<Condition, { kind: K }>
