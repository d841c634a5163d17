/** Cuts a table into batches: by the columns of a unique key in their order, or by pages where there is no key. */
import type { Session } from '../database/session.ts'
import type { FilledStepOf } from '../model/plan.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import type { BatchLimits } from './batch-size.ts'
import type { Checkpoint } from './checkpoint.ts'

type InBatches = FilledStepOf<'in-batches'>

export interface Slice {
  /** For the step's SQL; null: nothing left in it. */
  readonly values: readonly string[] | null
  /** Rows by key or pages by ctid that it spans. */
  readonly done: number
  /** Where the next one begins, without counts. */
  readonly checkpoint: Checkpoint
}

export interface Cutter {
  /** Takes the bounds, once and for all. */
  begin(work: Session): Promise<Checkpoint>
  isAtEnd(at: Checkpoint): boolean
  /** In the batch's transaction. */
  next(work: Session, at: Checkpoint, size: number): Promise<Slice>
  limits(step: InBatches, at: Checkpoint): BatchLimits
  progress(at: Checkpoint): { readonly done: number; readonly total: number | null; readonly unit: string }
}

const firstRows = 500
const firstPages = 8
const rowsMin = 50

export function cutterFor(step: InBatches): Cutter {
  return step.key.length > 0 ? byKey(step) : byPage(step)
}

const start: Checkpoint = {
  keyDone: null,
  keyBound: null,
  page: 0,
  pageBound: 0,
  relfilenode: null,
  batches: 0,
  batchSize: 1,
  rows: 0,
  seen: 0,
  total: null,
}

function byKey({ table, key, batchRowsMax }: InBatches): Cutter {
  const columns = key.map(({ column }) => quoteIdentifier(column))
  const list = columns.join(', ')
  const texts = `ARRAY[${columns.map((column) => `${column}::text`).join(', ')}]`
  const backwards = columns.map((column) => `${column} DESC`).join(', ')
  const values = (from: number): string =>
    `(${key.map(({ type }, at) => `$${from + at}::text::${type}`).join(', ')})`
  return {
    begin: async (work) => {
      const [last] = await work.query<{ key: string[] }>(
        `SELECT ${texts} AS key FROM ${table} ORDER BY ${backwards} LIMIT 1`,
      )
      const batchSize = Math.min(firstRows, batchRowsMax)
      return { ...start, keyBound: last?.key ?? null, batchSize, total: await estimatedRows(work, table) }
    },
    isAtEnd: ({ keyDone, keyBound }) => keyBound === null || keyDone?.join('\0') === keyBound.join('\0'),
    next: async (work, at, size) => {
      const bound = at.keyBound ?? []
      const after = at.keyDone === null ? '' : ` AND (${list}) > ${values(key.length + 1)}`
      const [edge] = await work.query<{ count: number; first: string[] | null; last: string[] | null }>(
        `WITH batch AS MATERIALIZED (
           SELECT ${list} FROM ${table} WHERE (${list}) <= ${values(1)}${after} ORDER BY ${list} LIMIT ${size})
         SELECT (SELECT count(*)::int FROM batch) AS count,
                (SELECT ${texts} FROM batch ORDER BY ${list} LIMIT 1) AS first,
                (SELECT ${texts} FROM batch ORDER BY ${backwards} LIMIT 1) AS last`,
        [...bound, ...(at.keyDone ?? [])],
      )
      const { count = 0, first = null, last = null } = edge ?? {}
      // Fewer than asked for: nothing is left up to the bound, whose own row may be gone by now.
      const keyDone = count < size || last === null ? bound : last
      const range = first === null || last === null ? null : [...first, ...last]
      return { values: range, done: count, checkpoint: { ...at, keyDone } }
    },
    limits: ({ targetMs }) => ({ targetMs, min: Math.min(rowsMin, batchRowsMax), max: batchRowsMax }),
    progress: ({ seen, total }) => ({
      done: seen,
      total: total === null ? null : Math.max(total, seen),
      unit: 'rows',
    }),
  }
}

interface PageFacts {
  readonly pages: number
  readonly relfilenode: number
  readonly rowsPerPage: number
}

function byPage({ table, batchRowsMax }: InBatches): Cutter {
  const facts = async (work: Session): Promise<PageFacts> => {
    const [row] = await work.query<PageFacts>(
      `SELECT (pg_relation_size(c.oid) / current_setting('block_size')::int)::int AS pages,
              pg_relation_filenode(c.oid) AS relfilenode,
              CASE WHEN c.relpages > 0 AND c.reltuples > 0 THEN c.reltuples / c.relpages ELSE 100 END::float8 AS "rowsPerPage"
         FROM pg_class c WHERE c.oid = to_regclass($1)`,
      [table],
    )
    if (row === undefined) throw new Error(`${table} is gone`)
    return row
  }
  const begin = async (work: Session): Promise<Checkpoint> => {
    const { pages, relfilenode } = await facts(work)
    return { ...start, pageBound: pages, relfilenode, batchSize: firstPages, total: pages }
  }
  return {
    begin,
    isAtEnd: ({ page, pageBound }) => page >= pageBound,
    next: async (work, at, size) => {
      const { pages, relfilenode, rowsPerPage } = await facts(work)
      // Another file, other pages: rows are anywhere now, and it begins again. The UPDATE may meet a row twice, which
      // a plan without a key must allow for anyway.
      const from =
        relfilenode === at.relfilenode ? at : { ...at, page: 0, pageBound: pages, relfilenode, seen: 0 }
      const most = Math.max(1, Math.floor(batchRowsMax / rowsPerPage))
      const to = Math.min(from.page + Math.min(size, most), from.pageBound)
      return {
        values: to > from.page ? [`(${from.page},0)`, `(${to},0)`] : null,
        done: to - from.page,
        checkpoint: { ...from, page: to },
      }
    },
    limits: ({ targetMs }) => ({ targetMs, min: 1, max: batchRowsMax }),
    progress: ({ page, pageBound }) => ({ done: page, total: pageBound, unit: 'pages' }),
  }
}

/** Null: never analyzed. */
async function estimatedRows(work: Session, table: string): Promise<number | null> {
  const [row] = await work.query<{ rows: number }>(
    `SELECT sum(c.reltuples)::float8 AS rows FROM pg_class c
      WHERE c.oid IN (SELECT to_regclass($1)::oid UNION SELECT relid FROM pg_partition_tree(to_regclass($1)) WHERE isleaf)
        AND c.relkind = 'r' HAVING min(c.reltuples) >= 0`,
    [table],
  )
  return row === undefined ? null : Math.round(row.rows)
}
