import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Catalog } from '../catalog/catalog.ts'
import { catalogOf, emptyCatalog } from '../catalog/replay.ts'
import { connect } from '../database/session.ts'
import { readCatalog } from '../database/read-catalog.ts'
import { installedMajor } from '../database/embedded-binaries.ts'
import { walk } from '../effects/walk.ts'
import { readOpenPlan } from '../execute/applied-versions.ts'
import { emitPlan, type EmitToolName } from '../emit/emit-plan.ts'
import type { Config } from '../model/config.ts'
import type { Migration } from '../model/migration.ts'
import type { Plan } from '../model/plan.ts'
import type { Problem, Result } from '../model/problem.ts'
import { withObservations } from '../plan/complete.ts'
import { explainOrder } from '../plan/explain-order.ts'
import { makePlan } from '../plan/make-plan.ts'
import { writePlan } from '../plan/plan-file.ts'
import { historyRowOf } from '../source/history.ts'
import { counted } from '../report/counted.ts'
import { orderPretty } from '../report/order-pretty.ts'
import { planMarkdown } from '../report/plan-markdown.ts'
import { planSql } from '../report/plan-sql.ts'
import { proofPretty } from '../report/proof-pretty.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { appliedIn } from './applied-in.ts'
import { trouble } from './apply.ts'
import { namedDatabase } from './database-url.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { failure } from './failure.ts'
import { loadConfig } from './load-config.ts'
import { readAppliedFile, readPlanSource, type Base, type PlanSource } from './plan-source.ts'
import { proveOnShadow } from './proof-run.ts'
import type { Terminal } from './terminal.ts'

interface PlanCommandOptions {
  readonly format?: 'json' | 'sql' | 'markdown'
  readonly out?: string
  readonly emit?: EmitToolName
  readonly id?: string
  readonly through?: string
  readonly applied?: string
  readonly databaseUrl?: string
  readonly serverVersion?: string
  readonly proof: boolean
  readonly shadowUrl?: string
  readonly rows?: string
  readonly each?: boolean
  readonly explainOrder?: boolean
  readonly layout?: string
  readonly config?: string
}

export async function plan(
  paths: readonly string[],
  options: PlanCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const misused = misuse(options)
  if (misused !== null) return trouble(misused, terminal)
  const [config] = await Promise.all([loadConfig(process.cwd(), options.config ?? null), loadParser()])
  if (!config.ok) return trouble(config.problems, terminal)
  const target = await readTarget(options, config.value)
  if (!target.ok) return trouble(target.problems, terminal)
  const source = readPlanSource(paths, config.value, options.layout ?? null, target.value.base)
  if (!source.ok) return trouble(source.problems, terminal)
  const { pending, unknown, folder } = source.value
  if (unknown.length > 0) {
    terminal.err(
      `warning: applied, and not in ${folder}: ${unknown.join(', ')}. The plan knows nothing of them.\n`,
    )
  }
  if (pending.length === 0) {
    terminal.err(`nothing to plan: every migration named in ${folder} is applied\n`)
    return exitCode.done
  }
  let worst: ExitCode = exitCode.done
  for (const part of options.each === true ? eachAlone(source.value) : [{ ...source.value, ahead: [] }]) {
    const ended = await planOne(part, target.value, config.value, options, terminal)
    if (ended > worst) worst = ended
  }
  return worst
}

/** The id is a file's name, a connection's and a key of the journal. */
const idCharacters = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

function misuse({ id, explainOrder, format }: PlanCommandOptions): readonly Problem[] | null {
  if (explainOrder === true && format !== undefined && format !== 'json') {
    return failure(
      'explain-order-format',
      `The order of a plan is not explained as ${format}`,
      'Leave --format out, for text, or give --format json.',
    ).problems
  }
  if (id === undefined || idCharacters.test(id)) return null
  return failure(
    'plan-id',
    `${id} cannot be the name of a plan`,
    'Use letters, digits, dots, hyphens and underscores, beginning with a letter or a digit.',
  ).problems
}

/** What is known of the database that the plan is for. */
interface Target {
  readonly base: Base
  readonly major: number
  readonly url: string | null
  /** Read from it; null: replay the applied migrations. */
  readonly catalog: Catalog | null
}

async function readTarget(options: PlanCommandOptions, config: Config): Promise<Result<Target>> {
  const said = saidBase(options)
  if (!said.ok) return said
  const url = namedDatabase(options.databaseUrl, process.env)
  if (url === null) {
    const major = options.serverVersion === undefined ? installedMajor() : Number(options.serverVersion)
    if (major === null || !(major >= 14 && major <= 18)) {
      return failure('server-version', 'Which PostgreSQL is the plan for?', 'Give --server-version 14 to 18.')
    }
    return { ok: true, value: { base: said.value ?? { from: 'nothing' }, major, url, catalog: null } }
  }
  const connected = await connect(url, { applicationName: 'lockstep plan' })
  if (!connected.ok) return connected
  const session = connected.value
  try {
    const open = await readOpenPlan(session)
    if (open !== null) {
      return failure(
        'another-plan-open',
        `Plan ${open} is open on this database, so what comes after it cannot be planned yet`,
        'Apply it to its end, or roll it back (migrate status says where it stands).',
      )
    }
    const snapshot = await readCatalog(session)
    const base: Base = said.value ?? {
      from: 'database',
      versions: await appliedIn(session, options.layout ?? null, config),
    }
    const catalog = catalogOf({ ...snapshot, searchPath: config.searchPath })
    return { ok: true, value: { base, major: Math.floor(session.serverVersionNum / 10_000), url, catalog } }
  } finally {
    await session.close()
  }
}

/** Null: nobody has said; a database is asked, and without one nothing is applied. */
function saidBase(options: PlanCommandOptions): Result<Base | null> {
  if (options.through !== undefined) return { ok: true, value: { from: 'through', version: options.through } }
  if (options.applied === undefined) return { ok: true, value: null }
  const versions = readAppliedFile(options.applied)
  return versions.ok ? { ok: true, value: { from: 'applied-file', versions: versions.value } } : versions
}

interface PlanPart extends PlanSource {
  /** Migrations of the base that the target does not have yet: an earlier plan brings them. */
  readonly ahead: readonly Migration[]
}

/** One plan a file: each stands on all that comes before it. */
function eachAlone(source: PlanSource): readonly PlanPart[] {
  return source.pending.map((migration, index) => {
    const ahead = source.pending.slice(0, index)
    return { ...source, base: [...source.base, ...ahead], pending: [migration], ahead }
  })
}

async function planOne(
  source: PlanPart,
  target: Target,
  config: Config,
  options: PlanCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const made = makePlanFrom(source, target, config, options.id ?? null)
  if (!made.ok) {
    trouble(made.problems, terminal)
    return exitCode.findings
  }
  if (options.explainOrder === true) {
    const explanation = explainOrder(made.value)
    terminal.out(
      options.format === 'json'
        ? `${JSON.stringify(explanation, null, 2)}\n`
        : orderPretty(explanation, terminal.outColored),
    )
    return exitCode.done
  }
  const proved = options.proof
    ? await prove(made.value, source, target.url, options, terminal)
    : { ok: true as const, value: made.value }
  if (!proved.ok) return trouble(proved.problems, terminal)
  if (proved.value === null) {
    terminal.err('no plan is written\n')
    return exitCode.findings
  }
  present(proved.value, config, options, terminal)
  return exitCode.done
}

function makePlanFrom(source: PlanPart, target: Target, config: Config, id: string | null): Result<Plan> {
  const last = source.pending.at(-1)?.version ?? ''
  const catalog =
    target.catalog === null
      ? replayed(source.base, noTables(config), config)
      : replayed(source.ahead, target.catalog, config)
  if (!catalog.ok) return catalog
  return makePlan({
    pending: source.pending.map((migration) => ({
      migration,
      script: parseScript(migration.text, migration.path),
      history: config.history === 'none' ? null : historyRowOf(migration),
    })),
    catalog: catalog.value,
    base: {
      from: source.from,
      versions: source.base.map(({ version }) => version),
      ...(source.folders.length > 1 ? { folders: [...source.folders] } : {}),
    },
    server: { major: target.major, stallBudgetMs: config.stallBudgetMs },
    invariants: config.invariants.map((invariant) => ({ ...invariant, origin: 'config' })),
    id: id ?? `${basename(source.folder)}-${last}`,
  })
}

/** An empty database: what the migrations do not make does not exist. */
function noTables({ searchPath }: Config): Catalog {
  return emptyCatalog({ complete: true, searchPath })
}

/** The schema that `migrations` leave behind, beginning from `start`. */
function replayed(migrations: readonly Migration[], start: Catalog, config: Config): Result<Catalog> {
  const problems: Problem[] = []
  let catalog = start
  for (const { text, path, transaction } of migrations) {
    const script = parseScript(text, path)
    problems.push(...script.problems)
    const options = { transaction, catalog, serverVersion: config.serverVersion }
    catalog = walk(script.statements, options).catalog
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: catalog }
}

/** The plan with what the shadow has shown of it; null where the proof failed, which is said. */
async function prove(
  made: Plan,
  source: PlanSource,
  targetUrl: string | null,
  options: PlanCommandOptions,
  terminal: Terminal,
): Promise<Result<Plan | null>> {
  terminal.err(`proving ${made.id} on a shadow server …\n`)
  const proved = await proveOnShadow(made, source, {
    shadowUrl: options.shadowUrl ?? null,
    targetUrl,
    rowsFile: options.rows ?? null,
  })
  if (!proved.ok) return proved
  const { proof, observations } = proved.value
  terminal.err(proofPretty(proof, terminal.errColored))
  const good = proof.verdict === 'proved' || proof.verdict === 'schema-only'
  return { ok: true, value: good ? withObservations(made, observations) : null }
}

function present(plan: Plan, config: Config, options: PlanCommandOptions, terminal: Terminal): void {
  if (options.emit !== undefined) {
    const folder = options.out ?? join(config.plans, `${plan.id}-${options.emit}`)
    const files = [...emitPlan(plan, options.emit), { path: 'plan.json', text: writePlan(plan) }]
    for (const { path, text } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    terminal.out(
      `${folder}: ${counted(files.length, 'file')} for ${options.emit}, beginning with README.md\n`,
    )
    return
  }
  if (options.format !== undefined && options.out === undefined) {
    terminal.out(rendered(plan, options.format))
    return
  }
  const path = options.out ?? join(config.plans, `${plan.id}.json`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, rendered(plan, options.format ?? 'json'))
  const steps = plan.stages.flatMap(({ phases }) => phases.flatMap((phase) => phase.steps))
  const gates = steps.filter(({ kind }) => kind === 'gate').length
  const parts = [
    counted(plan.sources.length, 'migration'),
    counted(steps.length - gates, 'step'),
    counted(plan.stages.length, 'stage'),
    counted(gates, 'gate'),
  ]
  terminal.out(`${path}: ${parts.join(', ')}\n`)
}

function rendered(plan: Plan, format: 'json' | 'sql' | 'markdown'): string {
  switch (format) {
    case 'json':
      return writePlan(plan)
    case 'sql':
      return planSql(plan)
    case 'markdown':
      return planMarkdown(plan)
  }
}
