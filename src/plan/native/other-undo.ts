import type { Catalog } from '../../catalog/catalog.ts'
import { standingObject } from '../../catalog/dependents.ts'
import type { Touches } from '../../model/plan.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { undoNever, undoSql, type StepSketch } from '../../rules/steps/step-sketch.ts'
import { generated } from '../../sql/edit.ts'
import { createdRoutine } from '../../sql/routine-body.ts'
import { droppedObjectsOf, isCascading, madeObject, type MadeObject } from '../../sql/named-objects.ts'
import { treeOf } from '../../sql/statement-facts.ts'
import { objectOf } from './other-touches.ts'

/** The way back of a statement that makes or takes away one object: the opposite, where it is known. */
export function otherUndo(
  { sql, tag }: ActionOf<'other'>,
  { creates }: Touches,
  catalog: Catalog,
): StepSketch['undo'] {
  const made = madeObject(sql)
  if (made !== null) {
    const drop = creates.includes(objectOf(made, catalog)) ? dropSql(made, sql, catalog) : null
    if (drop !== null) return undoSql(generated(drop))
    return undoNever(`what this ${tag} replaces is not known to the plan`)
  }
  const again = droppedAgain(sql, catalog)
  return again === null ? undoNever(`the plan does not know the opposite of this ${tag}`) : undoSql(...again)
}

/** Null: its name is not enough. */
function dropSql(made: MadeObject, sql: string, catalog: Catalog): string | null {
  const { kind, name } = made
  switch (kind) {
    case 'view':
      return `DROP VIEW ${formatRelation(catalog.resolve(name))}`
    case 'materialized-view':
      return `DROP MATERIALIZED VIEW ${formatRelation(catalog.resolve(name))}`
    case 'sequence':
      return `DROP SEQUENCE ${formatRelation(catalog.resolve(name))}`
    case 'type':
      return `DROP TYPE ${formatRelation(catalog.resolveType(name))}`
    case 'schema':
      return `DROP SCHEMA ${quoteIdentifier(name.name)}`
    case 'trigger':
    case 'policy':
    case 'rule':
      return `DROP ${kind.toUpperCase()} ${quoteIdentifier(name.name)} ON ${formatRelation(catalog.resolve(made.on))}`
    case 'function': {
      // Types by their own names tell overloads apart only where none of them stands in another schema.
      const routine = createdRoutine(sql)
      if (routine === null || routine.argumentTypes.length > 0) return null
      return `DROP ${routine.procedure ? 'PROCEDURE' : 'FUNCTION'} ${formatRelation(catalog.resolve(name))}()`
    }
  }
}

/** Triggers, policies and rules as they were, where the catalog has kept their CREATE statements. */
function droppedAgain(sql: string, catalog: Catalog): readonly [string, ...string[]] | null {
  const [only, ...more] = droppedObjectsOf(sql)
  if (only === undefined || more.length > 0 || isCascading(sql)) return null
  if (only.kind !== 'trigger' && only.kind !== 'policy' && only.kind !== 'rule') return null
  const kept = standingObject(catalog, only.kind, only.name.name, only.on ?? only.name)
  // Of a trigger that is switched off a database tells that, too.
  return kept === null || treeOf(kept) === null ? null : [kept]
}
