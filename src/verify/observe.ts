/**
 * What a plan's run on the shadow says back to the plan: the state of its tables as each phase began, and what the
 * server made of each definition. Nothing in it depends on when or where it ran.
 */
import type { PlannedCondition } from '../model/condition.ts'
import type { Observations } from '../model/observations.ts'
import type { PhaseName, Plan, Step } from '../model/plan.ts'
import { planFingerprint } from '../database/fingerprint.ts'
import { readCatalog } from '../database/read-catalog.ts'
import type { Session } from '../database/session.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'

export interface Observer {
  /** After each step, committed and in order. */
  afterStep(step: Step): Promise<void>
  /** `fingerprints` and `definitions`; the verdict is not its business. */
  observations(): Omit<Observations, 'proof'>
}

type PhaseFingerprint = Observations['fingerprints'][number]
type StepDefinitions = Observations['definitions'][number]

/** Call before the plan's first step. `session`: one of its own in the plan's database. */
export async function observePlan(session: Session, plan: Plan): Promise<Observer> {
  const fingerprint = async (): Promise<string> => planFingerprint(await readCatalog(session), plan)
  const phases = plan.stages.flatMap(({ number, phases }) =>
    phases.map(({ name, steps }) => ({ stage: number, phase: name, last: steps.at(-1)?.id ?? null })),
  )
  // As the executor compares them: with an empty search path every name in a definition is whole.
  await session.execute(`SET search_path = ''`)
  const fingerprints: PhaseFingerprint[] = []
  const definitions: StepDefinitions[] = []
  let now = await fingerprint()
  /** Phases up to the first that has a step not yet run have begun in the state that is now. */
  const begin = (): void => {
    while (fingerprints.length < phases.length) {
      const phase = phases[fingerprints.length]
      if (phase === undefined) return
      fingerprints.push(fingerprintFor(phase, now))
      if (phase.last !== null) return
    }
  }
  begin()
  return {
    afterStep: async (step) => {
      const seen = await definitionsAfter(session, step)
      if (seen.length > 0) definitions.push({ step: step.id, definitions: seen })
      const current = phases[fingerprints.length - 1]
      if (current?.last !== step.id) return
      now = await fingerprint()
      begin()
    },
    observations: () => ({ fingerprints, definitions }),
  }
}

function fingerprintFor(
  phase: { readonly stage: number; readonly phase: PhaseName },
  sha256: string,
): PhaseFingerprint {
  return { stage: phase.stage, phase: phase.phase, sha256 }
}

async function definitionsAfter(session: Session, step: Step): Promise<StepDefinitions['definitions']> {
  const found: StepDefinitions['definitions'] = []
  for (const condition of step.after) {
    const question = questionOf(condition)
    if (question === null) continue
    const [row] = await session.query<{ definition: string | null }>(question.sql, question.values)
    const definition = row?.definition ?? null
    if (definition !== null) found.push({ object: question.object, definition })
  }
  return found
}

interface Question {
  readonly object: string
  readonly sql: string
  readonly values: readonly string[]
}

/** Null: nothing that has a definition. */
function questionOf(condition: PlannedCondition): Question | null {
  switch (condition.kind) {
    case 'index':
      return condition.exists
        ? {
            object: `index ${condition.index}`,
            sql: 'SELECT pg_get_indexdef(to_regclass($1)) AS definition',
            values: [condition.index],
          }
        : null
    case 'constraint':
      return condition.exists
        ? {
            object: `constraint ${condition.table}.${quoteIdentifier(condition.constraint)}`,
            // Validity is another matter: a constraint is the same before and after VALIDATE.
            sql: `SELECT regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', '') AS definition FROM pg_constraint
                   WHERE conrelid = to_regclass($1) AND conname = $2`,
            values: [condition.table, condition.constraint],
          }
        : null
    case 'column-default':
      return condition.default === null || condition.default === 'captured'
        ? null
        : {
            object: `default ${condition.table}.${quoteIdentifier(condition.column)}`,
            sql: `SELECT pg_get_expr(d.adbin, d.adrelid) AS definition
                    FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                   WHERE d.adrelid = to_regclass($1) AND a.attname = $2`,
            values: [condition.table, condition.column],
          }
    case 'table':
    case 'column':
    case 'column-not-null':
    case 'column-identity':
    case 'trigger':
    case 'enum-value':
    case 'no-rows':
      return null
  }
}
