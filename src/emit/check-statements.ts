/** What must hold, as statements that fail where it does not. */
import type { PlannedCondition } from '../model/condition.ts'
import type { Boundary, Invariant, Plan } from '../model/plan.ts'
import { phaseName } from '../model/plan.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import { block, textOf } from './dynamic-sql.ts'

/**
 * Queries that must return no row, indexes that must be valid, constraints that must be validated. What else a step asks
 * for, its own statements fail without.
 */
export function checksOf(conditions: readonly PlannedCondition[], plan: string): readonly string[] {
  return conditions.flatMap((condition) => {
    switch (condition.kind) {
      case 'no-rows':
        return [noRows(condition.sql, condition.otherwise, plan)]
      case 'index':
        return condition.exists && condition.valid === true ? [validIndex(condition.index)] : []
      case 'constraint':
        return condition.exists && condition.validated === true
          ? [validConstraint(condition.table, condition.constraint)]
          : []
      case 'table':
      case 'column':
      case 'column-default':
      case 'column-not-null':
      case 'column-identity':
      case 'trigger':
      case 'enum-value':
        return []
    }
  })
}

function noRows(sql: Extract<PlannedCondition, { kind: 'no-rows' }>['sql'], otherwise: string, plan: string) {
  if (typeof sql === 'string') return refuseIf(`EXISTS (\n${sql}\n)`, otherwise)
  const ask = `EXECUTE 'SELECT EXISTS (' || ${textOf(sql, plan)} || ')' INTO lockstep_found;`
  return block(
    ['lockstep_found boolean;'],
    [ask, `IF lockstep_found THEN`, `  ${raise(otherwise)}`, 'END IF;'],
  )
}

function validIndex(index: string): string {
  return refuseIf(
    `NOT EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass(${quoteLiteral(index)}) AND indisvalid AND indisready)`,
    `${index} is not there, or INVALID: drop it concurrently, and let its file run again`,
  )
}

function validConstraint(table: string, constraint: string): string {
  return refuseIf(
    `NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = pg_catalog.to_regclass(${quoteLiteral(table)}) AND conname = ${quoteLiteral(constraint)} AND convalidated)`,
    `${constraint} of ${table} is not validated`,
  )
}

function refuseIf(condition: string, otherwise: string): string {
  return block([], [`IF ${condition} THEN`, `  ${raise(otherwise)}`, 'END IF;'])
}

/** PL/pgSQL reads no `%` in a message that stands in USING. */
export function raise(message: string): string {
  return `RAISE EXCEPTION USING MESSAGE = ${quoteLiteral(`lockstep: ${message}`)};`
}

/** What is asked at this boundary: of `same`, the answer is kept where a phase begins and compared where it ends. */
export function invariantStatements({ invariants, id }: Plan, boundary: Boundary): readonly string[] {
  return invariants.flatMap((invariant) => {
    if (!isAskedAt(invariant, boundary)) return []
    if (invariant.expect === 'no-rows') return [noRows(invariant.sql, `${invariant.name} does not hold`, id)]
    return [boundary.at === 'start' ? keptAnswer(invariant, id) : comparedAnswer(invariant, id)]
  })
}

function isAskedAt({ during }: Invariant, boundary: Boundary): boolean {
  if (during === undefined) return true
  return rank(during.from) <= rank(boundary) && rank(boundary) <= rank(during.to)
}

function rank({ stage, phase, at }: Boundary): number {
  return (stage * phaseName.options.length + phaseName.options.indexOf(phase)) * 2 + (at === 'end' ? 1 : 0)
}

function answerOf(sql: string): string {
  return `(SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(answer) ORDER BY pg_catalog.to_jsonb(answer)), '[]')::text FROM (\n${sql}\n) AS answer)`
}

function keptAnswer({ name, sql }: Invariant, plan: string): string {
  return `INSERT INTO lockstep.answers (plan, invariant, answer)
VALUES (${quoteLiteral(plan)}, ${quoteLiteral(name)}, ${answerOf(sql)})
ON CONFLICT (plan, invariant) DO UPDATE SET answer = EXCLUDED.answer`
}

function comparedAnswer({ name, sql }: Invariant, plan: string): string {
  const kept = `(SELECT answer FROM lockstep.answers WHERE plan = ${quoteLiteral(plan)} AND invariant = ${quoteLiteral(name)})`
  return refuseIf(`${answerOf(sql)} IS DISTINCT FROM ${kept}`, `${name} has changed`)
}
