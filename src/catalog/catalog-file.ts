/** The catalog of a database as a file: the same database always gives the same bytes, and a diff of two is read by people. */
import { catalogFile, type CatalogFile } from '../model/catalog-file.ts'
import type { CatalogSnapshot, ObjectSnapshot } from '../model/catalog.ts'
import { readJsonFile } from '../model/json-file.ts'
import type { Result } from '../model/problem.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'

/**
 * Kinds of objects that no judgement of a statement needs, and that speak of people, hosts and rights: roles, the options
 * of foreign servers, and what somebody wrote in a comment.
 */
const privateKinds: ReadonlySet<string> = new Set([
  'comment',
  'default-privileges',
  'foreign-server',
  'owner',
  'privilege',
  'security-label',
])

/**
 * What of a database may leave it: definitions and sizes. Without the kinds above, and without the options of foreign
 * tables and of their columns, among which are names of hosts and files.
 */
export function withoutPrivate(snapshot: CatalogSnapshot): CatalogSnapshot {
  const foreign = snapshot.tables.filter(({ kind }) => kind === 'foreign-table')
  const names = new Set(foreign.map((table) => formatRelation(table)))
  const columns = new Set(
    foreign.flatMap((table) =>
      table.columns.map(({ name }) => `${formatRelation(table)}.${quoteIdentifier(name)}`),
    ),
  )
  const isPrivate = ({ kind, identity }: ObjectSnapshot): boolean =>
    privateKinds.has(kind) ||
    (kind === 'relation' && names.has(identity)) ||
    (kind === 'column' && columns.has(identity))
  return { ...snapshot, objects: snapshot.objects.filter((object) => !isPrivate(object)) }
}

/** JSON with a line for each table and each object, in their order; a line feed at the end. */
export function writeCatalogFile({ applied, catalog }: CatalogFile): string {
  const { tables, objects, ...head } = catalog
  const facts = Object.entries(head).map(
    ([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)},`,
  )
  return [
    '{',
    '  "formatVersion": 1,',
    `  "applied": ${lines(applied, '  ')},`,
    '  "catalog": {',
    ...facts,
    `    "tables": ${lines(tables, '    ')},`,
    `    "objects": ${lines(objects, '    ')}`,
    '  }',
    '}',
    '',
  ].join('\n')
}

function lines(items: readonly unknown[], indent: string): string {
  if (items.length === 0) return '[]'
  return `[\n${items.map((item) => `${indent}  ${JSON.stringify(item)}`).join(',\n')}\n${indent}]`
}

/**
 * Reads what `writeCatalogFile` wrote. Problems: `catalog-not-json`, `catalog-unknown-format`, `catalog-invalid` (one for
 * each place that does not fit the schema).
 */
export function readCatalogFile(text: string, path: string): Result<CatalogFile> {
  const hint = 'Write it again: migrate catalog --out FILE.'
  return readJsonFile(catalogFile, text, path, { noun: 'catalog', formatVersion: 1, hint })
}
