import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { writeCatalogFile } from '../catalog/catalog-file.ts'
import { counted } from '../report/counted.ts'
import { trouble } from './apply.ts'
import { readDatabaseCatalog } from './database-catalog.ts'
import { databaseUrl } from './database-url.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { loadConfig } from './load-config.ts'
import type { Terminal } from './terminal.ts'

interface CatalogOptions {
  readonly databaseUrl?: string
  readonly out?: string
  readonly layout?: string
  readonly config?: string
}

/** Writes what `lint --catalog` reads: to `--out`, else to stdout. */
export async function catalog(options: CatalogOptions, terminal: Terminal): Promise<ExitCode> {
  const config = await loadConfig(process.cwd(), options.config ?? null)
  if (!config.ok) return trouble(config.problems, terminal)
  const url = databaseUrl(options.databaseUrl, process.env)
  if (!url.ok) return trouble(url.problems, terminal)
  const read = await readDatabaseCatalog(url.value, 'lockstep catalog', options.layout ?? null, config.value)
  if (!read.ok) return trouble(read.problems, terminal)
  const text = writeCatalogFile(read.value)
  if (options.out === undefined) {
    terminal.out(text)
    return exitCode.done
  }
  mkdirSync(dirname(options.out), { recursive: true })
  writeFileSync(options.out, text)
  const { tables, serverMajor } = read.value.catalog
  terminal.out(`${options.out}: ${counted(tables.length, 'relation')} of PostgreSQL ${serverMajor ?? ''}\n`)
  return exitCode.done
}
