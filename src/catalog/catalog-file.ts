/** The catalog of a database as a file: the same database always gives the same bytes, and a diff of two is read by people. */
import { catalogFile, type CatalogFile } from '../model/catalog-file.ts'
import type { CatalogSnapshot, ObjectSnapshot } from '../model/catalog.ts'
import { lineAndColumn, offsetOfJsonPath } from '../model/json-position.ts'
import { parseEach } from '../model/parse.ts'
import type { Position } from '../model/position.ts'
import { fail, type Result } from '../model/problem.ts'
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

const makeAgain = 'Write it again: migrate catalog --out FILE.'

/**
 * Reads what `writeCatalogFile` wrote. Problems: `catalog-not-json`, `catalog-unknown-format`, `catalog-invalid` (one for
 * each place that does not fit the schema).
 */
export function readCatalogFile(text: string, path: string): Result<CatalogFile> {
  const json = parseJson(text, path)
  if (!json.ok) return json
  if (formatOf(json.value) !== 1) {
    return fail(
      'catalog-unknown-format',
      `${path} is not a catalog of format 1, the only one that this version of lockstep reads`,
      makeAgain,
      placeAt(text, path, offsetOfJsonPath(text, ['formatVersion'])),
    )
  }
  const parsed = parseEach(catalogFile, json.value)
  if (parsed.ok) return parsed
  const problems = parsed.issues.map(({ message, path: place }) => ({
    code: 'catalog-invalid',
    message,
    hint: makeAgain,
    ...placeAt(text, path, offsetOfJsonPath(text, place)),
  }))
  return { ok: false, problems }
}

function parseJson(text: string, path: string): Result<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // V8 says `… in JSON at position 12 …` for most mistakes, but not for all of them.
    const said = /at position (\d+)/.exec(error.message)?.[1]
    const place = said === undefined ? undefined : placeAt(text, path, Number(said))
    return fail('catalog-not-json', `${path} is not JSON: ${error.message}`, makeAgain, place)
  }
}

function formatOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'formatVersion' in json ? json.formatVersion : null
}

/** A line may hold a whole table: more than a terminal's width of it helps nobody. */
const longestExcerpt = 160

function placeAt(text: string, path: string, offset: number): { position: Position; excerpt: string | null } {
  const { line, column } = lineAndColumn(text, offset)
  const whole = text.split('\n')[line - 1] ?? ''
  return {
    position: { path, line, column, endLine: line, endColumn: column + 1 },
    excerpt: whole.length > longestExcerpt ? null : whole,
  }
}
