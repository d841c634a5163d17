/** foreign keys of a table that is copied, and to it. Each is there twice until the former table goes. */
import { constraintSql, definitionOf } from '../../catalog/constraint-facts.ts'
import type { ConstraintSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated, withNotValid } from '../../sql/edit.ts'
import { dropConstraintSteps } from './drop-constraint-steps.ts'
import { lockstepName } from './lockstep-name.ts'
import { notValidSteps } from './not-valid-steps.ts'
import { columnObjects, rowsObject, tableObject } from './objects.ts'
import { parsedAction } from './parsed-action.ts'
import type { StepSketch } from './step-sketch.ts'
import { isSame, type ForeignKey, type TableCopy } from './table-copy.ts'

/** A foreign key as SQL, to `references` in place of where it points. */
function foreignKeySql(
  table: QualifiedName,
  name: string,
  constraint: ConstraintSnapshot,
  references: QualifiedName,
): string {
  const definition = definitionOf(constraint)
  if (definition?.kind !== 'foreign-key' || constraint.references === null) {
    throw new Error(`${constraint.name} was to be refused`)
  }
  const { schema, name: target } = references
  const to = { schema, name: target, columns: constraint.references.columns }
  return withNotValid(
    `ALTER TABLE ${formatRelation(table)} ADD CONSTRAINT ${quoteIdentifier(name)} ${constraintSql({ ...definition, notValid: false }, to)}`,
  )
}

export function outboundSteps({ table, copy, outbound }: TableCopy): readonly StepSketch[] {
  return outbound.flatMap((constraint) => {
    const references = constraint.references ?? table
    const target = isSame(references, table) ? copy : references
    const steps = notValidSteps({
      table: copy,
      name: constraint.name,
      noun: 'foreign key',
      sql: foreignKeySql(copy, constraint.name, constraint, target),
      reads: [tableObject(target), rowsObject(target)],
      addIn: 'backfill',
      validateIn: 'backfill',
    })
    return constraint.validated ? steps : steps.slice(0, 1)
  })
}

export function inboundSteps({ copy, inbound }: TableCopy): readonly StepSketch[] {
  return inbound.flatMap(({ table: of, constraint }) => {
    const name = lockstepName('new', constraint.name)
    const steps = notValidSteps({
      table: of,
      name,
      noun: 'foreign key',
      sql: foreignKeySql(of, name, constraint, copy),
      reads: [tableObject(copy), rowsObject(copy), ...columnObjects(of, constraint.columns)],
      addIn: 'backfill',
      validateIn: 'backfill',
    })
    return constraint.validated ? steps : steps.slice(0, 1)
  })
}

/** The key to what is the table from now on has the name; the other stays until the former table goes. */
export function renamedForeignKeys(inbound: readonly ForeignKey[], way: 'there' | 'back'): readonly string[] {
  return inbound.flatMap(({ table, constraint: { name } }) => {
    const rename = (from: string, to: string): string =>
      generated(
        `ALTER TABLE ${formatRelation(table)} RENAME CONSTRAINT ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`,
      )
    const [aside, fresh] = [lockstepName('old', name), lockstepName('new', name)]
    return way === 'there'
      ? [rename(name, aside), rename(fresh, name)]
      : [rename(name, fresh), rename(aside, name)]
  })
}

/** Each alone: it locks the table on the other side, too. */
export function droppedForeignKeys({ inbound, outbound, left, context }: TableCopy): readonly StepSketch[] {
  const drop = (table: QualifiedName, name: string): readonly StepSketch[] => {
    const sql = generated(`ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${quoteIdentifier(name)}`)
    const recipe = dropConstraintSteps(parsedAction(sql, 'drop-constraint'), context)
    if ('cannot' in recipe) throw new Error(recipe.cannot)
    return recipe.steps
  }
  return [
    ...inbound.flatMap(({ table, constraint }) => drop(table, lockstepName('old', constraint.name))),
    ...outbound.flatMap(({ name }) => drop(left, name)),
  ]
}
