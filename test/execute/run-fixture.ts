import type { ApplyOptions } from '../../src/execute/apply.ts'
import type { Session } from '../../src/database/session.ts'
import type { Outcome, RunReport } from '../../src/model/outcome.ts'
import type { Result } from '../../src/model/problem.ts'
import type { RunEvent } from '../../src/model/run-event.ts'

/** Options of a run in a test, and what it said. */
export function options(given: Partial<ApplyOptions> = {}): ApplyOptions & { readonly events: RunEvent[] } {
  const events: RunEvent[] = []
  return {
    through: 'all-gates',
    random: () => 0.5,
    now: () => performance.now(),
    ...given,
    observer: (event) => {
      events.push(event)
      given.observer?.(event)
    },
    events,
  }
}

export function must<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.problems.map(({ code, message }) => `${code}: ${message}`).join('\n'))
}

export function codeOf(result: Result<unknown>): string {
  return result.ok ? 'none' : (result.problems[0]?.code ?? 'none')
}

export function statuses(report: RunReport): Record<string, Outcome['status']> {
  return Object.fromEntries(report.steps.map(({ step, outcome }) => [step, outcome.status]))
}

export function outcomeOf(report: RunReport, step: string): Outcome {
  const found = report.steps.find((one) => one.step === step)
  if (found === undefined) throw new Error(`the report has no step ${step}`)
  return found.outcome
}

export function majorOf(session: Session): number {
  return Math.floor(session.serverVersionNum / 10_000)
}

/** Polls until `sql` returns a row that says true. */
export async function until(session: Session, sql: string, withinMs = 20_000): Promise<void> {
  const started = performance.now()
  for (;;) {
    const [row] = await session.query<{ yes: boolean }>(`SELECT (${sql}) AS yes`)
    if (row?.yes === true) return
    if (performance.now() - started > withinMs) throw new Error(`not within ${withinMs} ms: ${sql}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
