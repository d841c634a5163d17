import type { Catalog } from '../../catalog/catalog.ts'
import { replay } from '../../catalog/replay.ts'
import type { ConstraintSnapshot } from '../../model/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { ActionOf, ConstraintDefinition } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import {
  columnObjects,
  constraintObject,
  indexObject,
  rowsObject,
  tableObject,
  touching,
} from '../../rules/steps/objects.ts'
import {
  ddlStep,
  patientStep,
  undoNever,
  undoNothing,
  undoOneByOne,
  undoSql,
} from '../../rules/steps/step-sketch.ts'
import { cascadeReason, beside, phaseOfTaking, type NativeAnswer, type NativeContext } from './answer.ts'
import { indexGone } from './indexes.ts'
import { referenceObjects } from './reference-objects.ts'
import {
  addConstraintNotValidSql,
  dropConstraintSql,
  renameConstraintSql,
  validateConstraintSql,
} from './undo-sql.ts'

function constraintExists(table: QualifiedName, constraint: string, validated: boolean | null): Condition {
  return {
    kind: 'constraint',
    table: formatRelation(table),
    constraint,
    exists: true,
    validated,
    definition: null,
  }
}

function constraintGone(table: QualifiedName, constraint: string): Condition {
  const on = formatRelation(table)
  return { kind: 'constraint', table: on, constraint, exists: false, validated: null, definition: null }
}

function labelOf(table: QualifiedName, constraint: string): string {
  return `constraint ${quoteIdentifier(constraint)} of ${formatRelation(table)}`
}

export function addConstraint(action: ActionOf<'add-constraint'>, { catalog }: NativeContext): NativeAnswer {
  const table = catalog.resolve(action.table)
  const name = action.constraint.name ?? nameGiven(catalog, action)
  if (name === null) {
    return { cannot: 'name the constraint: a step is found again, and undone, by the names of what it makes' }
  }
  const validated = isNotValid(action.constraint) ? null : true
  return {
    steps: [
      ddlStep({
        slug: `add ${name}`,
        title: `Add ${labelOf(table, name)}`,
        phase: 'expand',
        sql: [action.sql],
        touches: touching({
          creates: [constraintObject(table, name)],
          reads: [
            tableObject(table),
            rowsObject(table),
            ...columnObjects(table, columnsOf(action.constraint)),
            ...referenceObjects(catalog, action.constraint),
            ...partnerRows(catalog, action.constraint),
          ],
          ...indexTaken(table, action.constraint, name),
        }),
        before: [constraintGone(table, name)],
        after: [constraintExists(table, name, validated), ...indexRenamed(table, action.constraint, name)],
        undo: undoSql(dropConstraintSql(table, name)),
      }),
    ],
  }
}

/** The name that PostgreSQL will choose, as the replay foresees it. */
function nameGiven(catalog: Catalog, action: ActionOf<'add-constraint'>): string | null {
  const before = catalog.table(action.table)
  const after = replay(catalog, action).table(action.table)
  if (typeof before === 'string' || typeof after === 'string') return null
  const known = new Set(before.constraints.map(({ name }) => name))
  return after.constraints.find(({ name }) => !known.has(name))?.name ?? null
}

/** The rows of the table are held against those of the other one, at once or from now on. */
function partnerRows(catalog: Catalog, constraint: ConstraintDefinition): readonly string[] {
  return constraint.kind === 'foreign-key' ? [rowsObject(catalog.resolve(constraint.references))] : []
}

function isNotValid(constraint: ConstraintDefinition): boolean {
  return 'notValid' in constraint && constraint.notValid
}

function columnsOf(constraint: ConstraintDefinition): readonly string[] {
  switch (constraint.kind) {
    case 'check':
      return constraint.expression.columns
    case 'foreign-key':
    case 'unique':
    case 'primary-key':
      return constraint.columns
    case 'not-null':
      return [constraint.column]
    case 'exclude':
      return []
  }
}

/** USING INDEX gives the index the constraint's name. */
function indexTaken(table: QualifiedName, constraint: ConstraintDefinition, name: string) {
  if (!('usingIndex' in constraint) || constraint.usingIndex === null) return {}
  const used = indexObject(beside(table, constraint.usingIndex))
  const named = indexObject(beside(table, name))
  return used === named
    ? { changes: [used] }
    : { drops: [used], creates: [constraintObject(table, name), named] }
}

/** What tells the constraint from another of its name that stood there before. */
function indexRenamed(
  table: QualifiedName,
  constraint: ConstraintDefinition,
  name: string,
): readonly Condition[] {
  const index = 'usingIndex' in constraint ? constraint.usingIndex : null
  return index === null || index === name ? [] : [indexGone(beside(table, index))]
}

export function validateConstraint(
  action: ActionOf<'validate-constraint'>,
  { catalog }: NativeContext,
): NativeAnswer {
  const table = catalog.resolve(action.table)
  const known = catalog.constraint(action.table, action.constraint)
  const partner = typeof known === 'string' ? null : known.references
  return {
    steps: [
      patientStep({
        slug: `validate ${action.constraint}`,
        title: `Validate ${labelOf(table, action.constraint)}`,
        phase: catalog.isNew(action.table) ? 'expand' : 'backfill',
        sql: action.sql,
        touches: touching({
          changes: [constraintObject(table, action.constraint)],
          reads: [
            tableObject(table),
            rowsObject(table),
            ...(partner === null ? [] : [tableObject(partner), rowsObject(partner)]),
          ],
        }),
        before: [constraintExists(table, action.constraint, null)],
        after: [constraintExists(table, action.constraint, true)],
        undo: undoNothing('it only says that the rows were looked at'),
      }),
    ],
  }
}

export function dropConstraint(
  action: ActionOf<'drop-constraint'>,
  { catalog }: NativeContext,
): NativeAnswer {
  const table = catalog.resolve(action.table)
  const known = catalog.constraint(action.table, action.constraint)
  if (action.cascade) return { cannot: cascadeReason('DROP CONSTRAINT') }
  if (action.ifExists && known === 'absent') {
    return { note: `${labelOf(table, action.constraint)} does not exist, so nothing drops it` }
  }
  const partner = typeof known === 'string' ? null : known.references
  const index = typeof known === 'string' ? null : known.index
  return {
    steps: [
      ddlStep({
        slug: `drop ${action.constraint}`,
        title: `Drop ${labelOf(table, action.constraint)}`,
        phase: phaseOfTaking(catalog, action.table),
        sql: [action.sql],
        touches: touching({
          drops: [
            constraintObject(table, action.constraint),
            ...(index === null ? [] : [indexObject(beside(table, index))]),
          ],
          // What is written after it in the source may be what it forbade.
          changes: catalog.isNew(action.table) ? [] : [rowsObject(table)],
          reads: [tableObject(table), ...(partner === null ? [] : [tableObject(partner)])],
        }),
        before: action.ifExists ? [] : [constraintExists(table, action.constraint, null)],
        after: [constraintGone(table, action.constraint)],
        undo: typeof known === 'string' ? undoNever('its definition is not known') : undoOfDrop(table, known),
      }),
    ],
  }
}

function undoOfDrop(table: QualifiedName, constraint: ConstraintSnapshot) {
  const isPlain = constraint.kind === 'check' || constraint.kind === 'foreign-key'
  if (!isPlain || constraint.definition === '') {
    return undoNever('its index would have to be built again, by a migration of its own')
  }
  const add = addConstraintNotValidSql(table, {
    ...constraint,
    definition: withoutNotValid(constraint.definition),
  })
  return constraint.validated
    ? undoOneByOne(add, validateConstraintSql(table, constraint.name))
    : undoSql(add)
}

const notValid = ' NOT VALID'

/** `pg_get_constraintdef()` ends so for a constraint that is not validated. */
function withoutNotValid(definition: string): string {
  return definition.toUpperCase().endsWith(notValid) ? definition.slice(0, -notValid.length) : definition
}

export function renameConstraint(
  action: ActionOf<'rename-constraint'>,
  { catalog }: NativeContext,
): NativeAnswer {
  const table = catalog.resolve(action.table)
  const known = catalog.constraint(action.table, action.constraint)
  const hasIndex = typeof known !== 'string' && known.index !== null
  const index = (name: string) => (hasIndex ? [indexObject(beside(table, name))] : [])
  return {
    steps: [
      ddlStep({
        slug: `rename ${action.constraint} to ${action.to}`,
        title: `Rename ${labelOf(table, action.constraint)} to ${quoteIdentifier(action.to)}`,
        phase: 'expand',
        sql: [action.sql],
        touches: touching({
          drops: [constraintObject(table, action.constraint), ...index(action.constraint)],
          creates: [constraintObject(table, action.to), ...index(action.to)],
          reads: [tableObject(table)],
        }),
        before: [constraintExists(table, action.constraint, null)],
        after: [constraintExists(table, action.to, null), constraintGone(table, action.constraint)],
        undo: undoSql(renameConstraintSql(table, action.to, action.constraint)),
      }),
    ],
  }
}
