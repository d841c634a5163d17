/** A plan's phases as pieces for a runner, each step with its checks and its way back. */
import type { Phase, Plan, Step, Undo } from '../model/plan.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { batchBlock } from './batches.ts'
import { checksOf, invariantStatements, raise } from './check-statements.ts'
import { block, captureStatement, statementOf } from './dynamic-sql.ts'
import { nothingToDo, type Piece } from './piece.ts'

export interface EmittedPhase {
  /** A folder's name: `1-expand`, or `2-3-contract` of the second stage of several. */
  readonly folder: string
  readonly phase: Phase
  readonly pieces: readonly Piece[]
  /** What its gates wait for. */
  readonly gates: readonly string[]
}

export function piecesOf(plan: Plan): readonly EmittedPhase[] {
  const many = plan.stages.length > 1
  const phases = plan.stages.flatMap(({ number, phases }) =>
    phases.filter(({ steps }) => steps.length > 0).map((phase) => ({ number, phase })),
  )
  return phases.map(({ number, phase }, at) => {
    const ask = (side: 'start' | 'end'): readonly Piece[] =>
      askPiece(
        `${phase.name}_${side}`,
        invariantStatements(plan, { stage: number, phase: phase.name, at: side }),
      )
    return {
      folder: many ? `${at + 1}-stage-${number}-${phase.name}` : `${at + 1}-${phase.name}`,
      phase,
      pieces: [
        ...(at === 0 ? [groundPiece] : []),
        ...ask('start'),
        ...phase.steps.flatMap((step) => piecesOfStep(step, plan)),
        ...ask('end'),
      ],
      gates: phase.steps.flatMap((step) => (step.kind === 'gate' ? [step.waitFor] : [])),
    }
  })
}

/** What the other files keep in mind, and where their trigger functions stand. */
const groundPiece: Piece = {
  name: 'lockstep_ground',
  comment: ['What the files after this one keep in mind: how far batches have come, values found, answers.'],
  transaction: true,
  up: [
    'CREATE SCHEMA IF NOT EXISTS lockstep',
    'CREATE TABLE IF NOT EXISTS lockstep.batches (plan text, step text, key_done text[], key_bound text[], page bigint, page_bound bigint, relfilenode oid, PRIMARY KEY (plan, step))',
    'CREATE TABLE IF NOT EXISTS lockstep.captured (plan text, step text, literal text NOT NULL, PRIMARY KEY (plan, step))',
    'CREATE TABLE IF NOT EXISTS lockstep.answers (plan text, invariant text, answer text NOT NULL, PRIMARY KEY (plan, invariant))',
  ],
  down: ['DROP TABLE IF EXISTS lockstep.answers, lockstep.captured, lockstep.batches'],
}

function askPiece(name: string, statements: readonly string[]): readonly Piece[] {
  if (statements.length === 0) return []
  return [
    {
      name: `ask_${name}`,
      comment: ['Asks what must be true, and fails where it is not.'],
      transaction: true,
      up: statements,
      down: [nothingToDo],
    },
  ]
}

function piecesOfStep(step: Step, plan: Plan): readonly Piece[] {
  const name = step.id.replaceAll('-', '_')
  const before = checksOf(step.before, plan.id)
  const after = checksOf(step.after, plan.id)
  const comment = [step.title, ...undoComment(step.undo)]
  const inside = (up: readonly string[], settings: readonly string[]): readonly Piece[] =>
    withWayBack(
      { name, comment, transaction: true, up: [...settings, ...before, ...up, ...after] },
      step,
      plan,
    )
  const alone = (up: string): readonly Piece[] => [
    ...askPiece(`before_${name}`, before),
    ...withWayBack({ name, comment, transaction: false, up: [up] }, step, plan),
    ...askPiece(`after_${name}`, after),
  ]
  switch (step.kind) {
    case 'gate':
      return []
    case 'ddl':
      return inside(
        step.sql.map((sql) => statementOf(sql, plan.id)),
        [lockTimeout(plan.server.stallBudgetMs), statementTimeout(step.statementTimeoutMs)],
      )
    case 'patient':
      return inside([statementOf(step.sql, plan.id)], [lockTimeout(step.lockTimeoutMs)])
    case 'rows':
      return inside(
        [statementOf(step.sql, plan.id)],
        [lockTimeout(step.lockTimeoutMs), statementTimeout(step.statementTimeoutMs)],
      )
    case 'create-index':
    case 'drop-index':
      return alone(step.sql)
    case 'in-batches':
      return alone(batchBlock(step, plan.id))
    case 'capture':
      return inside([captureStatement(step.sql, step.id, plan.id)], [])
    case 'record-history':
      return inside([recordStatement(step)], [lockTimeout(step.lockTimeoutMs)])
    case 'check':
      return inside([], [])
  }
}

function lockTimeout(ms: number): string {
  return `SET LOCAL lock_timeout = '${ms}ms'`
}

function statementTimeout(ms: number): string {
  return `SET LOCAL statement_timeout = '${ms}ms'`
}

/** Where the table does not exist, that runner has never run here. */
function recordStatement({ table, row }: Extract<Step, { kind: 'record-history' }>): string {
  const columns = row.map(({ column }) => quoteIdentifier(column))
  const values = row.map(({ value }) => quoteLiteral(value))
  const same = columns.map((column, at) => `${column} = ${values[at]}`).join(' AND ')
  const insert = `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} WHERE NOT EXISTS (SELECT FROM ${table} WHERE ${same});`
  return block(
    [],
    [`IF pg_catalog.to_regclass(${quoteLiteral(table)}) IS NOT NULL THEN`, `  ${insert}`, 'END IF;'],
  )
}

function undoComment(undo: Step['undo']): readonly string[] {
  switch (undo.kind) {
    case 'sql':
      return []
    case 'nothing':
      return [`Nothing to take back: ${undo.because}.`]
    case 'never':
      return [`No way back: ${undo.because}.`]
  }
}

/**
 * With the way back of a step: in the same piece where it runs in the same manner, else each statement of it in a piece
 * after it that does nothing on the way there. Down files run last first.
 */
function withWayBack(piece: Omit<Piece, 'down'>, step: Step, plan: Plan): readonly Piece[] {
  const { undo } = step
  if (undo.kind !== 'sql') return [{ ...piece, down: [wayBackWithoutSql(undo)] }]
  const down = undo.sql.map((sql) => statementOf(sql, plan.id))
  if (!undo.concurrently && piece.transaction) {
    return [{ ...piece, down: [lockTimeout(plan.server.stallBudgetMs), ...down] }]
  }
  const [only] = down
  if (undo.concurrently && !piece.transaction && down.length === 1 && only !== undefined) {
    return [{ ...piece, down: [only] }]
  }
  const companion = (at: number, transaction: boolean, statements: readonly string[]): Piece => ({
    name: `${piece.name}_back_${at}`,
    comment: [`Only a way back, of ${step.title}`],
    transaction,
    up: [nothingToDo],
    down: statements,
  })
  const companions = undo.concurrently
    ? down.toReversed().map((statement, at) => companion(down.length - at, false, [statement]))
    : [companion(1, true, [lockTimeout(plan.server.stallBudgetMs), ...down])]
  return [{ ...piece, down: [nothingToDo] }, ...companions]
}

function wayBackWithoutSql(undo: Exclude<Undo, { kind: 'sql' }>): string {
  return undo.kind === 'nothing' ? nothingToDo : block([], [raise(`no way back: ${undo.because}`)])
}
