/** What the recipes share that go through a partitioned table partition by partition. */
import type { Catalog } from '../../catalog/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { undoSql, type StepSketch } from './step-sketch.ts'

/** Null: all partitions of the table are known. */
export function partitionsUnknown(table: RelationName, catalog: Catalog): { readonly cannot: string } | null {
  if (catalog.complete) return null
  return {
    cannot: `Which partitions ${formatRelation(catalog.resolve(table))} has is not known for sure: give the earlier migrations too, or a database to read the catalog from.`,
  }
}

/** The way back of a constraint which that of the whole table may have taken along already. */
export function dropIfThere(table: QualifiedName, constraint: string): StepSketch['undo'] {
  return undoSql(
    generated(
      `ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(constraint)}`,
    ),
  )
}
