/** Sentences about steps that every rendering of a plan shares, so that a script and a review say the same. */
import { fillSql, type CapturedSql } from '../model/captured-sql.ts'
import type { Lock } from '../model/effect.ts'
import type { Boundary, Invariant, PhaseName, Plan, Step, StepOf } from '../model/plan.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { lockModeSql } from '../postgres/lock-mode.ts'

export const phaseMeaning: Readonly<Record<PhaseName, string>> = {
  expand: 'the old application and the new one both work',
  backfill: 'rows move and constraints are proved; both applications go on working',
  contract: 'the old application is gone',
}

/** `at the end of stage 1 backfill`, or `from … to …`. */
export function duringWords({ from, to }: NonNullable<Invariant['during']>): string {
  const words = ({ stage, phase, at }: Boundary) => `the ${at} of stage ${stage} ${phase}`
  return words(from) === words(to) ? `at ${words(from)}` : `from ${words(from)} to ${words(to)}`
}

export function allSteps(plan: Plan): readonly Step[] {
  return plan.stages.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
}

/** `ACCESS EXCLUSIVE on public.t, …`, or `none`. */
export function locksLine(locks: readonly Lock[]): string {
  return locks.length === 0
    ? 'none'
    : locks.map(({ relation, mode }) => `${lockModeSql(mode)} on ${relation}`).join(', ')
}

/** How the SQL must reach the server for the step to be what the plan says it is. */
export function sendingLine(step: Step, stallBudgetMs: number): string {
  switch (step.kind) {
    case 'ddl':
      return `one transaction of its own; lock_timeout from ${step.lockTimeoutMs} ms, growing to ${stallBudgetMs} ms, and again until it has the lock; statement_timeout ${step.statementTimeoutMs} ms`
    case 'patient':
      return `alone; lock_timeout ${step.lockTimeoutMs} ms, for nobody waits behind it`
    case 'create-index':
    case 'drop-index':
      return 'alone, outside of any transaction, without lock_timeout; what a failure leaves behind is dropped first'
    case 'in-batches':
      return `once for each batch, in a transaction of its own that also saves how far it came; about ${step.targetMs} ms and at most ${step.batchRowsMax} rows a batch; lock_timeout ${step.lockTimeoutMs} ms`
    case 'rows':
      return `exactly once, in one transaction with its row in the journal; lock_timeout ${step.lockTimeoutMs} ms; statement_timeout ${step.statementTimeoutMs} ms`
    case 'capture':
      return `alone, and never again once its value is in the journal; statement_timeout ${step.statementTimeoutMs} ms`
    case 'record-history':
      return `in one transaction with its row in the journal, where the table exists and has no such row; lock_timeout ${step.lockTimeoutMs} ms; statement_timeout ${step.statementTimeoutMs} ms`
    case 'check':
      return 'asks only; the plan stops here if a row comes back'
    case 'gate':
      return 'nothing is sent: a person or a deploy must act'
  }
}

/** The SQL of a step; for a check the queries that must return no row. */
export function sqlOf(step: Step): readonly string[] {
  switch (step.kind) {
    case 'ddl':
      return step.sql.map(withVariables)
    case 'patient':
    case 'create-index':
    case 'drop-index':
    case 'in-batches':
    case 'rows':
    case 'capture':
      return [withVariables(step.sql)]
    case 'check':
      return step.before.flatMap((condition) =>
        condition.kind === 'no-rows' ? [withVariables(condition.sql)] : [],
      )
    case 'record-history':
      return [historySql(step)]
    case 'gate':
      return []
  }
}

function historySql({ table, row }: StepOf<'record-history'>): string {
  const columns = row.map(({ column }) => quoteIdentifier(column)).join(', ')
  const values = row.map(({ value }) => quoteLiteral(value)).join(', ')
  return `INSERT INTO ${table} (${columns}) VALUES (${values})`
}

/** What `psql` calls the value of a capture step. */
export function captureVariable(step: string): string {
  return step.replaceAll('-', '_')
}

/** Slots as variables of psql, which puts their values there as literals. */
function withVariables(sql: CapturedSql): string {
  return fillSql(sql, (capture) => `:'${captureVariable(capture)}'`)
}

export function undoLine(undo: Step['undo']): string {
  switch (undo.kind) {
    case 'sql':
      return undo.sql.map((sql) => `${withVariables(sql)};`).join(' ')
    case 'nothing':
      return `nothing to do: ${undo.because}`
    case 'never':
      return `never: ${undo.because}`
  }
}

export function originLine({ rule, source }: Pick<Step, 'rule' | 'source'>): string {
  const place = source === null ? 'the plan itself' : `${source.path}:${source.line}:${source.column}`
  return rule === null ? place : `${place}, by rule ${rule}`
}

export function proofLine(plan: Plan): string {
  if (plan.proof === null) return 'not proved'
  const { verdict, serverVersion, rows } = plan.proof
  const total = rows.reduce((sum, { rows: count }) => sum + count, 0)
  const what =
    verdict === 'proved'
      ? `proved: the author's SQL and this plan end in the same catalog and the same ${total} rows`
      : "schema only: the author's SQL and this plan end in the same catalog; no table had rows to compare"
  return `${what} (PostgreSQL ${serverVersion})`
}
