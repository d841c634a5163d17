import type { Outcome } from '../model/outcome.ts'
import type { FilledStep, FilledStepOf, StepKind } from '../model/plan.ts'
import type { Found, StepContext, StepExecutor } from './context.ts'
import { executors } from './steps/index.ts'

/** A step with the executor of its kind. */
export interface BoundStep {
  look(): Promise<Found>
  clean(): Promise<readonly string[]>
  apply(): Promise<Outcome>
}

export function bindStep(step: FilledStep, context: StepContext): BoundStep {
  return bind(step.kind, step, context)
}

const byKind: { readonly [K in StepKind]: StepExecutor<K> } = executors

function bind<K extends StepKind>(kind: K, step: FilledStepOf<K>, context: StepContext): BoundStep {
  const executor: StepExecutor<K> = byKind[kind]
  return {
    look: () => executor.look(step, context),
    clean: () => executor.clean(step, context),
    apply: () => executor.apply(step, context),
  }
}
