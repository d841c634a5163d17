/** The file of a blue-green run, and the migrations that it names. */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import type { GreenMigration } from '../bluegreen/migrate-green.ts'
import { bluegreenFile, type BluegreenFile } from '../model/bluegreen.ts'
import { configDefaults } from '../model/config-defaults.ts'
import { readJsonFile } from '../model/json-file.ts'
import type { Migration } from '../model/migration.ts'
import { parseWith } from '../model/parse.ts'
import type { Problem, Result } from '../model/problem.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { historyRowOf } from '../source/history.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { failure } from './failure.ts'
import { readPlanSource, type Base } from './plan-source.ts'
import { propertyOf } from './property-of.ts'

const hint = 'Every key is described in docs/bluegreen.md.'

/** JSON, or a module whose default export it is. */
export async function readBluegreenFile(path: string): Promise<Result<BluegreenFile>> {
  if (!path.endsWith('.json')) return readModule(path)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return failure(
      'bluegreen-file-not-found',
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'Name the file of the run; docs/bluegreen.md says what is in it.',
    )
  }
  return readJsonFile(bluegreenFile, text, path, { noun: 'bluegreen-file', formatVersion: 1, hint })
}

async function readModule(path: string): Promise<Result<BluegreenFile>> {
  try {
    const module: unknown = await import(pathToFileURL(resolve(path)).href)
    return parseWith(bluegreenFile, propertyOf(module, 'default'), {
      code: 'bluegreen-file-invalid',
      what: `${path} does not say what a blue-green run is`,
      hint,
    })
  } catch (error) {
    return failure('bluegreen-file-broken', `${path} cannot be loaded: ${String(error)}`, 'Mend the file.')
  }
}

/** Blue's own history, where green's schema is made by it. */
export function historyMigrations({ schema }: BluegreenFile): Promise<Result<readonly GreenMigration[]>> {
  if (schema.from !== 'migrations') return Promise.resolve({ ok: true, value: [] })
  return readGreenMigrations(schema, { from: 'through', version: schema.through }, 'base')
}

/** What green is to have beyond blue. */
export function pendingMigrations({ migrations }: BluegreenFile): Promise<Result<readonly GreenMigration[]>> {
  if (migrations === null) return Promise.resolve({ ok: true, value: [] })
  const { after } = migrations
  const base: Base = after === null ? { from: 'nothing' } : { from: 'through', version: after }
  return readGreenMigrations(migrations, base, 'pending')
}

async function readGreenMigrations(
  { paths, layout }: { readonly paths: readonly string[]; readonly layout: string | null },
  base: Base,
  part: 'base' | 'pending',
): Promise<Result<readonly GreenMigration[]>> {
  const source = readPlanSource(paths, configDefaults, layout, base)
  if (!source.ok) return source
  await loadParser()
  const problems: Problem[] = []
  const migrations = source.value[part].map((migration) => {
    const script = parseScript(migration.text, migration.path)
    problems.push(...script.problems)
    return { ...sqlOf(migration), statements: script.statements.map(({ text }) => text) }
  })
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: migrations }
}

function sqlOf(migration: Migration): Omit<GreenMigration, 'statements'> {
  const { version, path, text, transaction } = migration
  const row = historyRowOf(migration)
  const history = row === null ? null : { table: formatRelation(row.table), row: row.row }
  return { version, path, text, transaction, history }
}
