/** Apart from the schemas, which lint must not load. */
import type { FilledStep } from './plan.ts'

/** Of every kind of step what its SQL depends on: drafts and sketches have it as well as steps do. */
type WithSql = FilledStep extends infer S
  ? S extends FilledStep
    ? Pick<S, 'kind' | Extract<keyof S, 'sql'>>
    : never
  : never

/** Every statement that a step sends, in order; none where the executor writes it, or nothing is sent. */
export function sqlOfStep(step: WithSql): readonly string[] {
  switch (step.kind) {
    case 'ddl':
      return step.sql
    case 'patient':
    case 'create-index':
    case 'drop-index':
    case 'in-batches':
    case 'rows':
    case 'capture':
      return [step.sql]
    case 'record-history':
    case 'check':
    case 'gate':
      return []
  }
}
