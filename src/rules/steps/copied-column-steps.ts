/**
 * A copy of a column under another name, with all that hangs on the column, kept alike by the table's sync trigger for as
 * long as one application knows the one and another the other (R-25, R-27, BB-8). Whatever cannot be carried over is
 * named, and then there is no copy.
 */
import { mentions } from '../../catalog/index-facts.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated, inKeyRange } from '../../sql/edit.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import { batchLimits, keyOf } from './batches.ts'
import { copiedConstraint, copiedNotNull } from './copied-constraint-steps.ts'
import {
  joinedDependents,
  noDependents,
  standInsOf,
  type CopiedColumn,
  type CopiedDependents,
} from './copied-dependents.ts'
import { copiedIndex, standInsOfIndex } from './copied-index-steps.ts'
import { movedReferences } from './copied-reference-steps.ts'
import { copiedSequences } from './copied-sequence-steps.ts'
import { columnObject, rowsObject, tableObject, touching } from './objects.ts'
import type { RecipeContext } from './recipe.ts'
import { checkStep, undoNothing, type StepSketch } from './step-sketch.ts'
import { areDifferent } from './sync-trigger.ts'

/** What a recipe that moves rows must know: the author's word on triggers too. */
export interface CopyContext extends RecipeContext {
  readonly comments: readonly LockstepComment[]
}

/**
 * Gives the copy the column's comment, whatever it is by then: the migrations need not say, and a DBA may have written it.
 */
export function carryCommentSql({ table, from, copy }: CopiedColumn): string {
  const spelled = formatRelation(table)
  const comment = `COMMENT ON COLUMN ${spelled}.${quoteIdentifier(copy)} IS `
  const body = `BEGIN
  EXECUTE ${quoteLiteral(comment)} || (
    SELECT quote_nullable(pg_catalog.col_description(a.attrelid, a.attnum)) FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = ${quoteLiteral(spelled)}::regclass AND a.attname = ${quoteLiteral(from.name)});
END`
  return generated(`DO ${quoteLiteral(body)}`)
}

/**
 * Gives the copy what was set for the column and changes no value: its privileges, how it is stored and how it is counted,
 * whatever they are by then.
 */
export function carrySettingsSql({ table, from, copy }: CopiedColumn): string {
  const spelled = formatRelation(table)
  const alter = `ALTER TABLE ${spelled} ALTER COLUMN ${quoteIdentifier(copy)} SET `
  const body = `DECLARE
  old pg_catalog.pg_attribute; now pg_catalog.pg_attribute; one record;
BEGIN
  SELECT * INTO old FROM pg_catalog.pg_attribute WHERE attrelid = ${quoteLiteral(spelled)}::regclass AND attname = ${quoteLiteral(from.name)};
  SELECT * INTO now FROM pg_catalog.pg_attribute WHERE attrelid = ${quoteLiteral(spelled)}::regclass AND attname = ${quoteLiteral(copy)};
  IF old.attstattarget >= 0 THEN EXECUTE ${quoteLiteral(alter)} || 'STATISTICS ' || old.attstattarget; END IF;
  IF old.atttypid = now.atttypid AND old.attstorage <> now.attstorage THEN
    EXECUTE ${quoteLiteral(alter)} || 'STORAGE ' || CASE old.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END;
  END IF;
  FOR one IN SELECT * FROM pg_catalog.aclexplode(old.attacl) LOOP
    EXECUTE 'GRANT ' || one.privilege_type || ${quoteLiteral(` (${quoteIdentifier(copy)}) ON ${spelled} TO `)}
      || CASE WHEN one.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(one.grantee)) END
      || CASE WHEN one.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END;
  END LOOP;
END`
  return generated(`DO ${quoteLiteral(body)}`)
}

/** What a person must know of the time in which there are two. */
export function copyNotes({ table, from, copy }: CopiedColumn): readonly string[] {
  const [spelled, old] = [formatRelation(table), quoteIdentifier(from.name)]
  return table.triggers.length === 0
    ? []
    : [
        `The functions of ${table.triggers.map(({ name }) => quoteIdentifier(name)).join(', ')} on ${spelled} fire before the trigger that keeps ${old} and ${quoteIdentifier(copy)} alike: what they do to ${old} by its name they do not do to what comes in under another, and they fail once that name is gone.`,
      ]
}

/** Batches that bring the copy up to the column, and the question whether any row was passed over. */
export function fillCopySteps({ table, from, copy }: CopiedColumn, value: string): readonly StepSketch[] {
  const spelled = formatRelation(table)
  const [old, now] = [quoteIdentifier(from.name), quoteIdentifier(copy)]
  const differs = areDifferent(now, value)
  const key = keyOf(table)
  const reads = [
    tableObject(table),
    ...[from.name, copy, ...key.map(({ column }) => column)].map((column) => columnObject(table, column)),
  ]
  return [
    {
      kind: 'in-batches',
      slug: `fill ${table.name} ${copy}`,
      phase: 'backfill',
      title: `Bring ${now} of ${spelled} up to ${old} in batches`,
      table: spelled,
      key,
      sql: inKeyRange(generated(`UPDATE ${spelled} SET ${now} = ${value} WHERE ${differs}`), key),
      ...batchLimits,
      touches: touching({ reads, changes: [rowsObject(table)] }),
      before: [{ kind: 'column', table: spelled, column: copy, exists: true, type: null }],
      after: [],
      holds: {
        name: `${now} of ${spelled} is as ${old} says`,
        sql: generated(`SELECT * FROM ${spelled} WHERE ${differs} LIMIT 20`),
        objects: [from.name, copy].map((column) => columnObject(table, column)),
        until: 'step',
      },
      undo: undoNothing('the values go with the column'),
    },
    checkStep({
      slug: `${table.name} ${copy} is ${from.name}`,
      phase: 'backfill',
      title: `Ask that ${now} is as ${old} says in every row of ${spelled}`,
      touches: touching({ reads: [...reads, rowsObject(table)] }),
      before: [
        {
          kind: 'no-rows',
          sql: generated(`SELECT * FROM ${spelled} WHERE ${differs} LIMIT 20`),
          otherwise: `In these rows of ${spelled}, ${now} is not as ${old} says`,
        },
      ],
    }),
  ]
}

export function copiedDependents(column: CopiedColumn, context: RecipeContext): CopiedDependents {
  const { table, from } = column
  const owned = new Set(table.constraints.flatMap(({ index }) => index ?? []))
  const constraints = table.constraints.filter(({ columns }) => columns.includes(from.name))
  const indexes = table.indexes.filter((index) => !owned.has(index.name) && mentions(index, from.name))
  const bearing = [
    ...constraints.filter(({ index }) => index !== null).map((one) => standInsOf(one, from.name).temporary),
    ...indexes.filter(({ unique }) => unique).map((one) => standInsOfIndex(one, from.name).temporary),
  ]
  return [
    ...(from.notNull ? [copiedNotNull(column, context)] : []),
    ...constraints.map((constraint) => copiedConstraint(column, constraint, context)),
    ...indexes.map((index) => copiedIndex(column, index)),
    // Last: the indexes must be there by then.
    movedReferences(column, context.catalog, bearing),
    copiedSequences(column, context.catalog),
  ].reduce(joinedDependents, noDependents)
}
