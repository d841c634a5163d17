/**
 * Judges lockstep on migrations that nobody wrote for it: all of a folder is parsed and linted; what lies between two
 * releases is planned, proved and applied on rows, and the end is held against what the author's SQL alone comes to.
 */
import { emptyCatalog, startBatch } from '../catalog/replay.ts'
import { walk } from '../effects/walk.ts'
import { lintMigrations } from '../lint/lint.ts'
import type { CorpusReport, CorpusRun } from '../model/corpus.ts'
import type { Migration } from '../model/migration.ts'
import type { Plan } from '../model/plan.ts'
import type { Proof } from '../model/proof.ts'
import { succeed, type Result } from '../model/problem.ts'
import { prepareEnds, type Ends } from '../verify/prove.ts'
import { inDatabase, type ShadowServer, type Workbench } from '../verify/shadow.ts'
import { compareEnds, type Describe } from './compare-ends.ts'
import { corpusFile, filesBetween, sourceSqlOf } from './corpus-file.ts'
import type { Boundary, CorpusFile, CorpusFiles } from './corpus-file.ts'
import { measureStalls } from './measure-stalls.ts'
import { cutIntoRuns, placeBehind, thrown, type Cut, type Place, type Planner } from './cut-runs.ts'
import { loadBesidePlan, type LoadChoice } from './load-beside-plan.ts'
import { tryCut, type ProvingGround, type Tried } from './prove-run.ts'
import { openTarget, type CorpusTarget } from './target.ts'
import { watchman, type Watchman } from './watchman.ts'

export interface CorpusInput extends Planner {
  readonly layout: string
  /** In the order in which their runner goes up. */
  readonly migrations: readonly Migration[]
  readonly boundary: Boundary
  readonly searchPath: readonly string[]
  /** Nobody else's: what takes too long there is ended with all that goes on beside it. */
  readonly shadow: ShadowServer
  readonly describe: Describe
  /** Null: no load. */
  readonly load: LoadChoice | null
  /** Runs every file of the folder, and holds what lint says of each statement against what the server did. */
  readonly measuresStalls: boolean
  /** For each proof and each plan. */
  readonly limitMs: number
  readonly random: () => number
  readonly now: () => number
  /** Progress, for stderr. */
  readonly say: (line: string) => void
}

/** A problem: the corpus cannot be run at all. `loadParser` must have been awaited. */
export async function runCorpus(input: CorpusInput): Promise<Result<CorpusReport>> {
  const { files, read } = readAll(input)
  const between = filesBetween(files, input.boundary)
  if (!between.ok) return between
  const { base, pending } = between.value
  const empty = { ahead: [], catalog: emptyCatalog({ complete: true, searchPath: input.searchPath }) }
  const start = placeBehind(base, empty, input)
  input.say(`planning ${pending.length} files …`)
  const cuts = cutIntoRuns(pending, start, input)
  const judged = await judge(input, { ...between.value, start, cuts })
  if (!judged.ok) return judged
  const stalls = await stallsOf(input, files)
  if (!stalls.ok) return stalls
  return succeed({
    formatVersion: 1,
    layout: input.layout,
    serverVersion: input.shadow.version,
    read,
    base: base.length,
    pending: { files: pending.length, statements: statementsIn(pending) },
    ...judged.value,
    stalls: stalls.value,
  })
}

async function stallsOf(
  input: CorpusInput,
  files: readonly CorpusFile[],
): Promise<Result<CorpusReport['stalls']>> {
  if (!input.measuresStalls) return succeed(null)
  input.say('measuring each statement on rows …')
  return measureStalls({ ...input, files })
}

function statementsIn(files: readonly CorpusFile[]): number {
  return files.reduce((sum, { script }) => sum + script.statements.length, 0)
}

function readAll(input: CorpusInput): {
  readonly files: readonly CorpusFile[]
  readonly read: CorpusReport['read']
} {
  const crashes: string[] = []
  const files = input.migrations.flatMap((migration) => {
    try {
      return [corpusFile(migration)]
    } catch (error) {
      crashes.push(`${migration.path}: the parser crashed: ${thrown(error)}`)
      return []
    }
  })
  const findings = lintAll(files, input, crashes)
  return {
    files,
    read: {
      files: input.migrations.length,
      statements: statementsIn(files),
      opaque: opaqueIn(files, input),
      syntaxErrors: files.reduce((sum, { script }) => sum + script.problems.length, 0),
      findings,
      crashes,
    },
  }
}

/** Statements of which the effect model does not know what they do or reach, in a catalog of which all is known. */
function opaqueIn(files: readonly CorpusFile[], { searchPath, major }: CorpusInput): number {
  let catalog = emptyCatalog({ complete: true, searchPath })
  let opaque = 0
  for (const { script, migration } of files) {
    const serverVersion = { min: major, max: major }
    const { transaction } = migration
    const walked = walk(script.statements, { transaction, catalog: startBatch(catalog), serverVersion })
    catalog = walked.catalog
    const unknown = walked.judged.filter(({ effect }) => effect.unknowns.length > 0)
    opaque += new Set(unknown.map(({ statement }) => statement)).size
  }
  return opaque
}

function lintAll(
  files: readonly CorpusFile[],
  input: CorpusInput,
  crashes: string[],
): CorpusReport['read']['findings'] {
  const scripts = files.map(({ script, migration: { transaction } }) => ({
    script,
    transaction,
    report: true,
  }))
  try {
    const { errors, warnings, infos } = lintMigrations(scripts, {
      catalog: emptyCatalog({ complete: true, searchPath: input.searchPath }),
      serverVersion: { min: input.major, max: input.major },
      batch: 'file',
      sizes: null,
      severities: {},
    }).summary
    return { errors, warnings, infos }
  } catch (error) {
    crashes.push(`lint crashed: ${thrown(error)}`)
    return { errors: 0, warnings: 0, infos: 0 }
  }
}

interface Work extends CorpusFiles {
  readonly start: Place
  readonly cuts: readonly Cut[]
}

type Judged = Pick<CorpusReport, 'runs' | 'rows' | 'differences' | 'load'>

async function judge(input: CorpusInput, work: Work): Promise<Result<Judged>> {
  const opened = await input.shadow.openWorkbench()
  if (!opened.ok) return opened
  const workbench = opened.value
  try {
    const watch = await workbench.create('watch')
    return await inDatabase(watch.adminUrl, (session) =>
      judgeOn(input, work, { workbench, guard: watchman(session, input.limitMs) }),
    )
  } finally {
    await workbench.dispose()
  }
}

async function judgeOn(
  input: CorpusInput,
  work: Work,
  { workbench, guard }: { readonly workbench: Workbench; readonly guard: Watchman },
): Promise<Result<Judged>> {
  input.say('the author’s SQL alone …')
  const ends = await guard.within(() => endsOf(work, workbench))
  if (!ends.ok) return ends
  const { start, stock, volatileColumns, rows, missing } = ends.value
  const target = await openTarget({ ...input, workbench, start, watchman: guard })
  const ground = { shadow: input.shadow, planner: input, watchman: guard }
  const { runs, tried } = await tryAll(input, work, ground, target)
  input.say('comparing the ends …')
  const options = { describe: input.describe, volatileColumns }
  return succeed({
    runs,
    rows: { tables: rows.length, rows: rows.reduce((sum, one) => sum + one.rows, 0), missing },
    differences: [...(await compareEnds(stock, target.database, options))],
    load: await loadOf(input, work, tried),
  })
}

/** With rows if the author's SQL bears any from end to end; else, and it is said why, without. */
async function endsOf(
  { base, pending, cuts }: Work,
  workbench: Workbench,
): Promise<Result<Ends & { readonly missing: string | null }>> {
  const input = { base: base.map(sourceSqlOf), pending: pending.map(sourceSqlOf) }
  const plans = cuts.flatMap((cut): readonly Plan[] => (cut.kind === 'planned' ? [cut.plan] : []))
  const full = await prepareEnds({ ...input, rows: { kind: 'generated' } }, plans, workbench)
  if (full.ok) return succeed({ ...full.value, missing: null })
  const empty = await prepareEnds({ ...input, rows: { kind: 'none' } }, plans, workbench)
  if (!empty.ok) return empty
  return succeed({ ...empty.value, missing: full.problems.map(({ message }) => message).join('; ') })
}

async function tryAll(
  input: CorpusInput,
  work: Work,
  ground: ProvingGround,
  target: CorpusTarget,
): Promise<{ readonly runs: CorpusRun[]; readonly tried: readonly Tried[] }> {
  const runs: CorpusRun[] = []
  const all: Tried[] = []
  let place = work.start
  for (const cut of work.cuts) {
    const began = input.now()
    const tried = await tryCut(cut, place, ground)
    for (const one of tried) {
      const run = await applied(one, target)
      runs.push({ ...run, ms: input.now() - began })
      input.say(`${place.ahead.length - work.base.length + 1}/${work.pending.length}: ${saying(run)}`)
    }
    all.push(...tried)
    place = placeBehind(cut.files, place, input)
  }
  return { runs, tried: all }
}

function saying({ status, files, because }: Omit<CorpusRun, 'ms'>): string {
  const [first = ''] = files
  const more = files.length === 1 ? '' : ` and ${files.length - 1} more`
  return `${status} ${first.slice(first.lastIndexOf('/') + 1)}${more}${because[0] === undefined ? '' : `: ${because[0]}`}`
}

async function applied(tried: Tried, target: CorpusTarget): Promise<Omit<CorpusRun, 'ms'>> {
  const files = tried.files.map(({ migration }) => migration.path)
  const proof = proofOf(tried.proof)
  if (tried.kind === 'planned') {
    const { stages } = tried.plan
    const steps = stages.flatMap(({ phases }) => phases.flatMap((phase) => phase.steps)).length
    const failure = await target.applyPlan(tried.plan, tried.files)
    const status = failure === null ? 'planned' : 'failed'
    const because = failure === null ? [] : [failure]
    return { status, files, because, steps, stages: stages.length, proof }
  }
  const failure = await target.applyStock(tried.files)
  const status = failure === null ? tried.kind : 'failed'
  const because = [...tried.because, ...(failure === null ? [] : [failure])]
  return { status, files, because, steps: 0, stages: 0, proof }
}

function proofOf(proof: Proof | null): CorpusRun['proof'] {
  if (proof === null) return null
  const { verdict, rows, writer } = proof
  const writes = writer === null ? 0 : writer.updates + writer.inserts + writer.deletes
  return { verdict, rows: rows.reduce((sum, { after }) => sum + after, 0), writes }
}

/** Only a boundary that one plan crosses can be crossed under load: the author's own SQL would stall it. */
async function loadOf(
  input: CorpusInput,
  work: Work,
  tried: readonly Tried[],
): Promise<CorpusReport['load']> {
  if (input.load === null) return null
  const [only, another] = tried
  if (only === undefined || another !== undefined || only.kind !== 'planned') {
    input.say('no load: it takes a boundary that one plan crosses')
    return null
  }
  input.say('applying the plan under load …')
  return loadBesidePlan(only.plan, work.base, { ...input, choice: input.load })
}
