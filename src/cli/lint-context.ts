/** What `lint` knows of the database that the migrations are for: nothing, a dump, a snapshot file, or the database itself. */
import { catalogOf, emptyCatalog } from '../catalog/replay.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { dumpedCatalog } from '../lint/dumped-catalog.ts'
import type { SizeOptions } from '../lint/sized-finding.ts'
import type { CatalogFile } from '../model/catalog-file.ts'
import type { Config } from '../model/config.ts'
import type { Result } from '../model/problem.ts'
import type { Base } from '../source/pending.ts'
import { databaseUrl } from './database-url.ts'
import { readAppliedFile } from './plan-source.ts'
import { readText } from './read-text.ts'

export interface ContextOptions {
  /** A schema-only dump. */
  readonly schema?: string
  /** What `migrate catalog` wrote. */
  readonly catalog?: string
  /** True: the flag without a URL, which DATABASE_URL and the PG* variables then give. */
  readonly databaseUrl?: string | true
  /** Migrations up to this version are applied. */
  readonly through?: string
  /** A file with the applied versions, one a line. */
  readonly applied?: string
  readonly layout?: string
}

export interface LintContext {
  /** As it is before the first migration that is linted, or that `base` makes it of. */
  readonly catalog: Catalog
  /** Which migrations are applied; null where nobody has said. */
  readonly base: Base | null
  /** Is in `catalog` what the applied migrations have made? */
  readonly hasBase: boolean
  readonly serverVersion: { readonly min: number; readonly max: number }
  /** Null: nobody has said how large the tables are. */
  readonly sizes: SizeOptions | null
}

/** At most one of `schema`, `catalog` and `databaseUrl` is given. Connects for `databaseUrl` alone. */
export async function lintContext(options: ContextOptions, config: Config): Promise<Result<LintContext>> {
  const base = saidBase(options)
  if (!base.ok) return base
  const context = await knownContext(options, config)
  return context.ok && base.value !== null
    ? { ok: true, value: { ...context.value, base: base.value } }
    : context
}

async function knownContext(options: ContextOptions, config: Config): Promise<Result<LintContext>> {
  if (options.databaseUrl !== undefined) {
    const read = await readDatabase(options.databaseUrl, options.layout ?? null, config)
    return read.ok ? { ok: true, value: contextOf(read.value, config) } : read
  }
  if (options.catalog !== undefined) {
    const text = readText(options.catalog)
    if (!text.ok) return text
    const { readCatalogFile } = await import('../catalog/catalog-file.ts')
    const read = readCatalogFile(text.value, options.catalog)
    return read.ok ? { ok: true, value: contextOf(read.value, config) } : read
  }
  const catalog =
    options.schema === undefined ? unknownCatalog(config) : catalogOfDump(options.schema, config)
  if (!catalog.ok) return catalog
  const { serverVersion } = config
  const hasBase = options.schema !== undefined
  return { ok: true, value: { catalog: catalog.value, base: null, hasBase, serverVersion, sizes: null } }
}

/** Null: nobody has said; a database, or its snapshot, knows by itself. */
function saidBase({ through, applied }: ContextOptions): Result<Base | null> {
  if (through !== undefined) return { ok: true, value: { through } }
  if (applied === undefined) return { ok: true, value: null }
  const versions = readAppliedFile(applied)
  return versions.ok ? { ok: true, value: { applied: versions.value } } : versions
}

async function readDatabase(
  url: string | true,
  layout: string | null,
  config: Config,
): Promise<Result<CatalogFile>> {
  const named = databaseUrl(url === true ? process.env['DATABASE_URL'] : url, process.env)
  if (!named.ok) return named
  const { readDatabaseCatalog } = await import('./database-catalog.ts')
  return readDatabaseCatalog(named.value, 'lockstep lint', layout, config)
}

/** The server that was asked is the one that the statements meet, whatever the config reckons with. */
function contextOf({ applied, catalog }: CatalogFile, config: Config): LintContext {
  const { serverMajor } = catalog
  return {
    catalog: catalogOf({ ...catalog, searchPath: config.searchPath }),
    base: { applied },
    hasBase: true,
    sizes: { smallTableRows: config.smallTableRows, rates: config.rates },
    serverVersion: serverMajor === null ? config.serverVersion : { min: serverMajor, max: serverMajor },
  }
}

/** Nothing is known, so that anything may exist. */
function unknownCatalog({ searchPath }: Config): Result<Catalog> {
  return { ok: true, value: emptyCatalog({ complete: false, searchPath }) }
}

function catalogOfDump(path: string, config: Config): Result<Catalog> {
  const text = readText(path)
  return text.ok ? dumpedCatalog(text.value, path, config) : text
}
