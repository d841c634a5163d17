/**
 * From pending migrations to a plan. Pure: the same migrations, catalog and server give the same bytes. Every statement
 * is in the plan (as a step or a note) or in a problem, and all problems of all files come at once.
 */
import type { Catalog } from '../catalog/catalog.ts'
import { startBatch } from '../catalog/replay.ts'
import type { Migration, TransactionMode } from '../model/migration.ts'
import type { Invariant, Plan } from '../model/plan.ts'
import type { Problem, Result } from '../model/problem.ts'
import type { Rule } from '../rules/define-rule.ts'
import { detectInFile, type DetectedFile } from '../rules/detect.ts'
import { rules as allRules } from '../rules/index.ts'
import type { HistoryRow } from '../source/history.ts'
import { lineIndex } from '../sql/line-index.ts'
import type { Script } from '../sql/parse-script.ts'
import { assembleStages } from './assemble.ts'
import { foldConstants, type Folded } from './fold/fold.ts'
import { withCaptures } from './fold/capture.ts'
import { withDefaultsDropped } from './fold/drop-at-once.ts'
import { withDigest } from './digest.ts'
import type { Draft } from './draft.ts'
import { generatedInvariants } from './generated-invariants.ts'
import { groupsOnLiveTables } from './live-tables.ts'
import { withNames } from './names.ts'
import { arrange, placesOf, type Place } from './order.ts'
import type { RecordedFile } from './record-history.ts'
import { columnOrderDifferences, relationsOf } from './relations.ts'
import { withSwitches, type Torn } from './switches.ts'
import { unitsOf, type Unit } from './units.ts'

export interface PlanInput {
  /** In the order in which their runner would take them. */
  readonly pending: readonly {
    readonly migration: Migration
    readonly script: Script
    /** What its runner must find written down once it is applied; null: nothing. */
    readonly history: HistoryRow | null
  }[]
  /** As it is before the first of them. */
  readonly catalog: Catalog
  readonly base: Plan['base']
  readonly server: Plan['server']
  readonly invariants: readonly Invariant[]
  readonly id: string
  /** By path, where the config knows better than the layout who opens the transaction. */
  readonly transactionOverrides?: Readonly<Record<string, TransactionMode>>
  /** All of them, unless a test narrows them. */
  readonly rules?: readonly Rule[]
}

/** The plan without proof and fingerprints, or every reason why there is none. */
export function makePlan(input: PlanInput): Result<Plan> {
  const syntax = input.pending.flatMap(({ script }) => script.problems)
  const folded = foldPending(input)
  const files = detectedFiles(input, folded.scripts)
  const { worked, drafts, places, torn } = settled(input, files, folded)
  const problems = [
    ...syntax,
    ...worked.flatMap(({ problems }) => problems),
    ...torn.map((one) => tornProblem(one, input)),
  ]
  if (problems.length > 0) return { ok: false, problems: inFileOrder(problems, input) }
  const arranged = arrange(drafts, places)
  const placed = arranged.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
  return {
    ok: true,
    value: withDigest({
      formatVersion: 1,
      id: input.id,
      sources: input.pending.map(({ migration: { version, name, path, sha256 } }) => ({
        version,
        name,
        path,
        sha256,
      })),
      base: input.base,
      server: input.server,
      relations: [...relationsOf(drafts, input.catalog)],
      stages: assembleStages(arranged, recordedFiles(input), input.catalog),
      invariants: [...input.invariants, ...generatedInvariants(arranged)],
      differences: [
        ...columnOrderDifferences(drafts, placed),
        ...new Set(worked.flatMap(({ differences }) => differences)),
      ],
      notes: [...new Set([...folded.notes, ...worked.flatMap(({ notes }) => notes), ...splitNote(worked)])],
      proof: null,
    }),
  }
}

function tornProblem({ draft: { source }, message, hint }: Torn, { pending }: PlanInput): Problem {
  const text = pending.find(({ script }) => script.path === source.path)?.script.text ?? ''
  const { path, line, column } = source
  const position = { path, line, column, endLine: line, endColumn: column }
  return { code: 'no-safe-plan', message, hint, position, excerpt: lineIndex(text).lineText(line) }
}

function recordedFiles({ pending }: PlanInput): readonly RecordedFile[] {
  return pending.flatMap(({ migration: { path, version }, history }) =>
    history === null ? [] : [{ path, version, history }],
  )
}

interface PendingFile {
  readonly script: Script
  readonly detected: DetectedFile
}

function transactionOf({ transactionOverrides: overrides = {} }: PlanInput, migration: Migration) {
  return overrides[migration.path] ?? migration.transaction
}

function foldPending(input: PlanInput): Folded {
  return foldConstants({
    files: input.pending.map(({ migration, script }) => ({
      script,
      transaction: transactionOf(input, migration),
    })),
    catalog: input.catalog,
    serverVersion: versionOf(input),
  })
}

function versionOf({ server: { major } }: PlanInput): { readonly min: number; readonly max: number } {
  return { min: major, max: major }
}

/** `scripts`: of the pending migrations, folded. */
function detectedFiles(input: PlanInput, scripts: readonly Script[]): readonly PendingFile[] {
  const { rules = allRules } = input
  let catalog = startBatch(input.catalog)
  return input.pending.map(({ migration, script: given }, at) => {
    const script = scripts[at] ?? given
    const detected = detectInFile(script, {
      transaction: transactionOf(input, migration),
      catalog,
      serverVersion: versionOf(input),
      rules,
    })
    catalog = detected.catalog
    assertJudged(script, detected)
    return { script, detected }
  })
}

function assertJudged(script: Script, { judged }: DetectedFile): void {
  const seen = new Set(judged.map(({ action }) => action))
  const missing = script.statements.find(({ actions }) => actions.some((action) => !seen.has(action)))
  if (missing !== undefined) throw new Error(`${script.path}: statement ${missing.index} was not judged`)
}

interface WorkedFile {
  readonly path: string
  readonly drafts: readonly Draft[]
  readonly notes: readonly string[]
  readonly differences: readonly string[]
  readonly problems: readonly Problem[]
  /** Its runner's one transaction became several steps. */
  readonly split: boolean
}

/**
 * Decides on every action, and once more on those that turn out to stand behind a gate from the creation of a table
 * they meet, until no more do. Each round adds at least one action, so there are no more rounds than actions.
 */
function settled(
  input: PlanInput,
  files: readonly PendingFile[],
  folded: Folded,
): {
  readonly worked: readonly WorkedFile[]
  readonly drafts: readonly Draft[]
  readonly places: readonly Place[]
  readonly torn: readonly Torn[]
} {
  const live = files.map(() => new Set<number>())
  const decided = files.map((file) => unitsIn(file, new Set(), input))
  for (;;) {
    const owners: { readonly file: number; readonly unit: Unit }[] = []
    const worked = files.map((file, at) =>
      workedFile(file, decided[at] ?? [], (unit) => owners.push({ file: at, unit }) - 1),
    )
    const whole = withFolded(
      worked.flatMap((file) => file.drafts),
      folded,
    )
    const { drafts, torn } = withSwitches(withNames(whole))
    const places = placesOf(drafts)
    const changed = new Set<number>()
    for (const group of groupsOnLiveTables(drafts, places)) {
      const { file, unit } = owners[group] ?? { file: 0, unit: null }
      for (const action of unit?.actions ?? []) {
        if (live[file]?.has(action) !== false) continue
        live[file].add(action)
        changed.add(file)
      }
    }
    if (changed.size === 0) return { worked, drafts, places, torn }
    for (const at of changed) {
      const file = files[at]
      if (file !== undefined) decided[at] = unitsIn(file, live[at] ?? new Set(), input)
    }
  }
}

/** `live`: actions that meet tables of this plan which the new application already uses. */
function unitsIn(file: PendingFile, live: ReadonlySet<number>, input: PlanInput): readonly Unit[] {
  return unitsOf(file.detected, {
    comments: file.script.comments,
    rules: input.rules ?? allRules,
    serverVersion: versionOf(input),
    live,
  })
}

function withFolded(drafts: readonly Draft[], folded: Folded): readonly Draft[] {
  const { captures, capturedDefaults, dropAtOnce } = folded
  return withCaptures(withDefaultsDropped(drafts, dropAtOnce), captures, capturedDefaults)
}

function workedFile(
  { script, detected }: PendingFile,
  units: readonly Unit[],
  groupOf: (unit: Unit) => number,
): WorkedFile {
  const lines = lineIndex(script.text)
  const drafts: Draft[] = []
  const notes: string[] = []
  const differences: string[] = []
  const problems: Problem[] = []
  for (const unit of units) {
    const { decision } = unit
    const judged = detected.judged[unit.source]
    if (judged === undefined) throw new Error(`${script.path}: a unit without an action`)
    const group = groupOf(unit)
    const { path, line, column } = lines.positionOf(judged.statement.span, script.path)
    switch (decision.kind) {
      case 'steps':
        notes.push(...decision.notes)
        differences.push(...(decision.differences ?? []))
        for (const step of decision.steps) {
          const { phase, touches } = step
          const { rule, unnoticed } = decision
          drafts.push({ step, rule, unnoticed, phase, touches, group, source: { path, line, column } })
        }
        break
      case 'note':
        if (decision.note !== null) notes.push(`${path}:${line}: ${decision.note}`)
        break
      case 'refused': {
        const position = lines.positionOf(judged.action.span, script.path)
        const { message, hint } = decision
        problems.push({
          code: 'no-safe-plan',
          message,
          hint,
          position,
          excerpt: lines.lineText(position.line),
        })
        break
      }
    }
  }
  const isWrapped = detected.judged.some(({ transaction }) => transaction.kind === 'file')
  return { path: script.path, drafts, notes, differences, problems, split: isWrapped && drafts.length > 1 }
}

function splitNote(files: readonly WorkedFile[]): readonly string[] {
  const split = files.filter((file) => file.split).map(({ path }) => path)
  if (split.length === 0) return []
  return [
    `Each step commits by itself, where the runner would have wrapped each of these files in one transaction: ${split.join(', ')}.`,
  ]
}

function inFileOrder(problems: readonly Problem[], input: PlanInput): readonly Problem[] {
  const order = input.pending.map(({ script }) => script.path)
  const rank = ({ position }: Problem) => (position === null ? -1 : order.indexOf(position.path))
  return [...problems].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      (one.position?.line ?? 0) - (other.position?.line ?? 0) ||
      (one.position?.column ?? 0) - (other.position?.column ?? 0),
  )
}
