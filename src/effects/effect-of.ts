/**
 * What PostgreSQL does for an action: locks, and work that grows with a table. Measured on 14 to 18 and measured again by
 * test/effects.postgres.test.ts; over a range of server versions it is the worst of them.
 */
import type { Catalog } from '../catalog/catalog.ts'
import type { Effect } from '../model/effect.ts'
import type { Action } from '../model/statement.ts'
import { alone, withoutHeirs } from '../catalog/state.ts'
import { isOnly } from '../sql/statement-facts.ts'
import { columnEffect } from './column-effect.ts'
import { addConstraintEffect, dropConstraintEffect, validateConstraintEffect } from './constraint-effect.ts'
import { draftEffect } from './draft.ts'
import { createIndexEffect, dropIndexEffect, reindexEffect, renameIndexEffect } from './index-effect.ts'
import { commentEffect, otherEffect } from './other-effect.ts'
import type { Setting } from './relatives.ts'
import { rowsEffect } from './rows-effect.ts'
import { tableEffect } from './table-effect.ts'

/** `catalog`: as it is just before the action. Locks and work on tables created since the batch began do not count. */
export function effectOf(
  action: Action,
  catalog: Catalog,
  serverVersion: { readonly min: number; readonly max: number },
): Effect {
  return effectWithin(action, catalog, serverVersion, [])
}

function effectWithin(
  action: Action,
  catalog: Catalog,
  serverVersion: Setting['serverVersion'],
  within: readonly string[],
): Effect {
  const draft = draftEffect(catalog)
  describe(action, {
    catalog: reachOf(action, catalog, serverVersion),
    draft,
    serverVersion,
    within,
    effectOf: (inner, met, deeper) => effectWithin(inner, met, serverVersion, deeper),
  })
  return draft.finish()
}

/** Without the partitions and heirs of a table that the statement leaves alone by ONLY. */
function reachOf(action: Action, catalog: Catalog, { max }: Setting['serverVersion']): Catalog {
  if (!('table' in action)) return catalog
  const { table } = action
  const met = isOfOneTable(action) ? withoutHeirs(catalog, table) : catalog
  const hasFamily = met.partitionsOf(table).length > 0 || met.heirsOf(table).length > 0
  // CREATE INDEX says ONLY by a field of its own, and 18 locks partitions whose constraint stays. Measured.
  const isSaid = action.kind !== 'create-index' && !(action.kind === 'drop-constraint' && max >= 18)
  return hasFamily && isSaid && isOnly(action.sql) ? alone(met, table) : met
}

/** Indexes, keys and new rows are a table's own; only partitions share in their parent's. */
function isOfOneTable(action: Action): boolean {
  if (action.kind === 'create-index' || action.kind === 'insert') return true
  return action.kind === 'add-constraint' && !['check', 'not-null'].includes(action.constraint.kind)
}

function describe(action: Action, setting: Setting): void {
  switch (action.kind) {
    case 'create-table':
    case 'drop-table':
    case 'rename-table':
    case 'rename-constraint':
    case 'set-schema':
    case 'alter-table':
    case 'truncate':
    case 'lock-table':
      return tableEffect(action, setting)
    case 'add-column':
    case 'drop-column':
    case 'rename-column':
    case 'set-default':
    case 'drop-default':
    case 'set-not-null':
    case 'drop-not-null':
    case 'alter-column-type':
      return columnEffect(action, setting)
    case 'add-constraint':
      return addConstraintEffect(action.table, action.constraint, setting)
    case 'validate-constraint':
      return validateConstraintEffect(action, setting)
    case 'drop-constraint':
      return dropConstraintEffect(action, setting)
    case 'create-index':
      return createIndexEffect(action, setting)
    case 'drop-index':
      return dropIndexEffect(action, setting)
    case 'rename-index':
      return renameIndexEffect(action, setting)
    case 'reindex':
      return reindexEffect(action, setting)
    case 'insert':
    case 'update':
    case 'delete':
    case 'select':
      return rowsEffect(action, setting)
    case 'comment':
      return commentEffect(action, setting)
    case 'other':
      return otherEffect(action, setting)
    case 'set':
    case 'transaction':
  }
}
