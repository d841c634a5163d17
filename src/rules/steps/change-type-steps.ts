/**
 * R-25: a column of the new type is filled behind the old one and takes its name in an instant. Both applications go on:
 * they know the column by the same name, and its values mean the same to them in either type.
 */
import type { ColumnSnapshot } from '../../model/catalog.ts'
import { columnTypeOf } from '../../catalog/known-type.ts'
import type { ActionOf } from '../../model/statement.ts'
import type { SyncChange, SyncPiece, SyncValue } from '../../model/sync.ts'
import { interchange, isPadded, isPartial, type Interchange } from '../../postgres/interchangeable-type.ts'
import { sqlOfStep } from '../../model/step-sql.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { volatilityOf } from '../../postgres/volatility.ts'
import { generated } from '../../sql/edit.ts'
import { splitAtColumn } from '../../sql/rename-column.ts'
import { sequencesOf } from '../../catalog/sequences.ts'
import {
  carryCommentSql,
  carrySettingsSql,
  copiedDependents,
  fillCopySteps,
  type CopyContext,
} from './copied-column-steps.ts'
import { notNullConstraintOf } from './copied-constraint-steps.ts'
import type { CopiedColumn, CopiedDependents } from './copied-dependents.ts'
import { lockstepName } from './lockstep-name.ts'
import { namedNotNull, provenNotNull } from './not-null-steps.ts'
import { notValidSteps } from './not-valid-steps.ts'
import {
  columnObject,
  commentObject,
  constraintObject,
  defaultObject,
  rowsObject,
  tableObject,
  touching,
  viewedColumnObject,
} from './objects.ts'
import { reasonsAgainstCopy, unreadableIndexes } from './reasons-against-copy.ts'
import type { Recipe } from './recipe.ts'
import { checkStep, ddlStep, undoNever, undoOneByOne, undoSql, type StepSketch } from './step-sketch.ts'
import { syncStep } from './sync-steps.ts'
import { syncValue } from './sync-trigger.ts'

interface TypeChange extends CopiedColumn {
  /** As format_type says it. */
  readonly type: string
  readonly collation: string | null
  readonly values: Interchange
  /** What must fit: the column, or what USING makes of it. */
  readonly source: SyncValue
  /** What the column is called from the switch on. */
  readonly aside: string
  readonly searchPath: readonly string[]
}

const waysOut =
  'Give the new type a new name: add a column beside it, fill it, let the application move over and drop the old one later; or show each application a version of its own through a view; or move to a new database (blue-green).'

export function changeTypeSteps(action: ActionOf<'alter-column-type'>, context: CopyContext): Recipe {
  const { catalog } = context
  const name = `${formatRelation(catalog.resolve(action.table))}.${quoteIdentifier(action.column)}`
  const [table, from] = [catalog.table(action.table), catalog.column(action.table, action.column)]
  if (typeof table !== 'object' || typeof from !== 'object') {
    return { cannot: `Nothing is known of ${name}: give the earlier migrations or a database.` }
  }
  const type = columnTypeOf(catalog, action.type)
  const made = valuesOf(action, from, type)
  if ('cannot' in made)
    return { cannot: `${name} cannot become ${type} under its own name: ${made.cannot}. ${waysOut}` }
  const change: TypeChange = {
    table,
    from,
    copy: lockstepName('new', from.name),
    aside: lockstepName('old', from.name),
    type,
    collation: action.collation,
    ...made,
    searchPath: catalog.searchPath,
  }
  const reasons = [
    ...reasonsAgainstCopy(change, context),
    ...reasonsInOwnKeys(change),
    ...unreadableIndexes(change),
  ]
  if (reasons.length > 0) {
    return { cannot: `${name} cannot be changed behind the application: ${reasons.join('; ')}. ${waysOut}` }
  }
  const dependents = copiedDependents(change, context)
  return {
    steps: [
      addStep(change),
      ...fitSteps(change),
      ...fillCopySteps(change, syncValue(change.values.up, quoteIdentifier(from.name))),
      ...dependents.build,
      ...dependents.keep,
      ...dependents.move.aside,
      switchStep(change, dependents),
      ...dependents.behind(change.aside),
      ...(from.notNull && isPartial(change.values.down) ? [nullableStep(change, context)] : []),
      endStep(change),
    ],
    notes: [
      `Prepared statements that return ${name} fail once with 0A000 (cached plan must not change result type) when the new column takes its name; drivers that prepare again do not show it.`,
      `${name} stands at the end of the table from then on: an INSERT or COPY without a list of columns, and SELECT *, meet another order. What such an INSERT puts in the last place meets a column of ours until the contract phase.`,
      ...sequenceNotes(change, context),
      ...(isPadded(from.type)
        ? [
            `What is read of ${name} comes without the blanks that ${from.type} fills it up with as soon as the new column takes its name: an application that counts them, or compares texts that it has read before with texts that it reads later, must not mind.`,
          ]
        : []),
    ],
  }
}

function valuesOf(
  { using }: ActionOf<'alter-column-type'>,
  from: ColumnSnapshot,
  type: string,
): Pick<TypeChange, 'values' | 'source'> | { readonly cannot: string } {
  const values = interchange(from.type, type)
  if (values === null) return { cannot: `clients that know it as ${from.type} would not understand it` }
  if (using === null) return { values, source: ['', ''] }
  const pieces = splitAtColumn(using.sql, from.name)
  const volatile = using.functions.filter((one) => volatilityOf(one) !== 'not-volatile')
  if (pieces === null || using.hasSubquery || volatile.length > 0) {
    return { cannot: `USING ${using.sql} is not made of this column alone, or not the same at any time` }
  }
  return { values: { ...values, up: composed(values.up, pieces) }, source: pieces }
}

/** It would have to go in the very transaction in which the key that it hangs on does, and could not come back there. */
function reasonsInOwnKeys({ table, from }: TypeChange): readonly string[] {
  return table.constraints
    .filter(
      ({ references, columns }) =>
        references?.schema === table.schema &&
        references.name === table.name &&
        references.columns.includes(from.name) &&
        columns.includes(from.name),
    )
    .map(({ name }) => `foreign key ${quoteIdentifier(name)} of the table to itself has it on both sides`)
}

/** An identity’s sequence gets the type of its column, as PostgreSQL does it; any other keeps its own, and its end. */
function sequenceNotes({ table, from, type }: TypeChange, { catalog }: CopyContext): readonly string[] {
  if (type !== 'bigint' && type !== 'integer') return []
  return sequencesOf(catalog, table, from.name)
    .filter(({ identity }) => !identity)
    .map(
      ({ name }) =>
        `${formatRelation(name)}, which numbers ${quoteIdentifier(from.name)} of ${formatRelation(table)}, keeps its own type and end, as the migration says it: ALTER SEQUENCE ${formatRelation(name)} AS ${type} lets it go on.`,
    )
}

/** What the one makes of what the other makes. */
function composed(outer: SyncValue, inner: SyncValue): SyncValue {
  // No SQL holds U+0000.
  const [first, second, ...more] = syncValue(outer, syncValue(inner, '\0')).split('\0')
  if (first === undefined || second === undefined) throw new Error('a value is made of something')
  return [first, second, ...more]
}

/**
 * What does not fit would be NULL in the new column. So it is asked for, and from then on refused, as it will be when the
 * new type is there: else a value that is written after the question would be lost in silence.
 */
function fitSteps(change: TypeChange): readonly StepSketch[] {
  const { table, from, values, source } = change
  if (!isPartial(values.up)) return []
  const spelled = formatRelation(table)
  const old = quoteIdentifier(from.name)
  const name = fitsName(change)
  const drop = `ALTER TABLE ${spelled} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(name)}`
  const [add, ...validate] = notValidSteps({
    table,
    name,
    noun: 'check',
    sql: generated(
      `ALTER TABLE ${spelled} ADD CONSTRAINT ${quoteIdentifier(name)} CHECK (${syncValue(source, old)} IS NULL OR ${syncValue(values.up, old)} IS NOT NULL) NOT VALID`,
    ),
    reads: [columnObject(table, from.name)],
    addIn: 'backfill',
    validateIn: 'backfill',
  })
  if (add === undefined) return []
  // By the time that it is undone, the switch has dropped it already.
  return [fitCheck(change), { ...add, undo: undoSql(generated(drop)) }, ...validate]
}

function fitsName({ from }: TypeChange): string {
  return lockstepName('new', `${from.name}_fits`)
}

function fitCheck({ table, from, type, values, source }: TypeChange): StepSketch {
  const spelled = formatRelation(table)
  const old = quoteIdentifier(from.name)
  return checkStep({
    slug: `${table.name} ${from.name} fits`,
    phase: 'backfill',
    title: `Ask that every ${old} of ${spelled} fits into ${type}`,
    touches: touching({ reads: [columnObject(table, from.name), rowsObject(table)] }),
    before: [
      {
        kind: 'no-rows',
        sql: generated(
          `SELECT * FROM ${spelled} WHERE ${syncValue(source, old)} IS NOT NULL AND ${syncValue(values.up, old)} IS NULL LIMIT 20`,
        ),
        otherwise: `In these rows of ${spelled}, ${old} does not fit into ${type}`,
      },
    ],
  })
}

function forward({ from, copy, values }: TypeChange): SyncPiece {
  return { kind: 'one-way', from: from.name, column: copy, up: values.up, on: 'write' }
}

function backward({ from, aside, values }: TypeChange): SyncPiece {
  return { kind: 'one-way', from: from.name, column: aside, up: values.down, on: 'change' }
}

function changeOf(
  { table, searchPath }: TypeChange,
  change: Pick<SyncChange, 'removes' | 'adds' | 'ownSql' | 'ownUndo' | 'loses'>,
): SyncChange {
  return { table: { schema: table.schema, name: table.name }, searchPath, ...change }
}

function addStep(change: TypeChange): StepSketch {
  const { table, from, copy, type, collation } = change
  const spelled = formatRelation(table)
  const now = quoteIdentifier(copy)
  const made = columnObject(table, copy)
  return syncStep(
    {
      slug: `add ${table.name} ${copy}`,
      phase: 'expand',
      title: `Add ${now} to ${spelled}, a ${type} that follows ${quoteIdentifier(from.name)}`,
      touches: touching({ creates: [made], reads: [tableObject(table), columnObject(table, from.name)] }),
      before: [{ kind: 'column', table: spelled, column: copy, exists: false, type: null }],
      after: [{ kind: 'column', table: spelled, column: copy, exists: true, type }],
      mirrors: [made.slice('column '.length)],
      change: changeOf(change, {
        removes: [],
        adds: [forward(change)],
        ownSql: [
          // Without COLLATE it has the type's own, as ALTER COLUMN TYPE gives it.
          generated(
            `ALTER TABLE ${spelled} ADD COLUMN ${now} ${type}${collation === null ? '' : ` COLLATE ${collation}`}`,
          ),
          carrySettingsSql(change),
        ],
        ownUndo: [generated(`ALTER TABLE ${spelled} DROP COLUMN ${now}`)],
      }),
    },
    [],
  )
}

/**
 * Values that do not fit are NULL there. By now: a column of a primary key is NOT NULL for as long as it is in the key.
 */
function nullableStep({ table, from, aside }: TypeChange, { serverVersion }: CopyContext): StepSketch {
  const spelled = formatRelation(table)
  const old = quoteIdentifier(aside)
  const back =
    serverVersion.min >= 18
      ? namedNotNull(table, aside, lockstepName('old', notNullConstraintOf(table, from.name)), 'backfill')
      : provenNotNull(table, aside, 'backfill')
  const [first, ...more] = back.flatMap(sqlOfStep)
  const here = { kind: 'column-not-null', table: spelled, column: aside } as const
  return ddlStep({
    slug: `${table.name} ${aside} nullable`,
    phase: 'backfill',
    title: `Let ${old} of ${spelled} be NULL, where ${quoteIdentifier(from.name)} holds what does not fit into it`,
    sql: [generated(`ALTER TABLE ${spelled} ALTER COLUMN ${old} DROP NOT NULL`)],
    touches: touching({ changes: [columnObject(table, aside)], reads: [columnObject(table, from.name)] }),
    before: [{ ...here, notNull: true }],
    after: [{ ...here, notNull: false }],
    undo: first === undefined ? undoNever('nothing proves NOT NULL again') : undoOneByOne(first, ...more),
  })
}

function switchStep(
  change: TypeChange,
  { ahead, adopt, release, giveBack, after, named }: CopiedDependents,
): StepSketch {
  const { table, from, copy, aside, type } = change
  const spelled = formatRelation(table)
  const rename = (one: string, other: string): string =>
    generated(`ALTER TABLE ${spelled} RENAME COLUMN ${quoteIdentifier(one)} TO ${quoteIdentifier(other)}`)
  const alter = (column: string, what: string): string =>
    generated(`ALTER TABLE ${spelled} ALTER COLUMN ${quoteIdentifier(column)} ${what}`)
  const standard = from.default
  const fits = isPartial(change.values.up) ? [fitsName(change)] : []
  return syncStep(
    {
      slug: `switch ${table.name} ${from.name}`,
      phase: 'backfill',
      title: `Let the ${type} take the place of ${quoteIdentifier(from.name)} of ${spelled}`,
      touches: touching({
        changes: [
          columnObject(table, from.name),
          viewedColumnObject(table, from.name),
          commentObject(columnObject(table, from.name)),
          ...named,
          ...(standard === null ? [] : [defaultObject(table, from.name)]),
        ],
        drops: [columnObject(table, copy), ...fits.map((name) => constraintObject(table, name))],
        creates: [columnObject(table, aside)],
        reads: [tableObject(table)],
      }),
      before: [
        { kind: 'column', table: spelled, column: from.name, exists: true, type: from.type },
        { kind: 'column', table: spelled, column: copy, exists: true, type },
      ],
      after: [
        { kind: 'column', table: spelled, column: from.name, exists: true, type },
        { kind: 'column', table: spelled, column: aside, exists: true, type: from.type },
        ...after,
      ],
      mirrors: [columnObject(table, aside).slice('column '.length)],
      change: changeOf(change, {
        removes: [copy],
        adds: [backward(change)],
        ownSql: [
          carryCommentSql(change),
          ...fits.map((name) => generated(`ALTER TABLE ${spelled} DROP CONSTRAINT ${quoteIdentifier(name)}`)),
          ...ahead,
          rename(from.name, aside),
          rename(copy, from.name),
          ...(standard === null
            ? []
            : [alter(aside, 'DROP DEFAULT'), alter(from.name, `SET DEFAULT ${standard}`)]),
          ...release(aside),
          ...adopt,
        ],
        ownUndo: [
          ...giveBack(aside),
          ...(standard === null
            ? []
            : [alter(from.name, 'DROP DEFAULT'), alter(aside, `SET DEFAULT ${standard}`)]),
          rename(from.name, copy),
          rename(aside, from.name),
        ],
        ...losesOf(change),
      }),
    },
    [forward(change)],
  )
}

/** Values that the new type holds and the old one does not. */
function losesOf({ table, from, aside, values }: TypeChange): Pick<SyncChange, 'loses'> {
  if (!isPartial(values.down)) return {}
  const [now, old] = [quoteIdentifier(from.name), quoteIdentifier(aside)]
  return {
    loses: generated(`SELECT 1 FROM ${formatRelation(table)} WHERE ${now} IS NOT NULL AND ${old} IS NULL`),
  }
}

function endStep(change: TypeChange): StepSketch {
  const { table, from, aside } = change
  const spelled = formatRelation(table)
  const old = quoteIdentifier(aside)
  return syncStep(
    {
      slug: `drop ${table.name} ${aside}`,
      phase: 'contract',
      title: `Drop ${old} of ${spelled}, what ${quoteIdentifier(from.name)} was before`,
      touches: touching({
        drops: [columnObject(table, aside)],
        reads: [tableObject(table), columnObject(table, from.name)],
      }),
      before: [{ kind: 'column', table: spelled, column: aside, exists: true, type: null }],
      after: [{ kind: 'column', table: spelled, column: aside, exists: false, type: null }],
      change: changeOf(change, {
        removes: [aside],
        adds: [],
        ownSql: [generated(`ALTER TABLE ${spelled} DROP COLUMN ${old}`)],
        ownUndo: null,
      }),
      never: `${old} of ${spelled} is gone; what fitted into it is in ${quoteIdentifier(from.name)}`,
    },
    [backward(change)],
  )
}
