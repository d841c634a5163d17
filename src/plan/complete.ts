import { quoteIdentifier } from '../postgres/identifier.ts'
import type { PlannedCondition } from '../model/condition.ts'
import type { Observations } from '../model/observations.ts'
import type { Phase, Plan, Step } from '../model/plan.ts'
import { withDigest } from './digest.ts'

/**
 * The plan with what its run on a shadow has shown: the fingerprint each phase must meet, the definitions that `after`
 * compares with, and the verdict of the proof. Whatever was not observed stays as it was.
 */
export function withObservations(plan: Plan, observations: Observations): Plan {
  return withDigest({
    ...plan,
    stages: plan.stages.map(({ number, phases }) => ({
      number,
      phases: phases.map((phase) => observedPhase(number, phase, observations)),
    })),
    proof: observations.proof ?? plan.proof,
  })
}

function observedPhase(stage: number, phase: Phase, observations: Observations): Phase {
  const seen = observations.fingerprints.find((one) => one.stage === stage && one.phase === phase.name)
  return {
    name: phase.name,
    fingerprint: seen?.sha256 ?? phase.fingerprint,
    steps: phase.steps.map((step) => observedStep(step, observations)),
  }
}

function observedStep(step: Step, observations: Observations): Step {
  const seen = observations.definitions
    .filter((one) => one.step === step.id)
    .flatMap(({ definitions }) => definitions)
  if (seen.length === 0) return step
  const definitions = new Map(seen.map(({ object, definition }) => [object, definition]))
  return { ...step, after: step.after.map((condition) => observedCondition(condition, definitions)) }
}

/** Only what must exist can have been seen; a condition that wants a thing gone has no definition to hold. */
function observedCondition(
  condition: PlannedCondition,
  definitions: ReadonlyMap<string, string>,
): PlannedCondition {
  switch (condition.kind) {
    case 'constraint': {
      const definition = definitions.get(
        `constraint ${condition.table}.${quoteIdentifier(condition.constraint)}`,
      )
      return condition.exists && definition !== undefined ? { ...condition, definition } : condition
    }
    case 'index': {
      const definition = definitions.get(`index ${condition.index}`)
      return condition.exists && definition !== undefined ? { ...condition, definition } : condition
    }
    case 'column-default': {
      const seen = definitions.get(`default ${condition.table}.${quoteIdentifier(condition.column)}`)
      // What was captured on the shadow is not what will be captured elsewhere.
      const isSeen = condition.default !== null && condition.default !== 'captured' && seen !== undefined
      return isSeen ? { ...condition, default: seen } : condition
    }
    case 'table':
    case 'column':
    case 'column-not-null':
    case 'column-identity':
    case 'trigger':
    case 'enum-value':
    case 'no-rows':
      return condition
  }
}
