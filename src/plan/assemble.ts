import type { Catalog } from '../catalog/catalog.ts'
import type { DraftStep, Plan, Step } from '../model/plan.ts'
import type { Draft } from './draft.ts'
import { withSlots } from './fold/capture.ts'
import { gateFor } from './gate.ts'
import type { Arranged } from './order.ts'
import { withOneTrigger } from './one-trigger.ts'
import { withHistory, type RecordedFile } from './record-history.ts'
import { stepIds } from './step-id.ts'

/** Stages and phases with a gate before each contract phase, every step with its id. Reading order decides on ids. */
export function assembleStages(
  placed: readonly Arranged<Draft>[],
  recorded: readonly RecordedFile[],
  catalog: Catalog,
): Plan['stages'] {
  const arranged = withHistory(withOneTrigger(placed), recorded, catalog)
  const stages = arranged.map(({ number, phases }) => ({
    number,
    phases: phases.map(({ name, steps }) => ({
      name,
      steps: [
        ...(name === 'contract' ? [gateDraft(number, arranged.length, steps)] : []),
        ...steps.map(({ step, rule, source }) => ({ step, rule, source })),
      ],
    })),
  }))
  const slugs = stages.flatMap(({ phases }) =>
    phases.flatMap(({ steps }) => steps.map(({ step }) => step.slug)),
  )
  const allIds = stepIds(slugs)
  const ids = allIds.values()
  const slots = slotsOf(
    stages.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps)),
    allIds,
  )
  return stages.map(({ number, phases }) => ({
    number,
    phases: phases.map(({ name, steps }) => ({
      name,
      fingerprint: null,
      steps: steps.map((one) => withSlots(finished(one, ids.next().value ?? ''), slots)),
    })),
  }))
}

type Unfinished = Pick<Step, 'rule' | 'source'> & { readonly step: DraftStep }

function gateDraft(number: number, stages: number, steps: readonly Draft[]): Unfinished {
  return { step: gateFor(number, stages, steps), rule: null, source: null }
}

function finished({ step, rule, source }: Unfinished, id: string): Step {
  const {
    slug: _slug,
    phase: _phase,
    sync: _sync,
    literal: _literal,
    holds: _holds,
    switches: _switches,
    ...rest
  } = step
  return { ...rest, id, rule, source }
}

/** The id of each capture step, by what stands for its value in the other steps. */
function slotsOf(steps: readonly Unfinished[], ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    steps.flatMap(({ step: { literal } }, at) =>
      literal === undefined ? [] : [[literal, ids[at] ?? ''] as const],
    ),
  )
}
