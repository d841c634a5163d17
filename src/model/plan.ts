/**
 * The plan: what `migrate plan` writes to plans/*.json and `migrate apply` reads back.
 * Invariant: a plan is data. It holds no function, no connection and no reference to a rule's code, so it can be
 * reviewed in a pull request, named by its digest, and run by a later build.
 */
import { z } from 'zod'
import { capturedSql, type Filled } from './captured-sql.ts'
import { condition } from './condition.ts'
import { lock } from './effect.ts'
import { position } from './position.ts'
import type { SyncChange } from './sync.ts'

export const phaseName = z.enum(['expand', 'backfill', 'contract'])

/** How to take a step back. `never` must say why: an irreversible step is a decision, not a gap. */
export const undo = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sql'),
    /** Run in one transaction, unless `concurrently`: then each statement alone, outside of any. */
    sql: z.array(capturedSql).nonempty(),
    concurrently: z.boolean(),
    locks: z.array(lock),
    /**
     * Of statements that run each alone, the locks of each, in their order: one that makes writers wait is tried under a
     * lock_timeout, as a step is. Left out: none does.
     */
    locksOfEach: z.array(z.array(lock)).optional(),
    /** A query for rows of which the way back would lose something; left out: it loses nothing. */
    loses: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('nothing'), because: z.string() }),
  z.strictObject({ kind: z.literal('never'), because: z.string() }),
])

/**
 * What a step creates, reads, changes and drops, as `kind name` strings: `table public.t` (a view, too), `column
 * public.t.c`, `columns public.t` (all of them, as they are at that moment), `viewed public.t.c` (its type and its being
 * there, which a view holds fast), `default public.t.c`, `constraint public.t.con`, `trigger public.t.trg` (so are policies
 * and rules), `security public.t` (row level security), `grant public.t.role`, `index public.i`, `rows public.t`, `values public.t.c` (those of one column, in them),
 * `function public.f`, `type public.y`, `sequence public.s`, `schema s`, `named word` (whatever bears a name that a text
 * mentions which nobody parses), `comment table public.t`, `value 1` (what a capture step finds). Order follows from
 * nothing else.
 */
export const touches = z.strictObject({
  creates: z.array(z.string()),
  reads: z.array(z.string()),
  changes: z.array(z.string()),
  drops: z.array(z.string()),
})

const common = {
  /** Unique in the plan: lower case letters, digits and hyphens. */
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  title: z.string(),
  /** The rule that wrote the step; null: the author's own SQL. */
  rule: z.string().nullable(),
  /** Where the statement stands that the step came from. */
  source: position.omit({ endLine: true, endColumn: true }).nullable(),
  touches,
  /** The strongest lock on each relation that it takes; measured when the plan is proved. */
  locks: z.array(lock),
  /** What must hold before it starts. With all of it true and `after` not, the step is absent. */
  before: z.array(condition),
  /**
   * What is verified when it ends. With all of it true, the step is done, whoever did it. Empty: nothing in the catalog
   * shows that it ran, so only the journal can tell (a comment, a grant, rows).
   */
  after: z.array(condition),
  undo,
}

const milliseconds = z.int().positive()

export const step = z.discriminatedUnion('kind', [
  /** Catalog-only SQL under a strong lock that is held for an instant: one transaction, one message, retried. */
  z.strictObject({
    kind: z.literal('ddl'),
    ...common,
    sql: z.array(capturedSql).nonempty(),
    lockTimeoutMs: milliseconds,
    statementTimeoutMs: milliseconds,
    /**
     * Columns that it makes (`public.t.c`) whose values another column holds too, and tables that were there before by
     * another name (`public.t`): the way back loses nothing of them.
     */
    mirrors: z.array(z.string()).optional(),
  }),
  /** Work that grows with the table under a lock that stops no statement of an application (ShareUpdateExclusive at most). */
  z.strictObject({
    kind: z.literal('patient'),
    ...common,
    sql: capturedSql,
    lockTimeoutMs: milliseconds,
  }),
  /** CREATE INDEX CONCURRENTLY: no transaction, no lock_timeout (it would leave an INVALID index), watched. */
  z.strictObject({
    kind: z.literal('create-index'),
    ...common,
    sql: z.string(),
    index: z.string(),
    table: z.string(),
  }),
  /** DROP INDEX CONCURRENTLY: as above. */
  z.strictObject({
    kind: z.literal('drop-index'),
    ...common,
    sql: z.string(),
    index: z.string(),
    table: z.string(),
  }),
  /** A change of rows cut into ranges of a key; each batch commits with its checkpoint. */
  z.strictObject({
    kind: z.literal('in-batches'),
    ...common,
    table: z.string(),
    /** Columns of a unique, not null key in index order, with their types; empty: by ctid ranges. */
    key: z.array(z.strictObject({ column: z.string(), type: z.string() })),
    /**
     * The statement with its range: `$1…$n` the first key of the batch and `$n+1…$2n` the last, both inclusive; by ctid,
     * `$1` inclusive and `$2` exclusive.
     */
    sql: capturedSql,
    targetMs: milliseconds,
    batchRowsMax: z.int().positive(),
    lockTimeoutMs: milliseconds,
  }),
  /** The author's own small change of rows: run exactly once, its journal row committed with it. */
  z.strictObject({
    kind: z.literal('rows'),
    ...common,
    sql: capturedSql,
    lockTimeoutMs: milliseconds,
    statementTimeoutMs: milliseconds,
  }),
  /**
   * Finds one value in the data, which is kept in the journal with its type and never asked for again: later steps have it
   * in slots of their SQL. The query must give one column, and no more than one row; no row is NULL.
   */
  z.strictObject({
    kind: z.literal('capture'),
    ...common,
    sql: z.string(),
    statementTimeoutMs: milliseconds,
  }),
  /**
   * Tells the runner whose migrations these are that one of them is applied, unless it says so itself already: the new
   * application looks there before it boots. Where the table does not exist, that runner has never run here.
   */
  z.strictObject({
    kind: z.literal('record-history'),
    ...common,
    table: z.string(),
    row: z.array(z.strictObject({ column: z.string(), value: z.string() })),
    lockTimeoutMs: milliseconds,
    statementTimeoutMs: milliseconds,
  }),
  /** Asks `before` and changes nothing: duplicates, orphans, NULLs that would make a later step fail. */
  z.strictObject({ kind: z.literal('check'), ...common }),
  /** A person or a deploy must act, not the database. */
  z.strictObject({ kind: z.literal('gate'), ...common, waitFor: z.string() }),
])

export const phase = z.strictObject({
  name: phaseName,
  /**
   * sha256 over the description of the tables the plan relies on, as they must be when the phase begins; null in a plan
   * that no shadow has seen.
   */
  fingerprint: z.string().nullable(),
  steps: z.array(step),
})

export const stage = z.strictObject({ number: z.int().positive(), phases: z.array(phase) })

/** The beginning or the end of a phase, gates before it passed: where invariants are asked. */
const boundary = z.strictObject({
  stage: z.int().positive(),
  phase: phaseName,
  at: z.enum(['start', 'end']),
})

/** A named query that must give the same answer before and after each phase (`same`), or no row at all (`no-rows`). */
export const invariant = z.strictObject({
  name: z.string(),
  sql: z.string(),
  expect: z.enum(['same', 'no-rows']),
  /** Who asks for it: the config, or the planner for a step that moves data. */
  origin: z.enum(['config', 'generated']),
  /**
   * Only of `no-rows`: asked from the first boundary at which the plan has made it true to the last at which nothing but
   * a fault can have undone it, both included; left out, at every boundary.
   */
  during: z.strictObject({ from: boundary, to: boundary }).optional(),
})

/** What the proof said of this very plan; null: it was not asked. */
export const proofRecord = z.strictObject({
  verdict: z.enum(['proved', 'schema-only']),
  serverVersion: z.string(),
  rows: z.array(z.strictObject({ table: z.string(), rows: z.int() })),
})

export const plan = z.strictObject({
  formatVersion: z.literal(1),
  id: z.string(),
  /** sha256 over everything else in canonical form (`plan/digest.ts`). */
  digest: z.string(),
  sources: z.array(
    z.strictObject({ version: z.string(), name: z.string(), path: z.string(), sha256: z.string() }),
  ),
  /** Versions taken as applied when the plan was made; who said so. */
  base: z.strictObject({
    from: z.enum(['nothing', 'through', 'applied-file', 'database']),
    versions: z.array(z.string()),
    /** Where the history stands, if it is in more folders than one; the last holds what is planned. */
    folders: z.array(z.string()).optional(),
  }),
  server: z.strictObject({ major: z.int(), stallBudgetMs: milliseconds }),
  /** Tables that exist before the plan and that it relies on. */
  relations: z.array(z.string()),
  stages: z.array(stage),
  invariants: z.array(invariant),
  /** Where the end differs from the stock end, and why that is right (column order). */
  differences: z.array(z.string()),
  /** What a reviewer should know: a transaction that was split, a client that may see 0A000 once. */
  notes: z.array(z.string()),
  proof: proofRecord.nullable(),
})

export type PhaseName = z.infer<typeof phaseName>
export type Undo = Filled<z.infer<typeof undo>>
export type Touches = z.infer<typeof touches>
export type Step = z.infer<typeof step>
export type StepKind = Step['kind']
export type StepOf<K extends StepKind> = Extract<Step, { kind: K }>
/** As it is run: with the captured values in the slots of its SQL. */
export type FilledStep = Filled<Step>
export type FilledStepOf<K extends StepKind> = Extract<FilledStep, { kind: K }>
export type Phase = z.infer<typeof phase>
export type Stage = z.infer<typeof stage>
export type Boundary = z.infer<typeof boundary>
export type Invariant = z.infer<typeof invariant>
export type ProofRecord = z.infer<typeof proofRecord>
export type Plan = z.infer<typeof plan>

/** Something true of every row from the end of a step on, as a query that returns no row. */
export interface Holding {
  readonly name: string
  readonly sql: string
  /** What it speaks of, as `touches` spell it: a later step that meets it ends it. */
  readonly objects: readonly string[]
  /** `gate`: until an application may be there that knows of it. `step`: a trigger holds every application to it. */
  readonly until: 'gate' | 'step'
}

/**
 * What a draft says of things that may be dropped and made again under their name, spelled as in `touches`: both become
 * one step (`plan/switches.ts`).
 */
export interface Switches {
  readonly drops: readonly string[]
  readonly makes: readonly string[]
  /** Tables of which it hides the rows that no policy lets through. */
  readonly guards?: readonly string[]
  /** The things of which it speaks only: their privileges, their comment, their owner. */
  readonly belongsTo?: readonly string[]
  /** The columns of the views among them; null: not known. */
  readonly shows?: Readonly<Record<string, readonly string[] | null>>
  /** The rows that the views which it makes show: filled first, where the release fills them. */
  readonly rows?: readonly string[]
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/**
 * A step as a replacement gives it: the planner adds id, rule and source, and sorts it into its phase. Captured values
 * stand in its SQL as literals that nothing else contains, so that it can be parsed and merged like any other.
 */
export type DraftStep = DistributiveOmit<FilledStep, 'id' | 'rule' | 'source'> & {
  /** Short and telling (`build orders_customer`); the planner makes the unique id from it. */
  readonly slug: string
  readonly phase: PhaseName
  /** Only of a `ddl` step: what it changes of the table's sync trigger; the planner writes its SQL for all of them. */
  readonly sync?: SyncChange
  /** Only of a `capture` step: what stands for its value in the SQL of other drafts. */
  readonly literal?: string
  /** Only of an `in-batches` step: what it makes true of every row, whatever the application writes meanwhile. */
  readonly holds?: Holding
  readonly switches?: Switches
}
export type DraftStepOf<K extends StepKind> = Extract<DraftStep, { kind: K }>
