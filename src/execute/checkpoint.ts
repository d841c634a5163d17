/** How far an update in batches has come, as the journal says it. */
import type { Session } from '../database/session.ts'
import { quoteLiteral } from '../postgres/identifier.ts'

export interface Checkpoint {
  /** Keys as text, one item a column. */
  readonly keyDone: readonly string[] | null
  readonly keyBound: readonly string[] | null
  readonly page: number
  readonly pageBound: number
  readonly relfilenode: number | null
  /** Batches that have committed: what a batch claims before it begins. */
  readonly batches: number
  readonly batchSize: number
  readonly rows: number
  readonly seen: number
  readonly total: number | null
}

type Texts = 'page' | 'pageBound' | 'batches' | 'rows' | 'seen' | 'total'

export async function readCheckpoint(
  control: Session,
  plan: string,
  step: string,
): Promise<Checkpoint | null> {
  const [row] = await control.query<Omit<Checkpoint, Texts> & { [K in Texts]: string | null }>(
    `SELECT key_done AS "keyDone", key_bound AS "keyBound", page, page_bound AS "pageBound", relfilenode, batches,
            batch_size AS "batchSize", rows, seen, total
       FROM lockstep.checkpoint WHERE plan = $1 AND step = $2`,
    [plan, step],
  )
  if (row === undefined) return null
  return {
    ...row,
    page: Number(row.page),
    pageBound: Number(row.pageBound),
    batches: Number(row.batches),
    rows: Number(row.rows),
    seen: Number(row.seen),
    total: row.total === null ? null : Number(row.total),
  }
}

/** The bounds are taken once: rows that come later are nobody's business but the application's. */
export async function insertCheckpoint(
  control: Session,
  plan: string,
  step: string,
  start: Checkpoint,
): Promise<void> {
  await control.change(
    `INSERT INTO lockstep.checkpoint (plan, step, key_bound, page, page_bound, relfilenode, batch_size, total)
     VALUES ($1, $2, $3::text[], $4::bigint, $5::bigint, $6::oid, $7::int, $8::bigint)`,
    [
      plan,
      step,
      start.keyBound,
      start.page,
      start.pageBound,
      start.relfilenode,
      start.batchSize,
      start.total,
    ],
  )
}

/**
 * Locks the row for the batch's transaction. It finds one, or none when another runner has gone on from here: then the
 * batch must not happen a second time.
 */
export function claimBatchSql(plan: string, step: string, { batches }: Checkpoint): string {
  return `SELECT FROM lockstep.checkpoint
 WHERE plan = ${quoteLiteral(plan)} AND step = ${quoteLiteral(step)} AND batches = ${batches} FOR UPDATE`
}

/** For the batch's own transaction, together with its COMMIT. */
export function moveCheckpointSql(plan: string, step: string, next: Checkpoint): string {
  const key = next.keyDone === null ? 'NULL' : `ARRAY[${next.keyDone.map(quoteLiteral).join(', ')}]::text[]`
  return `UPDATE lockstep.checkpoint
   SET key_done = ${key}, page = ${next.page}, page_bound = ${next.pageBound}, relfilenode = ${next.relfilenode ?? 'NULL'},
       batches = ${next.batches}, batch_size = ${next.batchSize}, rows = ${next.rows}, seen = ${next.seen}
 WHERE plan = ${quoteLiteral(plan)} AND step = ${quoteLiteral(step)}`
}
