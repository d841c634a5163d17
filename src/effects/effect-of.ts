/**
 * What PostgreSQL does for an action: locks, and work that grows with a table. Measured on 14 to 18 and measured again by
 * test/effects.postgres.test.ts; over a range of server versions it is the worst of them.
 */
import type { Catalog } from '../catalog/catalog.ts'
import type { Effect } from '../model/effect.ts'
import type { Action } from '../model/statement.ts'
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
  const draft = draftEffect(catalog)
  describe(action, { catalog, draft, serverVersion })
  return draft.finish()
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
