import type { PhaseName, Touches } from '../../model/plan.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { constraintObject, rowsObject, tableObject, touching } from './objects.ts'
import { ddlStep, patientStep, undoNothing, undoSql, type StepSketch } from './step-sketch.ts'

export interface UncheckedConstraint {
  readonly table: QualifiedName
  readonly name: string
  /** `check`, `foreign key`: as the titles call it. */
  readonly noun: string
  /** ALTER TABLE … ADD CONSTRAINT name … NOT VALID. */
  readonly sql: string
  /** What its validity hangs on, beside the rows of its own table. */
  readonly reads: Touches['reads']
  readonly addIn: PhaseName
  readonly validateIn: PhaseName
}

/**
 * BB-4: the constraint is added for new rows in an instant, and the old ones are read afterwards, in a transaction of
 * its own, under a lock that stops no statement of an application.
 */
export function notValidSteps(constraint: UncheckedConstraint): readonly StepSketch[] {
  const { table, name, reads } = constraint
  const spelledTable = formatRelation(table)
  const drop = generated(`ALTER TABLE ${spelledTable} DROP CONSTRAINT ${quoteIdentifier(name)}`)
  return [
    ddlStep({
      slug: `add ${name}`,
      phase: constraint.addIn,
      title: `Add ${constraint.noun} ${quoteIdentifier(name)} to ${spelledTable} for new rows only`,
      sql: [constraint.sql],
      touches: touching({
        creates: [constraintObject(table, name)],
        reads: [tableObject(table), rowsObject(table), ...reads],
      }),
      before: [
        {
          kind: 'constraint',
          table: spelledTable,
          constraint: name,
          exists: false,
          validated: null,
          definition: null,
        },
      ],
      after: [
        {
          kind: 'constraint',
          table: spelledTable,
          constraint: name,
          exists: true,
          validated: null,
          definition: null,
        },
      ],
      undo: undoSql(drop),
    }),
    validateStep(table, name, constraint.validateIn, reads),
  ]
}

/** reads the rows under ShareUpdateExclusive. */
export function validateStep(
  table: QualifiedName,
  name: string,
  phase: PhaseName,
  reads: readonly string[] = [],
): StepSketch {
  const spelledTable = formatRelation(table)
  const here = { kind: 'constraint', table: spelledTable, constraint: name, exists: true } as const
  return patientStep({
    slug: `validate ${name}`,
    phase,
    title: `Check the rows of ${spelledTable} against ${quoteIdentifier(name)} while they are written`,
    sql: generated(`ALTER TABLE ${spelledTable} VALIDATE CONSTRAINT ${quoteIdentifier(name)}`),
    touches: touching({ changes: [constraintObject(table, name)], reads: [rowsObject(table), ...reads] }),
    before: [{ ...here, validated: null, definition: null }],
    after: [{ ...here, validated: true, definition: null }],
    undo: undoNothing('a constraint that has been checked refuses no more than before'),
  })
}
