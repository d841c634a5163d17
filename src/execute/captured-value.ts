/** Values that a plan found in the data: once in the journal they are the plan's for good, whatever the data say later. */
import type { Session } from '../database/session.ts'
import { capturesOf, fillStep } from '../model/filled-step.ts'
import type { FilledStep, Step } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import { quoteLiteral } from '../postgres/identifier.ts'

export interface CapturedValue {
  /** As `format_type()` spells it with an empty search path. */
  readonly type: string
  /** Null: the query found none, or NULL. */
  readonly value: string | null
}

/** By step. */
export type CapturedValues = ReadonlyMap<string, CapturedValue>

export async function readCaptured(control: Session, plan: string): Promise<CapturedValues> {
  const rows = await control.query<CapturedValue & { step: string }>(
    'SELECT step, type, value FROM lockstep.capture WHERE plan = $1',
    [plan],
  )
  return new Map(rows.map(({ step, type, value }) => [step, { type, value }]))
}

/** The first value that is kept stays: whoever comes later with another one is not heard. */
export async function keepCaptured(
  control: Session,
  plan: string,
  step: string,
  { type, value }: CapturedValue,
): Promise<void> {
  await control.change(
    `INSERT INTO lockstep.capture (plan, step, type, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [plan, step, type, value],
  )
}

/** The value as SQL. Throws where there is none: whoever fills has asked before. */
export function literalOf(values: CapturedValues, capture: string): string {
  const found = values.get(capture)
  if (found === undefined) throw new Error(`no value for ${capture}`)
  return `${found.value === null ? 'NULL' : quoteLiteral(found.value)}::${found.type}`
}

/** A problem: it needs a value that nobody has captured. */
export async function withCaptured(step: Step, plan: string, control: Session): Promise<Result<FilledStep>> {
  const needed = [...new Set(capturesOf(step))]
  const values: CapturedValues = needed.length === 0 ? new Map() : await readCaptured(control, plan)
  const missing = needed.filter((capture) => !values.has(capture))
  if (missing.length > 0) {
    return fail(
      'value-not-captured',
      `${step.title} needs what ${missing.join(', ')} should have found, and the journal does not have it.`,
      'Roll the plan back and apply it again.',
    )
  }
  return succeed(fillStep(step, (capture) => literalOf(values, capture)))
}
