/** Runs the steps of a replacement one after the other, plainly: no retry, no journal, no timeouts. */
import type { Session } from '../../src/database/session.ts'
import type { DraftStep, DraftStepOf, Undo } from '../../src/model/plan.ts'
import type { SyncPiece } from '../../src/model/sync.ts'
import { quoteIdentifier } from '../../src/postgres/identifier.ts'
import { formatRelation } from '../../src/postgres/relation-name.ts'
import { piecesAfter, withSyncTrigger } from '../../src/rules/steps/sync-steps.ts'

const phases = ['expand', 'backfill', 'contract'] as const

/** As a plan sorts them: by phase, and within it as the replacement says. */
export function inPhases(steps: readonly DraftStep[]): readonly DraftStep[] {
  const live = new Map<string, readonly SyncPiece[]>()
  return phases
    .flatMap((phase) => steps.filter((step) => step.phase === phase))
    .map((step) => {
      if (step.kind !== 'ddl' || step.sync === undefined) return step
      const table = formatRelation(step.sync.table)
      const pieces = live.get(table) ?? []
      live.set(table, piecesAfter(pieces, step.sync))
      return withSyncTrigger(step, pieces)
    })
}

/** `inTransaction` is called in the transaction of each step that has one, before its commit. */
export async function runStep(
  session: Session,
  step: DraftStep,
  inTransaction: (step: DraftStep) => Promise<void> = async () => {},
): Promise<void> {
  await requireNoRows(session, step.before)
  switch (step.kind) {
    case 'capture':
    case 'record-history':
    case 'check':
    case 'gate':
      break
    case 'ddl':
    case 'rows':
    case 'patient':
      await session.execute('BEGIN')
      for (const sql of typeof step.sql === 'string' ? [step.sql] : step.sql) await session.execute(sql)
      await inTransaction(step)
      await session.execute('COMMIT')
      break
    case 'create-index':
    case 'drop-index':
      await session.execute(step.sql)
      break
    case 'in-batches':
      await runBatches(session, step)
  }
  await requireNoRows(session, step.after)
}

/** Undoes a step; false: it says that there is no way back. */
export async function undoStep(session: Session, undo: Undo): Promise<boolean> {
  if (undo.kind === 'never') return false
  if (undo.kind === 'nothing') return true
  if (!undo.concurrently) await session.execute('BEGIN')
  for (const sql of undo.sql) await session.execute(sql)
  if (!undo.concurrently) await session.execute('COMMIT')
  return true
}

/** The first offending row as an error: a check of a replacement that fails on good rows is a wrong check. */
async function requireNoRows(session: Session, conditions: DraftStep['before']): Promise<void> {
  for (const condition of conditions) {
    if (condition.kind !== 'no-rows') continue
    const [row] = await session.query(condition.sql)
    if (row !== undefined) throw new Error(`${condition.otherwise}: ${JSON.stringify(row)}`)
  }
}

const keysInBatch = 70

/** Several ranges, so that a batch that reaches beyond its range would change rows twice. */
async function runBatches(session: Session, step: DraftStepOf<'in-batches'>): Promise<void> {
  if (step.key.length === 0) {
    for (const [from, to] of [
      ['(0,0)', '(1,0)'],
      ['(1,0)', '(4294967294,0)'],
    ]) {
      await session.change(step.sql, [from ?? null, to ?? null])
    }
    return
  }
  const columns = step.key.map(({ column }) => quoteIdentifier(column))
  const rows = await session.query<{ key: readonly string[] }>(
    `SELECT ARRAY[${columns.map((column) => `${column}::text`).join(', ')}] AS key FROM ${step.table} ORDER BY ${columns.join(', ')}`,
  )
  for (let first = 0; first < rows.length; first += keysInBatch) {
    const batch = rows.slice(first, first + keysInBatch)
    await session.change(step.sql, [...(batch[0]?.key ?? []), ...(batch.at(-1)?.key ?? [])])
  }
}
