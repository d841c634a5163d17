/** Generated rows as the SQL to come can bear them. */
import type { CatalogSnapshot } from '../model/catalog.ts'
import { readCatalog } from '../database/read-catalog.ts'
import type { Session } from '../database/session.ts'
import { generateRows, type GeneratedRows } from './generate-rows.ts'
import type { SourceSql } from './run-sources.ts'
import { hold, referencesToCome, type Rehearsal, type Taming } from './taming.ts'

export interface TamedRows {
  readonly rowsPerTable: number
  readonly seed: number
  readonly taming: Taming
  /** What will run on the rows. */
  readonly pending: readonly SourceSql[]
  /** The schema that is to be filled, and what `pending` makes of it. */
  readonly base: CatalogSnapshot
  readonly end: Rehearsal
  /** Tables (`formatRelation`) that get one row only. */
  readonly oneRow: ReadonlySet<string>
}

/** Fills every table, with the demands of the taming in force meanwhile, and gathers statistics. */
export async function makeTamedRows(session: Session, rows: TamedRows): Promise<GeneratedRows> {
  const { taming } = rows
  const release = await hold(session, taming.demands)
  const generated = await generateRows(session, await readCatalog(session), {
    rowsPerTable: rows.rowsPerTable,
    seed: rows.seed,
    sqlToCome: rows.pending.map(({ text }) => text),
    softReferences: referencesToCome(rows.base, rows.end.catalog),
    columnsToCome: taming.columnsToCome,
    keysOnly: taming.keysOnly,
    documents: taming.documents,
    children: taming.children,
    extremes: taming.extremes,
    leaveEmpty: taming.leaveEmpty,
    oneRow: rows.oneRow,
  })
  await release()
  await session.execute('ANALYZE')
  return generated
}
