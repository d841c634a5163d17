import type { Blocker, Outcome, RunReport, StepOutcome } from '../model/outcome.ts'
import { duration } from './duration.ts'
import { paint } from './paint.ts'

/** What became of every step of a plan, the ones not reached too, and what the plan waits for. */
export function runPretty(report: RunReport, colored: boolean): string {
  const color = paint(colored)
  const lines: string[] = []
  let heading = ''
  for (const step of report.steps) {
    const next = `stage ${step.stage} · ${step.phase}`
    if (next !== heading) lines.push(color.bold(next))
    heading = next
    lines.push(...stepLines(step, colored))
  }
  for (const invariant of report.invariants.filter(({ held }) => !held)) {
    lines.push(
      `${color.red('invariant broken')} ${invariant.name} (${invariant.at}): ${invariant.detail ?? ''}`,
    )
  }
  return [...lines, '', closingLine(report, colored), ''].join('\n')
}

function closingLine(report: RunReport, colored: boolean): string {
  const color = paint(colored)
  switch (report.status) {
    case 'done':
      return color.green(`done: plan ${report.plan} is applied`)
    case 'at-gate':
      return color.yellow(`at a gate: ${report.gate ?? ''}`)
    case 'failed':
      return color.red(
        `stopped: plan ${report.plan} is not applied to its end; mend the cause and run it again`,
      )
  }
}

function stepLines({ step, title, outcome }: StepOutcome, colored: boolean): string[] {
  const color = paint(colored)
  switch (outcome.status) {
    case 'applied':
      return [`  ${color.green('✓')} ${title} ${color.dim(appliedDetail(outcome))}`]
    case 'already-applied':
      return [`  ${color.green('✓')} ${title} ${color.dim('already applied')}`]
    case 'not-run':
      return [`  ${color.dim('·')} ${color.dim(title)}`]
    case 'waiting-at-gate':
      return [`  ${color.yellow('▮')} ${title}: ${outcome.waitFor} ${color.dim(`(--confirm ${step})`)}`]
    case 'lock-timeout':
      return [
        `  ${color.red('✗')} ${title}: no lock within ${duration(outcome.waitedMs)}`,
        ...outcome.blockers.map((blocker) => `      held by ${blockerLine(blocker)}`),
      ]
    case 'in-doubt':
      return [`  ${color.red('?')} ${title}: ${outcome.message}`]
    case 'failed':
      return [
        `  ${color.red('✗')} ${title}: ${outcome.message}${outcome.sqlstate === null ? '' : ` (SQLSTATE ${outcome.sqlstate})`}`,
        ...outcome.rows.map((row) => `      ${JSON.stringify(row)}`),
        ...(outcome.hint === null ? [] : [`      → ${outcome.hint}`]),
      ]
  }
}

function appliedDetail(outcome: Extract<Outcome, { status: 'applied' }>): string {
  const parts = [duration(outcome.ms)]
  if (outcome.rows !== null) parts.push(`${outcome.rows} rows`)
  if (outcome.attempts > 1) parts.push(`${outcome.attempts} attempts`)
  if (outcome.longestLockMs !== null) parts.push(`lock asked and held ${duration(outcome.longestLockMs)}`)
  return parts.join(', ')
}

/** `pid 4711 (app, idle in transaction for 12.0 s): SELECT …` */
export function blockerLine(blocker: Blocker): string {
  const who = [blocker.user, blocker.application].filter((part) => part !== null && part !== '').join('/')
  const age = blocker.transactionAgeMs === null ? '' : ` for ${duration(blocker.transactionAgeMs)}`
  return `pid ${blocker.pid} (${who}, ${blocker.state ?? 'unknown state'}${age}): ${blocker.query ?? ''}`
}
