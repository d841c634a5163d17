/** One step of a run, for a person: a mark, its title, what it took or what stopped it, and what to do. */
import type { Blocker, Outcome, StepOutcome } from '../model/outcome.ts'
import type { StepKind } from '../model/plan.ts'
import { counted } from './counted.ts'
import { duration } from './duration.ts'
import { paint } from './paint.ts'
import { printable } from './printable.ts'
import { remedyOf } from './remedy.ts'

/** A failure as its line and what stands below it; `title` says what was tried. */
export function failureLines(
  title: string,
  outcome: Extract<Outcome, { status: 'failed' | 'lock-timeout' | 'in-doubt' }>,
  colored: boolean,
): string[] {
  const color = paint(colored)
  const mark = outcome.status === 'in-doubt' ? '?' : '✗'
  return [
    `  ${color.red(mark)} ${printable(title)}`,
    ...detailsOf(outcome).map((line) => `      ${printable(line)}`),
  ]
}

function detailsOf(
  outcome: Extract<Outcome, { status: 'failed' | 'lock-timeout' | 'in-doubt' }>,
): readonly string[] {
  switch (outcome.status) {
    case 'lock-timeout':
      return [
        `no lock within ${duration(outcome.waitedMs)}; nothing of ours stands in its queue`,
        ...outcome.blockers.map((blocker) => `held by ${blockerLine(blocker)}`),
      ]
    case 'in-doubt':
      return [`the connection was lost while it ran: ${outcome.message}`]
    case 'failed': {
      const hint = outcome.hint ?? remedyOf(outcome.sqlstate)
      return [
        `${outcome.message}${outcome.sqlstate === null ? '' : ` (SQLSTATE ${outcome.sqlstate})`}`,
        ...outcome.rows.map((row) => JSON.stringify(row)),
        ...(hint === null ? [] : [`→ ${hint}`]),
      ]
    }
  }
}

/** `41 ms; 50000 rows in 17 batches; locks asked for and held 28 ms at most`. */
export function appliedDetail(
  outcome: Extract<Outcome, { status: 'applied' }>,
  kind: StepKind | null,
): string {
  const inBatches = kind === 'in-batches'
  const parts = [duration(outcome.ms)]
  if (outcome.rows !== null) {
    const batches = inBatches ? ` in ${counted(outcome.attempts, 'batch', 'batches')}` : ''
    parts.push(`${counted(outcome.rows, 'row')}${batches}`)
  }
  if (outcome.attempts > 1 && !inBatches) parts.push(`${outcome.attempts} attempts`)
  if (outcome.longestLockMs !== null) {
    const what = inBatches ? 'longest batch' : 'locks asked for and held'
    parts.push(`${what} ${duration(outcome.longestLockMs)}`)
  }
  return parts.join('; ')
}

/** `pid 4711 (app/web, idle in transaction for 12.0 s): SELECT …` */
export function blockerLine(blocker: Blocker): string {
  const who = [blocker.user, blocker.application].filter((part) => part !== null && part !== '').join('/')
  const age = blocker.transactionAgeMs === null ? '' : ` for ${duration(blocker.transactionAgeMs)}`
  const state = blocker.state === null ? '' : `${who === '' ? '' : ', '}${blocker.state}${age}`
  const known = `${who}${state}`
  const query = (blocker.query ?? '').trim().replaceAll(/\s+/g, ' ')
  return printable(
    `pid ${blocker.pid}${known === '' ? '' : ` (${known})`}${query === '' ? '' : `: ${query}`}`,
  )
}

/** `expand`, or with several stages `stage 2 · expand`. */
export function placeTitle({ stage, phase }: Pick<StepOutcome, 'stage' | 'phase'>, stages: number): string {
  return stages === 1 ? phase : `stage ${stage} · ${phase}`
}
