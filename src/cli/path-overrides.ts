/** What the config says of some paths and not of others: `include`, `exclude` and `overrides`. */
import type { Config } from '../model/config.ts'
import type { Severity } from '../model/finding.ts'
import type { TransactionMode } from '../model/migration.ts'
import { matchesGlob } from './path-glob.ts'

type Severities = Readonly<Record<string, Severity | 'off'>>

const matchesOne = (path: string, patterns: readonly string[]) =>
  patterns.some((pattern) => matchesGlob(path, pattern))

/** Is a file one of the migrations at all? */
export function isWanted(config: Pick<Config, 'include' | 'exclude'>, path: string): boolean {
  return matchesOne(path, config.include) && !matchesOne(path, config.exclude)
}

/** The rules' severities for a path, the last override that names a rule counting; one object for one set of overrides. */
export function severitiesByPath(config: Pick<Config, 'rules' | 'overrides'>): (path: string) => Severities {
  const known = new Map<string, Severities>()
  return (path) => {
    const numbers = config.overrides.flatMap(({ files }, at) => (matchesOne(path, files) ? [at] : []))
    const key = numbers.join()
    const severities =
      known.get(key) ??
      Object.assign({}, config.rules, ...numbers.map((at) => config.overrides[at]?.rules ?? {}))
    known.set(key, severities)
    return severities
  }
}

/** Migrations with the transaction that the last override of their path says; the others as they are. */
export function withTransactions<M extends { readonly path: string; readonly transaction: TransactionMode }>(
  migrations: readonly M[],
  config: Pick<Config, 'overrides'>,
): readonly M[] {
  if (config.overrides.length === 0) return migrations
  return migrations.map((migration) => {
    const said = config.overrides.findLast(
      ({ files, transaction }) => transaction !== undefined && matchesOne(migration.path, files),
    )
    return said?.transaction === undefined ? migration : { ...migration, transaction: said.transaction }
  })
}
