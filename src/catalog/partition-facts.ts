/** What is known of partitions beyond their own snapshots. */
import type { QualifiedName, RelationName } from '../postgres/relation-name.ts'
import { constantsIn } from '../sql/object-facts.ts'
import type { Answer, Catalog } from './catalog.ts'
import { defaultPartitionOf } from './state.ts'

/** The default partition of a table; null: it has none that is known. */
export function defaultPartition(catalog: Catalog, parent: RelationName): QualifiedName | null {
  const found = defaultPartitionOf(catalog, parent)
  return typeof found === 'string' ? null : found
}

/**
 * Does a validated CHECK spare ATTACH PARTITION (`sql`) the scan of the table? Whether it implies the bounds is the
 * server's own proof; one over columns without NULL that names every bound is taken for it.
 * https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
 */
export function provesBounds(catalog: Catalog, table: RelationName, sql: string): Answer {
  const known = catalog.table(table)
  if (typeof known !== 'object') return 'unknown'
  const checks = known.constraints.filter(({ kind, validated }) => kind === 'check' && validated)
  if (checks.length === 0) return 'no'
  const bounds = [...constantsIn(sql)]
  const isProof = checks.some(({ columns, definition }) => {
    const named = constantsIn(`ALTER TABLE t ADD ${definition}`)
    const isFilled = columns.every((column) => catalog.isProvedNotNull(table, column) === 'yes')
    return bounds.length > 0 && isFilled && bounds.every((bound) => named.has(bound))
  })
  return isProof ? 'yes' : 'unknown'
}
