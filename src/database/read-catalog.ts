import type { CatalogSnapshot, ConstraintSnapshot, ObjectSnapshot, TableSnapshot } from '../model/catalog.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { objectQuery } from './object-query.ts'
import type { Session } from './session.ts'
import { readServerFacts } from './server-facts.ts'
import { sizeQuery } from './size-query.ts'
import { tableQuery } from './table-query.ts'

export interface ReadCatalogOptions {
  /** Only these; the snapshot is then not `complete`. Default: every schema but PostgreSQL's and lockstep's own. */
  readonly schemas?: readonly string[]
  /**
   * Also how large the tables are, which asks for ACCESS SHARE on each: behind somebody's ACCESS EXCLUSIVE that waits, as
   * long as the session's `lock_timeout` lets it. Default false: `tableBytes` and `indexBytes` are null.
   */
  readonly sizes?: boolean
}

/**
 * What the database holds, the same on 14 to 18 for the same DDL, in the order of names (C collation; columns in their
 * own order). Every name inside a definition is schema-qualified, whatever the session's search path. Takes no lock
 * beyond those of a SELECT on the catalogs, unless sizes are asked for. Inside a transaction or outside.
 */
export async function readCatalog(
  session: Session,
  options: ReadCatalogOptions = {},
): Promise<CatalogSnapshot> {
  const schemas = options.schemas ?? null
  const [path] = await session.query<{ text: string; resolved: string[] }>(
    `SELECT current_setting('search_path') AS text, current_schemas(false) AS resolved`,
  )
  if (path === undefined) throw new Error('current_schemas() returned no row')
  // pg_get_viewdef and its kin leave out a schema that the search path finds: with an empty one they never do.
  await setSearchPath(session, '')
  try {
    const tables = await session.query<TableSnapshot>(tableQuery, [schemas])
    const objects = await session.query<ObjectSnapshot>(objectQuery(session.serverVersionNum), [schemas])
    const sizes = options.sizes === true ? await session.query<TableSize>(sizeQuery, [schemas]) : []
    const sizeOf = new Map(sizes.map(({ schema, name, ...size }) => [formatRelation({ schema, name }), size]))
    return {
      origin: 'database',
      complete: schemas === null,
      serverMajor: Math.floor(session.serverVersionNum / 10_000),
      searchPath: [...path.resolved],
      tables: tables.map((table) => ({
        ...table,
        ...sizeOf.get(formatRelation(table)),
        constraints: table.constraints.map((constraint) => withoutNotValid(constraint)),
      })),
      objects: [...objects],
      server: await readServerFacts(session),
    }
  } finally {
    // In a transaction that has failed, its end puts the setting back.
    await setSearchPath(session, path.text).catch(() => undefined)
  }
}

type TableSize = Pick<TableSnapshot, 'schema' | 'name' | 'estimatedRows' | 'tableBytes' | 'indexBytes'>

async function setSearchPath(session: Session, path: string): Promise<void> {
  await session.query(`SELECT set_config('search_path', $1, false)`, [path])
}

const notValid = ' NOT VALID'

/**
 * `validated` says it already, and a validated constraint must not look like another one. No function gives the
 * definition without these words, but they are always its very end (ruleutils.c, pg_get_constraintdef_worker).
 */
function withoutNotValid(constraint: ConstraintSnapshot): ConstraintSnapshot {
  if (constraint.validated || !constraint.definition.endsWith(notValid)) return constraint
  return { ...constraint, definition: constraint.definition.slice(0, -notValid.length) }
}
