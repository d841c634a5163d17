/** What went wrong, as outcomes of steps. */
import { DatabaseError } from '../database/session.ts'
import type { Outcome } from '../model/outcome.ts'
import type { Problem } from '../model/problem.ts'

export type FailedOutcome = Extract<Outcome, { status: 'failed' }>
type Rows = FailedOutcome['rows']

export function failed(
  message: string,
  more: Partial<Omit<FailedOutcome, 'status' | 'message'>> = {},
): Outcome {
  return {
    status: 'failed',
    sqlstate: more.sqlstate ?? null,
    message,
    hint: more.hint ?? null,
    rows: more.rows ?? [],
  }
}

/** Bugs go on up; what the server or the line to it says becomes an outcome. */
export function outcomeOfError(error: unknown, more: { rows?: Rows; hint?: string | null } = {}): Outcome {
  if (!(error instanceof DatabaseError)) throw error
  if (error.connectionLost) return { status: 'in-doubt', message: error.message }
  const message = error.detail === null ? error.message : `${error.message} (${error.detail})`
  return failed(message, {
    sqlstate: error.sqlstate,
    hint: more.hint ?? error.hint,
    rows: more.rows ?? [],
  })
}

/** A step that cannot even be tried. */
export function failedWith(problems: readonly Problem[]): Outcome {
  return failed(problems.map(({ message }) => message).join(' '), { hint: problems[0]?.hint ?? null })
}

/** The person asked for it; nothing of the step is left undone that the next apply would not find. */
export function stopped(message: string): Outcome {
  return failed(message, { hint: 'Run the same apply again to go on.' })
}
