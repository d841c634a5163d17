/** Reading and writing the journal. Every write is one statement on the control session, so none is ever half done. */
import { DatabaseError, type Session } from '../database/session.ts'
import { outcome as outcomeSchema, type Outcome } from '../model/outcome.ts'
import { parseWith } from '../model/parse.ts'
import { plan as planSchema, type PhaseName, type Plan } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import type { Waits } from '../model/waits.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import { journalFormat, journalGrownSql, journalSchemaSql } from './journal-schema.ts'

export type PlanStatus = 'open' | 'done' | 'rolled-back' | 'superseded'
export type StepState = 'running' | 'applied' | 'stopped' | 'undone'

export interface PlanRow {
  readonly id: string
  readonly digest: string
  readonly status: PlanStatus
  readonly startedBy: string
  readonly startedAt: string
  readonly rollbackStoppedAt: string | null
}

export interface StepRow {
  readonly step: string
  readonly state: StepState
  readonly attempt: number
  readonly rows: number | null
  readonly outcome: Outcome | null
}

/** Where a step stands in its plan. */
export interface Place {
  readonly stage: number
  readonly phase: PhaseName
}

export async function journalExists(session: Session): Promise<boolean> {
  const [row] = await session.query<{ found: boolean }>(
    `SELECT to_regclass('lockstep.lease') IS NOT NULL AS found FROM pg_namespace WHERE nspname = 'lockstep'`,
  )
  return row?.found ?? false
}

/** Errors of two runners that create the same thing at once; PostgreSQL's IF NOT EXISTS does not exclude them. */
const creationRaces = new Set(['23505', '42P06', '42P07', '40P01', 'XX000'])
const creationTriesMax = 5

/** Makes the journal where there is none, and adds what an older one lacks. Whoever comes second finds it. */
export async function ensureJournal(session: Session): Promise<Result<null>> {
  for (let tries = 1; !(await isJournalWhole(session)); tries++) {
    try {
      await session.execute(`${journalSchemaSql};\n${journalGrownSql}`)
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.connectionLost) throw error
      if (tries < creationTriesMax && creationRaces.has(error.sqlstate ?? '')) continue
      return fail(
        'journal-not-created',
        `The journal cannot be created in schema lockstep: ${error.message}`,
        'The role needs CREATE on the database: GRANT CREATE ON DATABASE … TO …',
      )
    }
  }
  return checkFormat(session)
}

/** A newer one is whole, and is refused by `checkFormat`. */
async function isJournalWhole(session: Session): Promise<boolean> {
  if (!(await journalExists(session))) return false
  const [row] = await session.query<{ version: number }>('SELECT version FROM lockstep.format')
  return row !== undefined && row.version >= journalFormat
}

/** Call when the journal exists. A reader takes an older one as it is. */
export async function checkFormat(session: Session): Promise<Result<null>> {
  const [row] = await session.query<{ version: number }>('SELECT version FROM lockstep.format')
  const version = row?.version ?? 0
  if (version >= 1 && version <= journalFormat) return succeed(null)
  return fail(
    'journal-format',
    `The journal in schema lockstep has format ${version}; this lockstep knows up to ${journalFormat}.`,
    version > journalFormat
      ? 'Use the newer lockstep that wrote it.'
      : 'Schema lockstep holds no journal of ours.',
  )
}

const planColumns = `id, digest, status, started_by AS "startedBy", started_at AS "startedAt",
  rollback_stopped_at AS "rollbackStoppedAt"`

export async function readPlanRow(session: Session, id: string): Promise<PlanRow | null> {
  const [row] = await session.query<PlanRow>(`SELECT ${planColumns} FROM lockstep.plan WHERE id = $1`, [id])
  return row ?? null
}

/** The open plan; without one, the one that was begun last. */
export async function readCurrentPlan(session: Session): Promise<PlanRow | null> {
  const [row] = await session.query<PlanRow>(
    `SELECT ${planColumns} FROM lockstep.plan ORDER BY status = 'open' DESC, started_at DESC LIMIT 1`,
  )
  return row ?? null
}

/** The plan as it was when it began. */
export async function readStoredPlan(session: Session, id: string): Promise<Result<Plan>> {
  const [row] = await session.query<{ plan: unknown }>('SELECT plan FROM lockstep.plan WHERE id = $1', [id])
  return parseWith(planSchema, row?.plan, {
    code: 'journal-plan-unreadable',
    what: `Plan ${id} in the journal is not one that this lockstep can read`,
    hint: 'Use the lockstep that began it.',
  })
}

export async function insertPlan(session: Session, plan: Plan, startedBy: string): Promise<void> {
  await session.change(
    `INSERT INTO lockstep.plan (id, digest, plan, status, started_by) VALUES ($1, $2, $3::json, 'open', $4)`,
    [plan.id, plan.digest, JSON.stringify(plan), startedBy],
  )
}

/** Forgets all about it: its steps, phases and checkpoints go too. */
export async function deletePlan(session: Session, id: string): Promise<void> {
  await session.change('DELETE FROM lockstep.plan WHERE id = $1', [id])
}

export async function setPlanStatus(session: Session, id: string, status: PlanStatus): Promise<void> {
  await session.change(
    `UPDATE lockstep.plan SET status = $2, ended_at = CASE WHEN $2 = 'open' THEN NULL ELSE clock_timestamp() END,
            rollback_stopped_at = CASE WHEN $2 = 'rolled-back' THEN NULL ELSE rollback_stopped_at END
      WHERE id = $1`,
    [id, status],
  )
}

export async function setRollbackStop(session: Session, id: string, step: string | null): Promise<void> {
  await session.change('UPDATE lockstep.plan SET rollback_stopped_at = $2 WHERE id = $1', [id, step])
}

export async function readSteps(session: Session, plan: string): Promise<ReadonlyMap<string, StepRow>> {
  const rows = await session.query<
    Omit<StepRow, 'rows' | 'outcome'> & { rows: string | null; outcome: unknown }
  >('SELECT step, state, attempt, rows, outcome FROM lockstep.step WHERE plan = $1', [plan])
  return new Map(
    rows.map((row) => {
      const outcome = outcomeSchema.safeParse(row.outcome)
      const rowsChanged = row.rows === null ? null : Number(row.rows)
      return [row.step, { ...row, rows: rowsChanged, outcome: outcome.success ? outcome.data : null }]
    }),
  )
}

/** Written before a step is tried; gives the number of the try. */
export async function startStep(
  session: Session,
  plan: string,
  step: string,
  { stage, phase }: Place,
): Promise<number> {
  const [row] = await session.query<{ attempt: number }>(
    `INSERT INTO lockstep.step AS s (plan, step, stage, phase, state, attempt) VALUES ($1, $2, $3, $4, 'running', 1)
     ON CONFLICT (plan, step) DO UPDATE
       SET state = 'running', attempt = s.attempt + 1, started_at = clock_timestamp(), finished_at = NULL,
           outcome = NULL, rows = NULL, lock_wait_ms = NULL, waits = NULL
     RETURNING attempt`,
    [plan, step, stage, phase],
  )
  return row?.attempt ?? 1
}

export async function endStep(
  session: Session,
  plan: string,
  step: string,
  end: {
    readonly state: StepState
    readonly outcome: Outcome
    readonly waits: Waits
    readonly confirmedBy?: string
  },
): Promise<void> {
  const applied = end.outcome.status === 'applied' ? end.outcome : null
  await session.change(
    `UPDATE lockstep.step
        SET state = $3, finished_at = clock_timestamp(), outcome = $4::jsonb, rows = coalesce($5::bigint, rows),
            lock_wait_ms = $6::float8, confirmed_by = $7, waits = $8::jsonb
      WHERE plan = $1 AND step = $2`,
    [
      plan,
      step,
      end.state,
      journalJson(end.outcome),
      applied?.rows ?? null,
      applied?.longestLockMs ?? null,
      end.confirmedBy ?? null,
      JSON.stringify(end.waits),
    ],
  )
}

/** jsonb holds no U+0000, which the text of a row or a query may show. */
function journalJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(String.raw`\u0000`, String.raw`\ufffd`)
}

/**
 * The journal row of a step whose doing leaves no other trace, as SQL for the step's own transaction. It changes one
 * row, or none when another runner has taken the step over.
 */
export function claimSql(plan: string, step: string, attempt: number): string {
  return `UPDATE lockstep.step SET state = 'applied', finished_at = clock_timestamp()
 WHERE plan = ${quoteLiteral(plan)} AND step = ${quoteLiteral(step)} AND attempt = ${attempt} AND state = 'running'`
}

/** The same for the way back. */
export function undoClaimSql(plan: string, step: string): string {
  return `UPDATE lockstep.step SET state = 'undone', finished_at = clock_timestamp()
 WHERE plan = ${quoteLiteral(plan)} AND step = ${quoteLiteral(step)} AND state <> 'undone'`
}

export interface PhaseRow extends Place {
  readonly ended: boolean
}

export async function readPhases(session: Session, plan: string): Promise<readonly PhaseRow[]> {
  return await session.query<PhaseRow>(
    'SELECT stage, phase, ended_at IS NOT NULL AS ended FROM lockstep.phase WHERE plan = $1',
    [plan],
  )
}

/**
 * With the answers that the invariants gave, in one statement. Steps of it that were taken back are forgotten, together
 * with how far their batches had come.
 */
export async function startPhase(
  session: Session,
  plan: string,
  { stage, phase }: Place,
  answers: readonly { readonly name: string; readonly answer: string }[],
): Promise<void> {
  await session.change(
    `WITH begun AS (INSERT INTO lockstep.phase (plan, stage, phase) VALUES ($1, $2, $3)),
     forgotten AS (DELETE FROM lockstep.step WHERE plan = $1 AND stage = $2 AND phase = $3 AND state = 'undone')
     INSERT INTO lockstep.invariant (plan, stage, phase, name, answer)
     SELECT $1, $2, $3, name, answer FROM unnest($4::text[], $5::text[]) AS given (name, answer)`,
    [plan, stage, phase, answers.map(({ name }) => name), answers.map(({ answer }) => answer)],
  )
}

export async function endPhase(session: Session, plan: string, { stage, phase }: Place): Promise<void> {
  await session.change(
    `UPDATE lockstep.phase SET ended_at = clock_timestamp() WHERE plan = $1 AND stage = $2 AND phase = $3`,
    [plan, stage, phase],
  )
}

/** A step that was taken back. */
export async function undoStepRow(session: Session, plan: string, step: string): Promise<void> {
  await session.change(
    `UPDATE lockstep.step SET state = 'undone', finished_at = clock_timestamp(), confirmed_by = NULL
      WHERE plan = $1 AND step = $2`,
    [plan, step],
  )
}

/** A phase of which something was taken back has to begin again, with new answers to its invariants. */
export async function reopenPhases(session: Session, plan: string): Promise<void> {
  await session.change(
    `DELETE FROM lockstep.phase p USING lockstep.step s
      WHERE p.plan = $1 AND s.plan = p.plan AND s.stage = p.stage AND s.phase = p.phase AND s.state = 'undone'`,
    [plan],
  )
}

export async function readAnswers(
  session: Session,
  plan: string,
  { stage, phase }: Place,
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ name: string; answer: string }>(
    'SELECT name, answer FROM lockstep.invariant WHERE plan = $1 AND stage = $2 AND phase = $3',
    [plan, stage, phase],
  )
  return new Map(rows.map(({ name, answer }) => [name, answer]))
}
