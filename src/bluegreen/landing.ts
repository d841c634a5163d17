/** Tables of blue's shape on green, into which changes arrive whose rows go to other tables. */
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { landingSchema } from './names.ts'
import type { TableShape } from './table-shape.ts'

export function landingTable({ name }: TableShape): string {
  return formatRelation({ schema: landingSchema, name })
}

/** Empty, in the landing schema. Types are those of blue, and must be on green. */
export function createLandingSql(shape: TableShape): string {
  const columns = shape.columns
    .filter(({ generated }) => !generated)
    .map(({ name, type }) => `${quoteIdentifier(name)} ${type}`)
  const isFull = shape.replicaIdentity === 'f'
  const key = isFull ? [] : [`PRIMARY KEY (${(shape.identity ?? []).map(quoteIdentifier).join(', ')})`]
  const table = landingTable(shape)
  const full = isFull ? ` ALTER TABLE ${table} REPLICA IDENTITY FULL;` : ''
  return `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (${[...columns, ...key].join(', ')});${full}`
}

/** What blue's queries can rely on, those of the transforms can. */
export function indexLandingSql(shape: TableShape): string {
  const stored = new Set(shape.columns.filter(({ generated }) => !generated).map(({ name }) => name))
  return shape.indexes
    .filter((columns) => columns.every((column) => stored.has(column)))
    .filter((columns) => columns.join('\0') !== (shape.identity ?? []).join('\0'))
    .map((columns) => `CREATE INDEX ON ${landingTable(shape)} (${columns.map(quoteIdentifier).join(', ')});`)
    .join('\n')
}
