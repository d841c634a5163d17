/** What a concurrent build leaves when it fails: an index that is INVALID, still kept up to date, and of no use. */
import type { Session } from '../database/session.ts'
import { clipBytes, maxIdentifierBytes } from '../postgres/identifier.ts'
import type { Step } from '../model/plan.ts'
import { isStopped, type RunContext } from './context.ts'
import { runWatched } from './run-watched.ts'

export interface IndexState {
  readonly valid: boolean
  readonly isOnTable: boolean
}

export async function readIndex(
  control: Session,
  { index, table }: { readonly index: string; readonly table: string },
): Promise<IndexState | null> {
  const [row] = await control.query<IndexState>(
    `SELECT indisvalid AND indisready AS valid, indrelid = to_regclass($2) AS "isOnTable" FROM pg_index
      WHERE indexrelid = to_regclass($1)`,
    [index, table],
  )
  return row ?? null
}

const ccnew = '_ccnew'
/** On request to stop, whoever holds the table open is not waited for: the next apply finds what is left. */
const lastTryMs = 3_000

/**
 * Drops the INVALID index of a step, and what REINDEX CONCURRENTLY of it has left. Never one that is valid, or being
 * built. Gives the names.
 */
export async function dropInvalid(
  step: Step & { readonly index: string; readonly table: string },
  context: RunContext,
): Promise<readonly string[]> {
  const { control } = context
  const rows = await control.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE i.indrelid = to_regclass($2) AND NOT (i.indisvalid AND i.indisready)
        AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.datname = current_database() AND p.index_relid = i.indexrelid)
        AND (c.oid = to_regclass($1)
             OR n.nspname = (parse_ident($1))[1] AND starts_with(c.relname, $3))`,
    [step.index, step.table, await leftoverPrefix(control, step.index)],
  )
  for (const { name } of rows) await drop(step, context, `DROP INDEX CONCURRENTLY IF EXISTS ${name}`)
  return rows.map(({ name }) => `INVALID index ${name}`)
}

async function drop(step: Step, context: RunContext, sql: string): Promise<void> {
  if (!isStopped(context)) return runWatched(step, context, sql)
  await context.work.execute(`SET lock_timeout = ${lastTryMs}`)
  try {
    await context.work.execute(sql)
  } finally {
    if (!context.work.closed) await context.work.execute('SET lock_timeout = 0')
  }
}

/** `index_ccnew`, then `index_ccnew1`; a long name is cut to make room (makeObjectName). */
async function leftoverPrefix(control: Session, index: string): Promise<string> {
  const [row] = await control.query<{ parts: string[] }>('SELECT parse_ident($1) AS parts', [index])
  return clipBytes(row?.parts.at(-1) ?? '', maxIdentifierBytes - ccnew.length) + ccnew
}
