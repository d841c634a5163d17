import type { CatalogSnapshot, TableSnapshot } from '../../src/model/catalog.ts'

/** What both can tell. A view's columns are its query's, which a replay does not work out. */
export function comparable(snapshot: CatalogSnapshot): object {
  const tables = snapshot.tables.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
  return Object.fromEntries(tables.map((table) => [nameOf(table), comparableTable(table)]))
}

function nameOf(table: { readonly schema: string; readonly name: string }): string {
  return `${table.schema}.${table.name}`
}

function comparableTable(table: TableSnapshot): object {
  const excluding = new Set(
    table.constraints.filter(({ kind }) => kind === 'exclude').map(({ index }) => index),
  )
  const isView = table.kind === 'view' || table.kind === 'materialized-view'
  return {
    kind: table.kind,
    partitionOf: table.partitionOf === null ? null : nameOf(table.partitionOf),
    columns: isView
      ? []
      : table.columns.map((one) =>
          [
            one.name,
            one.type,
            one.notNull ? 'not null' : '',
            one.default === null ? '' : 'default',
            one.generated === null ? '' : 'generated',
            one.identity ?? '',
            one.collation ?? '',
          ].join('|'),
        ),
    constraints: table.constraints
      .filter(({ kind }) => kind !== 'not-null')
      .map((one) =>
        [
          one.name,
          one.kind,
          // PostgreSQL lists the columns of a CHECK by number, and those of EXCLUDE a replay does not know.
          one.kind === 'check' ? one.columns.toSorted().join(',') : '',
          one.kind === 'check' || one.kind === 'exclude' ? '' : one.columns.join(','),
          one.validated ? 'validated' : '',
          one.references === null ? '' : `${nameOf(one.references)}(${one.references.columns.join(',')})`,
          one.index ?? '',
        ].join('|'),
      )
      .sort(),
    indexes: table.indexes
      .map((one) =>
        [
          one.name,
          one.unique ? 'unique' : '',
          one.valid ? 'valid' : '',
          one.method,
          excluding.has(one.name) ? '' : one.columns.map((column) => column ?? '(…)').join(','),
          one.include.join(','),
          one.partial ? 'partial' : '',
        ].join('|'),
      )
      .sort(),
    triggers: table.triggers,
    replicaIdentity: table.replicaIdentity,
  }
}
