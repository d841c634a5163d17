/**
 * what PostgreSQL can only do by writing a table anew, done to an empty copy of it instead, which a trigger and
 * batches fill behind the application and which then takes the table's name in an instant. Until the contract phase the
 * former table is kept alike by a trigger the other way round, so that the way back loses nothing.
 */
import type { Condition } from '../../model/condition.ts'
import type { Lock } from '../../model/effect.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../../postgres/relation-name.ts'
import { generated, inKeyRange } from '../../sql/edit.ts'
import { batchLimits } from './batches.ts'
import { samePrivilegesSql } from './moved-table-steps.ts'
import {
  columnObject,
  columnObjects,
  constraintObject,
  rowsObject,
  tableObject,
  touching,
  viewedColumnObject,
} from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import {
  checkStep,
  ddlStep,
  patientStep,
  undoNever,
  undoNothing,
  undoSql,
  type StepSketch,
} from './step-sketch.ts'
import { droppedForeignKeys, inboundSteps, outboundSteps, renamedForeignKeys } from './table-copy-keys.ts'
import { reasonsAgainst, tableCopy, type TableCopy, type WantedShape } from './table-copy.ts'
import {
  createMirrorSql,
  createTriggersSql,
  dropFunctionSql,
  dropTriggersSql,
  mirrorFunctionBody,
  mirrorTriggerOf,
  type Mirror,
} from './table-mirror.ts'
import { putUpSql, takeDownSql } from './table-exchange-sql.ts'
import { obstaclesSql, unequalRowsSql } from './table-obstacles-sql.ts'
import { createCopySql } from './table-shape-sql.ts'

/** `table`: as the author names it. */
export function tableCopySteps(table: RelationName, shape: WantedShape, context: RecipeContext): Recipe {
  const { catalog } = context
  const spelled = formatRelation(catalog.resolve(table))
  const known = catalog.table(table)
  if (typeof known !== 'object') {
    return { cannot: `Nothing is known of ${spelled}: give the earlier migrations or a database.` }
  }
  const reasons = reasonsAgainst(known, context)
  if (reasons.length > 0) {
    return {
      cannot: `Only a copy of ${spelled} gets it without a long lock, and it cannot be copied behind the application: ${reasons.join('; ')}. Do it in a quiet hour, while the table is small, or on a new database (blue-green).`,
    }
  }
  const copy = tableCopy(known, shape, context)
  return { steps: stepsOf(copy), notes: notesOf(copy) }
}

function stepsOf(copy: TableCopy): readonly StepSketch[] {
  return [
    obstaclesStep(copy),
    createStep(copy),
    mirrorStep(copy),
    copyStep(copy),
    equalStep(copy),
    ...outboundSteps(copy),
    ...inboundSteps(copy),
    analyzeStep(copy),
    exchangeStep(copy),
    ...droppedForeignKeys(copy),
    dropMirrorStep(copy),
    dropStep(copy),
  ]
}

function obstaclesStep({ table, outbound, inbound, sequences }: TableCopy): StepSketch {
  const spelled = formatRelation(table)
  return checkStep({
    slug: `${table.name} can be copied`,
    phase: 'expand',
    title: `Ask whether all that hangs on ${spelled} can be carried over to a copy of it`,
    // Whatever earlier migrations do to the table, to the end of their contract phase, is done before.
    touches: touching({ changes: [tableObject(table)] }),
    before: [
      {
        kind: 'no-rows',
        sql: obstaclesSql(
          table,
          table.columns.map(({ name }) => name),
          {
            foreignKeys: [
              ...outbound.map(({ name }) => ({ table, name })),
              ...inbound.map((one) => ({ table: one.table, name: one.constraint.name })),
            ],
            sequences: sequences.map(({ name }) => name),
          },
        ),
        otherwise: `${spelled} cannot be copied behind the application`,
      },
    ],
  })
}

function createStep({ table, copy, left, shape, written }: TableCopy): StepSketch {
  const [spelled, now] = [formatRelation(table), formatRelation(copy)]
  return ddlStep({
    slug: `create copy of ${table.name}`,
    phase: 'expand',
    title: `Create ${now}, an empty copy of ${spelled} ${shape.words}`,
    sql: [
      generated(`CREATE SCHEMA ${quoteIdentifier(copy.schema)}`),
      generated(`CREATE SCHEMA ${quoteIdentifier(left.schema)}`),
      ...createCopySql(table, copy),
      ...shape.statementsFor(copy),
    ],
    touches: touching({
      creates: [tableObject(copy)],
      reads: [...columnObjects(table, written)],
      changes: [tableObject(table)],
    }),
    before: [
      { kind: 'table', table: spelled, exists: true },
      { kind: 'table', table: now, exists: false },
    ],
    after: [{ kind: 'table', table: now, exists: true }],
    mirrors: [now],
    undo: undoSql(
      generated(`DROP TABLE ${now}`),
      generated(`DROP SCHEMA ${quoteIdentifier(copy.schema)}`),
      generated(`DROP SCHEMA ${quoteIdentifier(left.schema)}`),
    ),
  })
}

function mirrorCondition(mirror: Mirror, functionBody: string | null): Condition {
  return {
    kind: 'trigger',
    table: formatRelation(mirror.from),
    trigger: mirrorTriggerOf(mirror),
    exists: functionBody !== null,
    functionBody,
  }
}

function mirrorStep({ table, copy, forward }: TableCopy): StepSketch {
  return ddlStep({
    slug: `mirror ${table.name}`,
    phase: 'expand',
    title: `Write to ${formatRelation(copy)}, too, what is written to ${formatRelation(table)}`,
    sql: [...createMirrorSql(forward)],
    touches: touching({ changes: [tableObject(table), rowsObject(copy)] }),
    before: [mirrorCondition(forward, null)],
    after: [mirrorCondition(forward, mirrorFunctionBody(forward))],
    undo: undoSql(...dropTriggersSql(forward), dropFunctionSql(forward)),
  })
}

/**
 * FOR KEY SHARE: a row that somebody deletes, or gives another key, between the batch's look at it and its INSERT is waited
 * for, and not brought back. What somebody else has written to the copy by then is newer, and stays.
 */
function copyStep({ table, copy, key, written }: TableCopy): StepSketch {
  const [spelled, now] = [formatRelation(table), formatRelation(copy)]
  const columns = written.map(quoteIdentifier).join(', ')
  const conflict = key.map(({ column }) => quoteIdentifier(column)).join(', ')
  const sql = `INSERT INTO ${now} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${spelled} FOR KEY SHARE ON CONFLICT (${conflict}) DO NOTHING`
  return {
    kind: 'in-batches',
    slug: `copy rows of ${table.name}`,
    phase: 'backfill',
    title: `Copy the rows of ${spelled} to ${now} in batches`,
    table: spelled,
    key,
    sql: inKeyRange(generated(sql), key),
    ...batchLimits,
    touches: touching({
      reads: [tableObject(table), rowsObject(table), ...columnObjects(table, written), tableObject(copy)],
      changes: [rowsObject(copy)],
    }),
    before: [
      { kind: 'table', table: spelled, exists: true },
      { kind: 'table', table: now, exists: true },
    ],
    after: [],
    undo: undoNothing('the rows go with the copy'),
  }
}

function equalStep({ table, copy, written }: TableCopy): StepSketch {
  const [spelled, now] = [formatRelation(table), formatRelation(copy)]
  return checkStep({
    slug: `copy of ${table.name} is equal`,
    phase: 'backfill',
    title: `Count the rows of ${spelled} and of ${now} in one snapshot, and compare their digests`,
    touches: touching({
      reads: [tableObject(table), rowsObject(table), tableObject(copy), rowsObject(copy)],
    }),
    before: [
      {
        kind: 'no-rows',
        sql: unequalRowsSql(table, copy, written),
        otherwise: `${now} does not hold the rows of ${spelled}`,
      },
    ],
  })
}

/** Else the planner would know nothing of the table that has the name from the exchange on. */
function analyzeStep({ table, copy }: TableCopy): StepSketch {
  return patientStep({
    slug: `analyze copy of ${table.name}`,
    phase: 'backfill',
    title: `Take statistics of ${formatRelation(copy)}`,
    sql: generated(`ANALYZE ${formatRelation(copy)}`),
    touches: touching({ reads: [rowsObject(copy)], changes: [tableObject(copy)] }),
    before: [{ kind: 'table', table: formatRelation(copy), exists: true }],
    after: [
      {
        kind: 'no-rows',
        // -1 where nobody has counted: https://www.postgresql.org/docs/current/catalog-pg-class.html
        sql: generated(
          `SELECT relname FROM pg_class WHERE oid = to_regclass(${quoteLiteral(formatRelation(copy))}) AND reltuples < 0`,
        ),
        otherwise: `${formatRelation(copy)} has no statistics`,
      },
    ],
    undo: undoNothing('statistics only'),
  })
}

function exchangeStep(made: TableCopy): StepSketch {
  const { table, copy, left, forward, backward, inbound, views, context } = made
  const spelled = formatRelation(table)
  const major = context.serverVersion.min
  const move = (from: QualifiedName, schema: string): string =>
    generated(`ALTER TABLE ${formatRelation(from)} SET SCHEMA ${quoteIdentifier(schema)}`)
  const home = { schema: table.schema, name: table.name }
  // Else they would go with the table to its schema, and both tables take their numbers from them.
  const disowned = made.sequences.map(({ name }) =>
    generated(`ALTER SEQUENCE ${formatRelation(name)} OWNED BY NONE`),
  )
  const owned = made.sequences.map(({ name, column }) =>
    generated(`ALTER SEQUENCE ${formatRelation(name)} OWNED BY ${spelled}.${quoteIdentifier(column)}`),
  )
  return ddlStep({
    slug: `exchange ${table.name}`,
    phase: 'backfill',
    title: `Let the copy take the place of ${spelled}, with all that hangs on it, and keep the former table alike`,
    sql: [
      takeDownSql({ table: home, outgoing: left, incoming: copy }, major),
      ...disowned,
      ...dropTriggersSql(forward),
      move(table, left.schema),
      move(copy, table.schema),
      ...owned,
      ...renamedForeignKeys(inbound, 'there'),
      samePrivilegesSql(formatRelation(left), spelled),
      putUpSql(),
      ...createMirrorSql(backward),
    ],
    touches: touching({
      changes: [
        tableObject(table),
        ...table.columns.map(({ name }) => viewedColumnObject(table, name)),
        ...inbound.map((one) => constraintObject(one.table, one.constraint.name)),
      ],
      drops: [tableObject(copy)],
      creates: [
        tableObject(left),
        ...(made.shape.column === undefined ? [] : [columnObject(table, made.shape.column)]),
      ],
    }),
    before: [
      { kind: 'table', table: formatRelation(copy), exists: true },
      { kind: 'table', table: formatRelation(left), exists: false },
    ],
    after: [
      { kind: 'table', table: formatRelation(left), exists: true },
      mirrorCondition(backward, mirrorFunctionBody(backward)),
    ],
    mirrors: [formatRelation(left)],
    dynamicLocks: views.map((view): Lock => ({ relation: formatRelation(view), mode: 'AccessExclusive' })),
    undo: undoSql(
      takeDownSql({ table: home, outgoing: copy, incoming: left }, major),
      ...disowned,
      ...dropTriggersSql(backward),
      dropFunctionSql(backward),
      move(table, copy.schema),
      move(left, table.schema),
      ...owned,
      ...renamedForeignKeys(inbound, 'back'),
      samePrivilegesSql(formatRelation(copy), spelled),
      putUpSql(),
      ...createTriggersSql(forward),
    ),
  })
}

function dropMirrorStep({ table, left, forward, backward }: TableCopy): StepSketch {
  return ddlStep({
    slug: `end mirror of ${table.name}`,
    phase: 'contract',
    title: `Write to ${formatRelation(table)} alone`,
    sql: [...dropTriggersSql(backward), dropFunctionSql(backward), dropFunctionSql(forward)],
    touches: touching({ changes: [tableObject(table), rowsObject(left)] }),
    before: [mirrorCondition(backward, mirrorFunctionBody(backward))],
    after: [mirrorCondition(backward, null)],
    undo: undoNever(
      `what is written to ${formatRelation(table)} from then on is not in ${formatRelation(left)}`,
    ),
  })
}

function dropStep({ table, copy, left }: TableCopy): StepSketch {
  const spelled = formatRelation(left)
  return ddlStep({
    slug: `drop what ${table.name} was`,
    phase: 'contract',
    title: `Drop ${spelled}, what ${formatRelation(table)} was before`,
    sql: [
      generated(`DROP TABLE ${spelled}`),
      generated(`DROP SCHEMA ${quoteIdentifier(left.schema)}`),
      generated(`DROP SCHEMA ${quoteIdentifier(copy.schema)}`),
    ],
    touches: touching({ drops: [tableObject(left)] }),
    before: [{ kind: 'table', table: spelled, exists: true }],
    after: [{ kind: 'table', table: spelled, exists: false }],
    undo: undoNever(`${spelled} is gone; its rows are in ${formatRelation(table)}`),
  })
}

function notesOf({ table, copy, left }: TableCopy): readonly string[] {
  const spelled = formatRelation(table)
  return [
    `${spelled} is copied: it takes twice its room until the contract phase, and every row that is written to it is written twice, to ${formatRelation(copy)} and from the exchange on to ${formatRelation(left)}. TRUNCATE empties both.`,
    `A transaction in REPEATABLE READ or SERIALIZABLE that is older than the copy of a row which it writes to in ${spelled} fails with 40001, and goes through when it is run again.`,
  ]
}
