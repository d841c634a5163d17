/** Where a table of green stands now: at its name, or aside, while a landing table has the name. */
import type { Session } from '../database/session.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { asideSchema } from './names.ts'
import type { RunDetail } from './run-store.ts'
import { readShapes, type TableShape } from './table-shape.ts'

export interface Placed {
  /** As SQL finds it. */
  readonly relation: string
  readonly aside: boolean
  readonly shape: TableShape
}

/** By the name at which each belongs. */
export async function placedTables(
  green: Session,
  schemas: readonly string[],
  aside: NonNullable<RunDetail['aside']>,
): Promise<ReadonlyMap<string, Placed>> {
  const placed = new Map<string, Placed>()
  for (const shape of await readShapes(green, schemas)) {
    placed.set(shape.table, { relation: shape.table, aside: false, shape })
  }
  for (const shape of await readShapes(green, [asideSchema])) {
    const home = aside.find(({ name }) => name === shape.name)
    if (home !== undefined) placed.set(formatRelation(home), { relation: shape.table, aside: true, shape })
  }
  return placed
}
