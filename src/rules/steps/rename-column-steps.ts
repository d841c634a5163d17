/** both names at once. The old application writes the one and the new application the other, and nothing is lost. */
import type { ActionOf } from '../../model/statement.ts'
import type { TableSnapshot, ColumnSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import {
  carryCommentSql,
  carrySettingsSql,
  copyNotes,
  copiedDependents,
  fillCopySteps,
  type CopyContext,
} from './copied-column-steps.ts'
import type { CopiedColumn, CopiedDependents } from './copied-dependents.ts'
import {
  columnObject,
  commentObject,
  constraintObject,
  defaultObject,
  tableObject,
  touching,
} from './objects.ts'
import { reasonsAgainstCopy, unreadableIndexes } from './reasons-against-copy.ts'
import type { Recipe } from './recipe.ts'
import type { StepSketch } from './step-sketch.ts'
import type { SyncChange, SyncPiece } from '../../model/sync.ts'
import { syncStep } from './sync-steps.ts'

export function renameColumnSteps(action: ActionOf<'rename-column'>, context: CopyContext): Recipe {
  const { catalog } = context
  const name = `${formatRelation(catalog.resolve(action.table))}.${quoteIdentifier(action.column)}`
  const [table, from] = [catalog.table(action.table), catalog.column(action.table, action.column)]
  if (typeof table !== 'object' || typeof from !== 'object') {
    return { cannot: `Nothing is known of ${name}: give the earlier migrations or a database.` }
  }
  const column = { table, from, copy: action.to }
  const reasons = [...reasonsAgainstCopy(column, context), ...unreadableIndexes(column)]
  if (reasons.length > 0) {
    return {
      cannot: `${name} cannot be there under both names: ${reasons.join('; ')}. Keep the name; or add ${quoteIdentifier(action.to)} beside it, let the application write both, and drop the old one in a later migration; or move to a new database (blue-green).`,
    }
  }
  const dependents = copiedDependents(column, context)
  return {
    steps: [
      addStep(column, catalog.searchPath),
      ...fillCopySteps(column, quoteIdentifier(from.name)),
      ...dependents.build,
      ...dependents.move.gone,
      ...dependents.clear,
      endStep(column, dependents, catalog.searchPath),
    ],
    notes: [
      `From its expand phase to its contract phase ${formatRelation(table)} has both ${quoteIdentifier(from.name)} and ${quoteIdentifier(action.to)}, and a trigger keeps them alike: an application that reads SELECT * meets a column more. Prepared statements of SELECT * fail once with 0A000, when the column comes and when it goes.`,
      ...copyNotes(column),
      ...(from.default === null || from.notNull
        ? []
        : [
            `While both are there, a NULL that the new application inserts into ${quoteIdentifier(action.to)} is taken for a value left out, and becomes ${from.default}.`,
          ]),
    ],
  }
}

/** The very same value both ways. */
function pieceOf({ from, copy }: CopiedColumn): SyncPiece {
  return { kind: 'two-way', old: from.name, column: copy, up: ['', ''], down: ['', ''] }
}

function changeOf(
  table: TableSnapshot,
  searchPath: readonly string[],
  change: Pick<SyncChange, 'removes' | 'adds' | 'ownSql' | 'ownUndo'>,
): SyncChange {
  return { table: { schema: table.schema, name: table.name }, searchPath, ...change }
}

function addStep(column: CopiedColumn, searchPath: readonly string[]): StepSketch {
  const { table, from, copy } = column
  const spelled = formatRelation(table)
  const [old, now] = [quoteIdentifier(from.name), quoteIdentifier(copy)]
  const made = columnObject(table, copy)
  return syncStep(
    {
      slug: `add ${table.name} ${copy}`,
      phase: 'expand',
      title: `Add ${now} to ${spelled}, and let writes to it and to ${old} reach each other`,
      touches: touching({ creates: [made], reads: [tableObject(table), columnObject(table, from.name)] }),
      before: [{ kind: 'column', table: spelled, column: copy, exists: false, type: null }],
      after: [{ kind: 'column', table: spelled, column: copy, exists: true, type: null }],
      mirrors: [made.slice('column '.length)],
      change: changeOf(table, searchPath, {
        removes: [],
        adds: [pieceOf(column)],
        ownSql: [
          generated(`ALTER TABLE ${spelled} ADD COLUMN ${now} ${typeOf(from)}`),
          carrySettingsSql(column),
        ],
        ownUndo: [generated(`ALTER TABLE ${spelled} DROP COLUMN ${now}`)],
      }),
    },
    [],
  )
}

function typeOf({ type, collation }: ColumnSnapshot): string {
  return collation === null ? type : `${type} COLLATE ${quoteIdentifier(collation)}`
}

function endStep(
  column: CopiedColumn,
  { ahead, adopt, after, named }: CopiedDependents,
  searchPath: readonly string[],
): StepSketch {
  const { table, from, copy } = column
  const spelled = formatRelation(table)
  const [old, now] = [quoteIdentifier(from.name), quoteIdentifier(copy)]
  const defaults =
    from.default === null
      ? []
      : [generated(`ALTER TABLE ${spelled} ALTER COLUMN ${now} SET DEFAULT ${from.default}`)]
  return syncStep(
    {
      slug: `drop ${table.name} ${from.name}`,
      phase: 'contract',
      title: `Drop ${old} of ${spelled}, whose place ${now} has taken`,
      touches: touching({
        drops: [
          columnObject(table, from.name),
          ...table.constraints
            .filter(({ columns }) => columns.includes(from.name))
            .map(({ name }) => constraintObject(table, name)),
        ],
        changes: [
          ...named,
          ...(from.default === null ? [] : [defaultObject(table, copy)]),
          commentObject(columnObject(table, copy)),
        ],
        reads: [tableObject(table), columnObject(table, copy)],
      }),
      before: [
        { kind: 'column', table: spelled, column: from.name, exists: true, type: null },
        { kind: 'column', table: spelled, column: copy, exists: true, type: null },
      ],
      after: [
        { kind: 'column', table: spelled, column: from.name, exists: false, type: null },
        { kind: 'column', table: spelled, column: copy, exists: true, type: null },
        ...after,
      ],
      change: changeOf(table, searchPath, {
        removes: [copy],
        adds: [],
        ownSql: [
          carryCommentSql(column),
          ...ahead,
          generated(`ALTER TABLE ${spelled} DROP COLUMN ${old}`),
          ...adopt,
          ...defaults,
        ],
        ownUndo: null,
      }),
      never: `${old} of ${spelled} is gone; all that it held is in ${now}`,
    },
    [pieceOf(column)],
  )
}
