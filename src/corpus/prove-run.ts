/** One run's proof; where it does not hold, which of its files are to blame. */
import type { Plan } from '../model/plan.ts'
import type { Proof } from '../model/proof.ts'
import { withObservations } from '../plan/complete.ts'
import { provePlan, type ProofRun } from '../verify/prove.ts'
import type { ShadowServer } from '../verify/shadow.ts'
import { sourceSqlOf, type CorpusFile } from './corpus-file.ts'
import { cutIntoRuns, placeBehind, thrown, type Cut, type Place, type Planner } from './cut-runs.ts'
import type { Watchman } from './watchman.ts'

export type Tried =
  | {
      readonly kind: 'planned'
      readonly files: readonly CorpusFile[]
      readonly plan: Plan
      readonly proof: Proof
    }
  | {
      readonly kind: 'refused' | 'failed'
      readonly files: readonly CorpusFile[]
      readonly because: readonly string[]
      readonly proof: Proof | null
    }

export interface ProvingGround {
  readonly shadow: ShadowServer
  readonly planner: Planner
  readonly watchman: Watchman
}

export async function tryCut(cut: Cut, place: Place, ground: ProvingGround): Promise<readonly Tried[]> {
  const { files } = cut
  if (cut.kind === 'refused') return [{ kind: 'refused', files, because: cut.because, proof: null }]
  if (cut.kind === 'crashed') return [{ kind: 'failed', files, because: cut.because, proof: null }]
  const proved = await prove(cut.plan, files, place, ground)
  if (typeof proved === 'string') {
    return blame({ kind: 'failed', files, because: [proved], proof: null }, place, ground)
  }
  const { proof, observations } = proved
  if (proof.verdict === 'proved' || proof.verdict === 'schema-only') {
    return [{ kind: 'planned', files, plan: withObservations(cut.plan, observations), proof }]
  }
  return blame({ kind: 'failed', files, because: objections(proof), proof }, place, ground)
}

/** The halves that fail by themselves, halved again; where both hold, it fails as a whole. */
async function blame(whole: Tried, start: Place, ground: ProvingGround): Promise<readonly Tried[]> {
  const { files } = whole
  if (files.length === 1) return [whole]
  const middle = Math.ceil(files.length / 2)
  const tried: Tried[] = []
  let place = start
  for (const half of [files.slice(0, middle), files.slice(middle)]) {
    for (const cut of cutIntoRuns(half, place, ground.planner)) {
      tried.push(...(await tryCut(cut, place, ground)))
      place = placeBehind(cut.files, place, ground.planner)
    }
  }
  return tried.some(({ kind }) => kind === 'failed') ? tried : [whole]
}

/** A text: what went wrong with the proving itself. */
async function prove(
  plan: Plan,
  files: readonly CorpusFile[],
  { ahead }: Place,
  { shadow, watchman }: ProvingGround,
): Promise<ProofRun | string> {
  const input = {
    base: ahead.map(sourceSqlOf),
    pending: files.map(sourceSqlOf),
    rows: { kind: 'generated' as const },
  }
  try {
    const proved = await watchman.within(() => provePlan(plan, input, shadow))
    return proved.ok ? proved.value : proved.problems.map(({ message }) => message).join('; ')
  } catch (error) {
    return `the proof crashed: ${thrown(error)}`
  }
}

const differencesShown = 6

function objections({
  because,
  verdict,
  catalogDifferences,
  rowDifferences,
  locksSeen,
  writer,
}: Proof): readonly string[] {
  const catalog = catalogDifferences.map(
    ({ kind, object, expected, actual }) => `${kind} ${object}: ${expected ?? '–'} / ${actual ?? '–'}`,
  )
  const rows = rowDifferences.map(
    ({ kind, table, key, expected, actual }) =>
      `${kind} row of ${table} ${key ?? ''}: ${expected ?? '–'} / ${actual ?? '–'}`,
  )
  const locks = locksSeen.flatMap(({ step, undeclared }) =>
    undeclared.map(({ relation, mode }) => `step ${step} takes ${mode} on ${relation} undeclared`),
  )
  const all = [...catalog, ...rows, ...locks, ...(writer?.failures ?? [])]
  const shown = all.slice(0, differencesShown)
  const more = all.length > shown.length ? [`and ${all.length - shown.length} more`] : []
  return [`the proof is ${verdict}${because === null ? '' : `: ${because}`}`, ...shown, ...more]
}
