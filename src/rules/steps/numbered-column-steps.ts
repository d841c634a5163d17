/** a column that a sequence numbers (serial, GENERATED … AS IDENTITY): filled in batches, in the order of the key. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { ActionOf } from '../../model/statement.ts'
import { sequenceName } from '../../postgres/generated-name.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated, identityClause, type IdentityClause } from '../../sql/edit.ts'
import { filledColumnSteps, type FillContext, type FilledColumn } from './filled-column-steps.ts'
import { lockstepName } from './lockstep-name.ts'
import { columnObject, rowsObject, sequenceObject, tableObject, touching } from './objects.ts'
import type { Recipe } from './recipe.ts'
import { checkStep, ddlStep, undoSql, type StepSketch } from './step-sketch.ts'

type AddColumn = ActionOf<'add-column'>

export interface NumberedColumn {
  readonly recipe: Recipe
  /** With the column and its default, without NOT NULL. */
  readonly catalog: Catalog
  /** What is left to do when it is NOT NULL. */
  readonly last: readonly StepSketch[]
}

/** `bare`: ADD COLUMN with name, type and collation alone. */
export function numberedColumnSteps(
  action: AddColumn,
  bare: AddColumn,
  context: FillContext,
): NumberedColumn {
  const clause = identityClause(action.sql)
  return clause === null ? serialColumn(bare, context) : identityColumn(bare, clause, context)
}

function serialColumn(bare: AddColumn, context: FillContext): NumberedColumn {
  const table = context.catalog.resolve(bare.table)
  const sequence = ownSequence(bare, context.catalog)
  const spelled = formatRelation(sequence)
  const owner = `${formatRelation(table)}.${quoteIdentifier(bare.column.name)}`
  const setUp = [generated(`CREATE SEQUENCE ${spelled} AS ${bare.column.type} OWNED BY ${owner}`)]
  const note = `Whoever inserts into ${formatRelation(table)} needs the right to use ${spelled} from the expand phase on, the old application too: GRANT USAGE ON SEQUENCE, where its role is not the owner.`
  const before = [runByOwner(table)]
  // Dropped with the column that owns it.
  return { ...numbered({ bare, sequence, setUp, takeBack: [], notes: [note], before }, context), last: [] }
}

/** PostgreSQL gives a serial's sequence to the owner of the table, whoever adds the column; CREATE SEQUENCE does not. */
function runByOwner(table: QualifiedName): Condition {
  const spelled = formatRelation(table)
  return {
    kind: 'no-rows',
    sql: generated(
      `SELECT pg_get_userbyid(relowner) AS owner FROM pg_catalog.pg_class WHERE oid = ${quoteLiteral(spelled)}::regclass AND pg_get_userbyid(relowner) <> current_user`,
    ),
    otherwise: `The sequence must belong to the owner of ${spelled}: run the plan as that role`,
  }
}

/**
 * A sequence of ours counts until the column is NOT NULL, for a column that may be NULL can be no identity. Everybody may
 * use it: an identity asks nobody for a right to its sequence.
 */
function identityColumn(bare: AddColumn, clause: IdentityClause, context: FillContext): NumberedColumn {
  const { catalog, serverVersion } = context
  const known = catalog.table(bare.table)
  if (typeof known === 'object' && known.kind === 'partitioned-table' && serverVersion.min < 17) {
    const cannot = `${formatRelation(known)} is partitioned, and before PostgreSQL 17 no identity column can be added to it: make it a serial column, or add it to a new table.`
    return { recipe: { cannot }, catalog, last: [] }
  }
  const final = ownSequence(bare, catalog)
  const helper = { schema: final.schema, name: lockstepName('new', final.name) }
  const setUp = createHelperSql(helper, bare, clause)
  const takeBack = [generated(`DROP SEQUENCE ${formatRelation(helper)}`)]
  return {
    ...numbered({ bare, sequence: helper, setUp, takeBack, notes: [] }, context),
    last: [identityStep(bare, clause, { helper, final }, catalog)],
  }
}

/** As PostgreSQL names it. */
function ownSequence({ table, column }: AddColumn, catalog: Catalog): QualifiedName {
  const { schema, name } = catalog.resolve(table)
  const isTaken = (candidate: string) => catalog.isRelationNameTaken(schema, candidate) === 'yes'
  return { schema, name: sequenceName(name, column.name, isTaken) }
}

function createHelperSql(
  helper: QualifiedName,
  { column }: AddColumn,
  clause: IdentityClause,
): readonly [string, string] {
  const options = [`AS ${column.type}`, ...clause.options].join(' ')
  return [
    generated(`CREATE SEQUENCE ${formatRelation(helper)} ${options}`),
    generated(`GRANT USAGE ON SEQUENCE ${formatRelation(helper)} TO PUBLIC`),
  ]
}

interface Numbered extends Pick<FilledColumn, 'bare' | 'setUp' | 'takeBack' | 'before'> {
  readonly sequence: QualifiedName
  readonly notes: readonly string[]
}

function numbered(
  { bare, sequence, setUp, takeBack, notes, before = [] }: Numbered,
  context: FillContext,
): Pick<NumberedColumn, 'recipe' | 'catalog'> {
  const value = nextValue(sequence)
  const creates = [sequenceObject(sequence)]
  const { recipe, catalog } = filledColumnSteps(
    { bare, value, functions: ['nextval'], setUp, takeBack, creates, before },
    context,
  )
  if ('cannot' in recipe) return { recipe, catalog }
  const [add, ...more] = recipe.steps
  const steps = add === undefined ? [] : [add, enoughNumbers(bare, sequence, context.catalog), ...more]
  return { recipe: { steps, notes: [...(recipe.notes ?? []), ...notes] }, catalog }
}

function nextValue(sequence: QualifiedName): string {
  return `nextval(${quoteLiteral(formatRelation(sequence))}::regclass)`
}

/** When a sequence has come to its end, nobody can insert any more: not a matter to find out in the middle. */
function enoughNumbers({ table, column }: AddColumn, sequence: QualifiedName, catalog: Catalog): StepSketch {
  const name = catalog.resolve(table)
  const spelled = formatRelation(name)
  const numbers = `CASE WHEN seqincrement > 0 THEN seqmax::numeric - seqstart ELSE seqstart::numeric - seqmin END`
  return checkStep({
    slug: `enough numbers for ${name.name} ${column.name}`,
    phase: 'backfill',
    title: `Ask that ${formatRelation(sequence)} has a number for each row of ${spelled}`,
    touches: touching({ reads: [sequenceObject(sequence), rowsObject(name)] }),
    before: [
      {
        kind: 'no-rows',
        sql: generated(
          [
            `SELECT seqstart, seqmin, seqmax, seqincrement FROM pg_catalog.pg_sequence`,
            `WHERE seqrelid = ${quoteLiteral(formatRelation(sequence))}::regclass AND NOT seqcycle`,
            `AND trunc((${numbers}) / abs(seqincrement)) + 1 < (SELECT count(*) FROM ${spelled})`,
          ].join(' '),
        ),
        otherwise: `${spelled} has more rows than its sequence has numbers: give ${quoteIdentifier(column.name)} a wider type`,
      },
    ],
  })
}

interface Sequences {
  readonly helper: QualifiedName
  readonly final: QualifiedName
}

/** One short transaction: the identity begins where the sequence that has served until now ends. */
function identityStep(
  bare: AddColumn,
  clause: IdentityClause,
  { helper, final }: Sequences,
  catalog: Catalog,
): StepSketch {
  const table = catalog.resolve(bare.table)
  const spelled = formatRelation(table)
  const column = bare.column.name
  const alter = `ALTER TABLE ${spelled} ALTER COLUMN ${quoteIdentifier(column)}`
  const old = quoteLiteral(formatRelation(helper))
  const own = `pg_get_serial_sequence(${quoteLiteral(spelled)}, ${quoteLiteral(column)})::regclass`
  // Of a sequence that has given no number yet the last one is NULL, and setval() of that does nothing.
  const goOn = (to: string, from: string) =>
    generated(`SELECT setval(${to}, pg_sequence_last_value(${from}))`)
  const here: Pick<Extract<Condition, { kind: 'column-identity' }>, 'kind' | 'table' | 'column'> = {
    kind: 'column-identity',
    table: spelled,
    column,
  }
  return ddlStep({
    slug: `identity ${column}`,
    phase: 'backfill',
    title: `Make ${spelled}.${quoteIdentifier(column)} an identity column, which goes on counting where its sequence is`,
    sql: [
      generated(`${alter} DROP DEFAULT`),
      generated(`${alter} ADD ${clause.sql}`),
      goOn(own, `${old}::regclass`),
      generated(`DROP SEQUENCE ${formatRelation(helper)}`),
    ],
    touches: touching({
      creates: [sequenceObject(final)],
      changes: [columnObject(table, column)],
      drops: [sequenceObject(helper)],
      reads: [tableObject(table), rowsObject(table)],
    }),
    before: [
      { kind: 'column-not-null', table: spelled, column, notNull: true },
      { ...here, identity: null },
    ],
    after: [
      { kind: 'column-not-null', table: spelled, column, notNull: true },
      { ...here, identity: clause.always ? 'always' : 'by-default' },
    ],
    undo: undoSql(
      ...createHelperSql(helper, bare, clause),
      goOn(`${old}::regclass`, own),
      generated(`${alter} DROP IDENTITY`),
      generated(`${alter} SET DEFAULT ${nextValue(helper)}`),
    ),
  })
}
