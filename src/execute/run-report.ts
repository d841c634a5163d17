import type { Outcome, RunReport } from '../model/outcome.ts'
import type { Plan } from '../model/plan.ts'
import type { Waits } from '../model/waits.ts'

/** By step, for those that a run came to. */
export interface Ended {
  readonly outcomes: ReadonlyMap<string, Outcome>
  readonly waits: ReadonlyMap<string, Waits>
}

/** Every step of the plan, in its order; those that the run did not come to are `not-run`. */
export function reportOf(
  plan: Plan,
  { outcomes, waits }: Ended,
  end: Pick<RunReport, 'status' | 'gate' | 'invariants'>,
): RunReport {
  const steps = plan.stages.flatMap(({ number, phases }) =>
    phases.flatMap((phase) =>
      phase.steps.map(({ id, title }) => ({
        stage: number,
        phase: phase.name,
        step: id,
        title,
        outcome: outcomes.get(id) ?? { status: 'not-run' as const },
        waits: waits.get(id) ?? null,
      })),
    ),
  )
  return { plan: plan.id, digest: plan.digest, ...end, steps }
}
