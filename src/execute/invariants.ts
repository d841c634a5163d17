/** Queries of the author's that must answer the same at both ends of a phase, or never return a row. */
import { DatabaseError, type Session } from '../database/session.ts'
import type { RunReport } from '../model/outcome.ts'
import type { Boundary, Invariant, Plan } from '../model/plan.ts'
import { rowsOf } from './rows-of.ts'

type Verdict = RunReport['invariants'][number]

/** A histogram or a checksum fits; a table that is read whole does not. */
const rowsMax = 10_000
const shown = 3

export interface Asked {
  readonly verdicts: readonly Verdict[]
  /** Of the `same` ones, for the journal. */
  readonly answers: readonly { readonly name: string; readonly answer: string }[]
}

/** Those of the plan that are asked here. */
export function askedAt({ invariants }: Pick<Plan, 'invariants'>, here: Boundary): readonly Invariant[] {
  const place = placeOf(here)
  return invariants.filter(
    ({ during }) => during === undefined || (placeOf(during.from) <= place && place <= placeOf(during.to)),
  )
}

const phaseOrder = { expand: 0, backfill: 1, contract: 2 } as const

function placeOf({ stage, phase, at }: Boundary): number {
  return (stage * 3 + phaseOrder[phase]) * 2 + (at === 'end' ? 1 : 0)
}

/** As a phase begins: `no-rows` must hold already, and what `same` answers is to be kept. */
export async function askAtStart(
  work: Session,
  invariants: readonly Invariant[],
  at: string,
): Promise<Asked> {
  const verdicts: Verdict[] = []
  const answers: { name: string; answer: string }[] = []
  for (const invariant of invariants) {
    const answer = await ask(work, invariant)
    verdicts.push(verdictOf(invariant, at, answer, 'lines' in answer ? answer.lines : []))
    if ('lines' in answer && invariant.expect === 'same') {
      answers.push({ name: invariant.name, answer: answer.lines.join('\n') })
    }
  }
  return { verdicts, answers }
}

export async function askAtEnd(
  work: Session,
  invariants: readonly Invariant[],
  at: string,
  answers: ReadonlyMap<string, string>,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const invariant of invariants) {
    const kept = answers.get(invariant.name)
    const lines = kept === undefined || kept === '' ? [] : kept.split('\n')
    verdicts.push(verdictOf(invariant, at, await ask(work, invariant), lines))
  }
  return verdicts
}

/** Rows as canonical lines in a settled order, since the query need not have one. */
type Answer = { readonly lines: readonly string[] } | { readonly error: string }

async function ask(work: Session, { sql }: Invariant): Promise<Answer> {
  try {
    const rows = await rowsOf(work, sql, rowsMax + 1)
    if (rows.length > rowsMax)
      return { error: `it returns more than ${rowsMax} rows; let it count or sum them` }
    return { lines: rows.map((row) => JSON.stringify(row)).sort() }
  } catch (error) {
    if (error instanceof DatabaseError && !error.connectionLost) return { error: error.message }
    throw error
  }
}

function verdictOf(
  { name, expect }: Invariant,
  at: string,
  answer: Answer,
  before: readonly string[],
): Verdict {
  if ('error' in answer) return { name, at, held: false, detail: answer.error }
  const { lines } = answer
  if (expect === 'no-rows') {
    const held = lines.length === 0
    return { name, at, held, detail: held ? null : `it returns ${excerpt(lines)}` }
  }
  const held = lines.length === before.length && lines.every((line, index) => line === before[index])
  if (held) return { name, at, held, detail: null }
  const gone = before.filter((line) => !lines.includes(line))
  const come = lines.filter((line) => !before.includes(line))
  return { name, at, held, detail: `before ${excerpt(gone)}, now ${excerpt(come)}` }
}

function excerpt(lines: readonly string[]): string {
  if (lines.length === 0) return 'nothing'
  const rest = lines.length > shown ? ` and ${lines.length - shown} more` : ''
  return `${lines.slice(0, shown).join(', ')}${rest}`
}
