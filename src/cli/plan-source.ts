/** What `plan` and `prove` work on: one history of migrations, in one folder or in several, cut into those applied and those pending. */
import { readFileSync } from 'node:fs'
import type { Config } from '../model/config.ts'
import type { Migration } from '../model/migration.ts'
import type { Plan } from '../model/plan.ts'
import type { Problem, Result } from '../model/problem.ts'
import { splitPending } from '../source/pending.ts'
import { readMigrations } from '../source/read-migrations.ts'
import { failure } from './failure.ts'
import { isWanted, withTransactions } from './path-overrides.ts'
import { propertyOf } from './property-of.ts'
import { historyOf, readSources, type SourceFolder } from './read-sources.ts'
import { readText } from './read-text.ts'

export interface PlanSource {
  /** The last named: the one that goes on where the others end. */
  readonly folder: string
  /** All folders that hold the history, as they were named. */
  readonly folders: readonly string[]
  readonly from: Plan['base']['from']
  readonly base: readonly Migration[]
  /** Empty: everything is applied. */
  readonly pending: readonly Migration[]
  /** Versions said to be applied that no file bears. */
  readonly unknown: readonly string[]
}

/** Who says what is applied already. */
export type Base =
  | { readonly from: 'nothing' }
  | { readonly from: 'through'; readonly version: string }
  | { readonly from: 'applied-file'; readonly versions: readonly string[] }
  | { readonly from: 'database'; readonly versions: readonly string[] }

export function readPlanSource(
  paths: readonly string[],
  config: Config,
  layout: string | null,
  base: Base,
): Result<PlanSource> {
  const asked = paths.length > 0 ? paths : config.migrations
  const folders = readSources(asked, process.cwd(), (path) => isWanted(config, path))
  if (!folders.ok) return folders
  const unreadable = folders.value.flatMap((one) => one.unreadable).flatMap(({ problems }) => problems)
  if (unreadable.length > 0) return { ok: false, problems: unreadable }
  if (folders.value.length > asked.length) {
    const names = folders.value.map((one) => one.folder).join(', ')
    return failure(
      'several-folders',
      `A plan is for one history of migrations, these may be several: ${names}`,
      'Name the folder, or each folder of the one history in its order.',
    )
  }
  const folder = folders.value.at(-1)?.folder ?? '.'
  const files = folders.value.flatMap((one) => one.files)
  const read = readMigrations(files, {
    layout: layout ?? config.layout,
    transaction: config.transaction,
  })
  if (!read.ok) return read
  const split = splitPending(withTransactions(read.value.up, config), toApplied(base))
  if (!split.ok) return split
  return {
    ok: true,
    value: {
      folder,
      folders: folders.value.map((one) => one.folder),
      from: base.from,
      base: split.value.base,
      pending: onlyNamed(split.value.pending, folders.value),
      unknown: split.value.unknown,
    },
  }
}

function toApplied(base: Base): Parameters<typeof splitPending>[1] {
  switch (base.from) {
    case 'nothing':
      return { applied: [] }
    case 'through':
      return { through: base.version }
    case 'applied-file':
    case 'database':
      return { applied: base.versions }
  }
}

function onlyNamed(pending: readonly Migration[], folders: readonly SourceFolder[]): readonly Migration[] {
  const files = folders.flatMap(({ files, named }) =>
    named === null ? files.map(({ path }) => path) : [...named],
  )
  const wanted = new Set(files)
  return pending.filter(({ path }) => wanted.has(path))
}

/** One version a line; blank lines and lines that begin with `#` say nothing. */
export function readAppliedFile(path: string): Result<readonly string[]> {
  const text = readText(path)
  if (!text.ok) return text
  const versions = text.value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  return { ok: true, value: versions }
}

/** The migrations a plan was made from, as they stand now; a file that changed or is gone is a problem each. */
export function readSourcesOfPlan(plan: Plan, config: Config): Result<PlanSource> {
  const [first] = plan.sources
  if (first === undefined)
    return failure('plan-without-sources', `Plan ${plan.id} names no source file`, null)
  const base: Base = { from: 'applied-file', versions: plan.base.versions }
  const folders = plan.base.folders ?? [historyOf(first.path, process.cwd())]
  const source = readPlanSource(folders, config, null, base)
  if (!source.ok) return source
  const problems = plan.sources.flatMap((wanted) => sourceProblems(plan, wanted, source.value.pending))
  if (problems.length > 0) return { ok: false, problems }
  const versions = new Set(plan.sources.map(({ version }) => version))
  const pending = source.value.pending.filter(({ version }) => versions.has(version))
  return { ok: true, value: { ...source.value, from: plan.base.from, pending } }
}

function sourceProblems(
  plan: Plan,
  wanted: Plan['sources'][number],
  pending: readonly Migration[],
): readonly Problem[] {
  const found = pending.find(({ version }) => version === wanted.version)
  const hint = `Make the plan anew (migrate plan), or bring back the file that plan ${plan.id} was made from.`
  if (found === undefined) return failure('source-missing', `${wanted.path} is gone`, hint).problems
  if (found.sha256 === wanted.sha256) return []
  return failure('source-changed', `${wanted.path} has changed since the plan was made`, hint).problems
}

export function readPlanText(path: string): Result<string> {
  try {
    return { ok: true, value: readFileSync(path, 'utf8') }
  } catch (error) {
    if (propertyOf(error, 'code') === 'ENOENT') {
      return failure('plan-not-found', `There is no plan ${path}`, 'migrate plan makes one.')
    }
    const reason = error instanceof Error ? error.message : String(error)
    return failure('plan-unreadable', `${path} cannot be read: ${reason}`, 'Name a plan file.')
  }
}
