import { readCatalog } from '../../src/database/read-catalog.ts'
import type { Session } from '../../src/database/session.ts'
import type { CatalogSnapshot } from '../../src/model/catalog.ts'
import { describeDatabase } from './describe-database.ts'
import { relationsOf } from './measure-statement.ts'
import { readRows, type Rows } from './volatile-rows.ts'

export interface DatabaseState {
  readonly catalog: CatalogSnapshot
  readonly described: readonly string[]
  readonly rows: Rows
}

/** Schema by our own reader and by an independent one, without the order of columns, and every row of every table. */
export async function stateOf(session: Session): Promise<DatabaseState> {
  const catalog = await readCatalog(session)
  const tables = catalog.tables.map((table) => ({
    ...table,
    estimatedRows: null,
    columns: [...table.columns].sort((one, other) => (one.name < other.name ? -1 : 1)),
  }))
  // The journal is ours, not the database's.
  const names = (await relationsOf(session))
    .filter(({ name, kind }) => kind === 'r' && !name.startsWith('lockstep.'))
    .map(({ name }) => name)
  const rows = await readRows(session, names)
  const described = await describeDatabase((sql) => session.query(sql), { columnOrder: false })
  return { catalog: { ...catalog, tables }, described, rows }
}
