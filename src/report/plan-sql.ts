import type { Phase, Plan, Step } from '../model/plan.ts'
import {
  captureVariable,
  locksLine,
  originLine,
  phaseMeaning,
  proofLine,
  sendingLine,
  sqlOf,
  undoLine,
} from './plan-words.ts'

/**
 * The plan as a script: for reading, and for a person with psql on a bad day. What only a driver can do stands in
 * comments, and where that is a whole step (batches, a gate) psql stops, so that nobody runs past it by mistake.
 */
export function planSql(plan: Plan): string {
  const many = plan.stages.length > 1
  const head = [
    `lockstep plan ${plan.id}, for PostgreSQL ${plan.server.major}`,
    `digest ${plan.digest}`,
    proofLine(plan),
    ...plan.sources.map(({ path, sha256 }) => `from ${path} (sha256 ${sha256.slice(0, 12)})`),
    '',
    'For reading. `migrate apply` runs the plan itself: it looks who is in the way before it asks for a lock, tries',
    'again, cuts rows into batches, and finds out what has been done already.',
    ...(plan.notes.length === 0 ? [] : ['', ...plan.notes.map((note) => `note: ${note}`)]),
    ...(plan.differences.length === 0 ? [] : ['', ...plan.differences.map((one) => `difference: ${one}`)]),
  ]
  const phases = plan.stages.flatMap(({ number, phases }) =>
    phases.map((phase) => phaseBlock(many ? `stage ${number}, ` : '', phase, plan.server.stallBudgetMs)),
  )
  return `${[comment(head), '\\set ON_ERROR_STOP on', ...phases].join('\n\n')}\n`
}

function phaseBlock(prefix: string, { name, steps }: Phase, stallBudgetMs: number): string {
  const rule = '-'.repeat(78)
  const title = comment([rule, `${prefix}${name}: ${phaseMeaning[name]}`, rule])
  return [title, ...steps.map((step) => stepBlock(step, stallBudgetMs))].join('\n\n')
}

function stepBlock(step: Step, stallBudgetMs: number): string {
  const title = `${step.id}: ${step.title}`
  if (step.kind === 'gate') return `${comment([title, `  for ${step.waitFor}`])}\n${stop}`
  const head = [
    title,
    `  from:  ${originLine(step)}`,
    `  locks: ${locksLine(step.locks)}`,
    `  send:  ${sendingLine(step, stallBudgetMs)}`,
    `  undo:  ${undoLine(step.undo)}`,
  ]
  const body = stepBody(step)
  return body === '' ? comment(head) : `${comment(head)}\n${body}`
}

/** psql leaves the script here: what comes next must not run before this step is done. */
const stop = '\\quit'

function stepBody(step: Step): string {
  const sql = sqlOf(step).map((one) => `${one};`)
  switch (step.kind) {
    case 'ddl':
    case 'rows':
    case 'record-history':
      return [
        'BEGIN;',
        `SET LOCAL lock_timeout = '${step.lockTimeoutMs}ms';`,
        `SET LOCAL statement_timeout = '${step.statementTimeoutMs}ms';`,
        ...sql,
        'COMMIT;',
      ].join('\n')
    case 'patient':
      return [`SET lock_timeout = '${step.lockTimeoutMs}ms';`, ...sql, 'RESET lock_timeout;'].join('\n')
    case 'create-index':
    case 'drop-index':
    case 'check':
      return sql.join('\n')
    case 'capture':
      return `SELECT value AS ${captureVariable(step.id)} FROM (\n${step.sql}\n) AS captured (value)\n\\gset`
    case 'in-batches':
      return `${comment(sql.flatMap((one) => one.split('\n')).map((line) => `    ${line}`))}\n${stop}`
    case 'gate':
      return stop
  }
}

/** A name can hold a line break, and what stands after it would be SQL. */
function comment(lines: readonly string[]): string {
  return lines.map((line) => `-- ${line.replaceAll(/\s*[\r\n]+\s*/g, ' ')}`.trimEnd()).join('\n')
}
