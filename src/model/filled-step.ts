/** A step as it is run: its SQL in one piece each, with what was captured in the slots. */
import { capturesIn, fillSql, type CapturedSql } from './captured-sql.ts'
import type { Condition, PlannedCondition } from './condition.ts'
import type { FilledStep, Step } from './plan.ts'

type LiteralOf = (capture: string) => string

/** The steps whose values it needs. */
export function capturesOf(step: Step): readonly string[] {
  const own = 'sql' in step ? (step.kind === 'ddl' ? step.sql : [step.sql]) : []
  return [
    ...own.flatMap(capturesIn),
    ...[...step.before, ...step.after].flatMap(capturesOfCondition),
    ...(step.undo.kind === 'sql' ? step.undo.sql.flatMap(capturesIn) : []),
  ]
}

export function capturesOfCondition(condition: PlannedCondition): readonly string[] {
  const sql = sqlIn(condition)
  return sql === undefined ? [] : capturesIn(sql)
}

/** `literalOf`: the value that a step has captured, as SQL. */
export function fillStep(step: Step, literalOf: LiteralOf): FilledStep {
  const put = (sql: CapturedSql): string => fillSql(sql, literalOf)
  const ask = (condition: PlannedCondition): Condition => fillCondition(condition, literalOf)
  const common = {
    before: step.before.map(ask),
    after: step.after.map(ask),
    undo: step.undo.kind === 'sql' ? { ...step.undo, sql: step.undo.sql.map(put) } : step.undo,
  }
  switch (step.kind) {
    case 'ddl':
      return { ...step, ...common, sql: step.sql.map(put) }
    case 'patient':
    case 'in-batches':
    case 'rows':
      return { ...step, ...common, sql: put(step.sql) }
    case 'create-index':
    case 'drop-index':
    case 'capture':
    case 'record-history':
    case 'check':
    case 'gate':
      return { ...step, ...common }
  }
}

export function fillCondition(condition: PlannedCondition, literalOf: LiteralOf): Condition {
  if (condition.kind === 'no-rows') return { ...condition, sql: fillSql(condition.sql, literalOf) }
  if (condition.kind !== 'column-default') return condition
  const { value, ...rest } = condition
  return value === undefined ? rest : { ...rest, value: fillSql(value, literalOf) }
}

function sqlIn(condition: PlannedCondition): CapturedSql | undefined {
  if (condition.kind === 'no-rows') return condition.sql
  return condition.kind === 'column-default' ? condition.value : undefined
}
