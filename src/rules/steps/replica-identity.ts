import type { ReplicaIdentity, TableSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'

export function isReplicaIdentity({ replicaIdentity: now }: TableSnapshot, index: string | null): boolean {
  return now.kind === 'index' && now.index !== null && now.index === index
}

/**
 * What comes after ALTER TABLE name. To have an index that is gone is to have none
 * (https://www.postgresql.org/docs/current/catalog-pg-class.html, relreplident).
 */
export function replicaIdentityClause(identity: ReplicaIdentity): string {
  if (identity.kind !== 'index') return `REPLICA IDENTITY ${identity.kind.toUpperCase()}`
  return identity.index === null
    ? 'REPLICA IDENTITY NOTHING'
    : `REPLICA IDENTITY USING INDEX ${quoteIdentifier(identity.index)}`
}

/** For the way back of a step that drops the index: nothing where the index is not the table's replica identity. */
export function restoredIdentity(table: TableSnapshot, index: string | null): readonly string[] {
  return isReplicaIdentity(table, index)
    ? [generated(`ALTER TABLE ${formatRelation(table)} ${replicaIdentityClause(table.replicaIdentity)}`)]
    : []
}
