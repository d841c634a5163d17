import type { Catalog, Lookup } from '../../catalog/catalog.ts'
import { replay } from '../../catalog/replay.ts'
import type { ColumnSnapshot } from '../../model/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { ActionOf, Expression } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import {
  columnObject,
  constraintObject,
  defaultObject,
  indexObject,
  rowsObject,
  tableObject,
  touching,
  viewedColumnObject,
} from '../../rules/steps/objects.ts'
import { cascadeSteps } from '../../rules/steps/cascade-steps.ts'
import { dropConstraintSteps } from '../../rules/steps/drop-constraint-steps.ts'
import { parsedAction } from '../../rules/steps/parsed-action.ts'
import { inOrder, type Recipe } from '../../rules/steps/recipe.ts'
import { generated } from '../../sql/edit.ts'
import { ddlStep, undoNever, undoNothing, undoSql } from '../../rules/steps/step-sketch.ts'
import {
  beside,
  cascadeReason,
  existsAlready,
  isOld,
  phaseOfTaking,
  type NativeAnswer,
  type NativeContext,
} from './answer.ts'
import { referenceObjects } from './reference-objects.ts'
import { renameReason } from './tables.ts'
import {
  dropColumnSql,
  dropDefaultSql,
  dropNotNullSql,
  renameColumnSql,
  setDefaultSql,
  setNotNullSql,
} from './undo-sql.ts'

interface ColumnPlace {
  readonly table: QualifiedName
  /** The table as conditions and titles spell it. */
  readonly on: string
  readonly column: string
  /** `public.t.c` */
  readonly name: string
  readonly known: Lookup<ColumnSnapshot>
}

function placeOf(catalog: Catalog, action: ActionOf<'drop-column'>['table'], column: string): ColumnPlace {
  const table = catalog.resolve(action)
  const on = formatRelation(table)
  return {
    table,
    on,
    column,
    name: `${on}.${quoteIdentifier(column)}`,
    known: catalog.column(action, column),
  }
}

function columnExists(place: ColumnPlace, exists: boolean, type: string | null = null): Condition {
  return { kind: 'column', table: place.on, column: place.column, exists, type }
}

/** DEFAULT NULL leaves no default. `observed`: what the server makes of the author's expression is known when the plan has run on a shadow. */
function columnDefault(place: ColumnPlace, given: Expression | null): Condition {
  return {
    kind: 'column-default',
    table: place.on,
    column: place.column,
    default: given === null ? null : given.isNull ? 'null' : 'observed',
  }
}

function columnNotNull(place: ColumnPlace, notNull: boolean): Condition {
  return { kind: 'column-not-null', table: place.on, column: place.column, notNull }
}

/**
 * The type as `format_type()` will say it, from the replay. Null where that depends on the session that asks: it writes
 * the schema of a type only if the search path does not have it.
 */
function typeAfter(catalog: Catalog, action: ActionOf<'add-column' | 'alter-column-type'>): string | null {
  const column = action.kind === 'add-column' ? action.column.name : action.column
  const after = replay(catalog, action).column(action.table, column)
  return typeof after === 'string' || after.type.includes('.') || after.type.includes('"') ? null : after.type
}

/** Names that the server gives to constraints written on the column, as the replay foresees them. */
function constraintsMade(catalog: Catalog, action: ActionOf<'add-column'>): readonly string[] {
  const before = catalog.table(action.table)
  const after = replay(catalog, action).table(action.table)
  if (typeof before === 'string' || typeof after === 'string') return []
  const known = new Set(before.constraints.map(({ name }) => name))
  return after.constraints.flatMap(({ name }) => (known.has(name) ? [] : [constraintObject(after, name)]))
}

export function addColumn(action: ActionOf<'add-column'>, { catalog }: NativeContext): NativeAnswer {
  const definition = action.column
  const place = placeOf(catalog, action.table, definition.name)
  const given = definition.generated === null ? definition.default : null
  const isCertainlyOurs = !action.ifNotExists || place.known === 'absent'
  if (action.ifNotExists && typeof place.known !== 'string') {
    return { note: `${place.name} exists already, so nothing adds it` }
  }
  if (typeof place.known !== 'string') return { cannot: existsAlready(place.name) }
  return {
    steps: [
      ddlStep({
        slug: `add ${place.table.name} ${place.column}`,
        title: `Add column ${place.name}`,
        phase: 'expand',
        sql: [action.sql],
        touches: touching({
          creates: [columnObject(place.table, place.column), ...constraintsMade(catalog, action)],
          reads: [
            tableObject(place.table),
            ...definition.constraints.flatMap((constraint) => referenceObjects(catalog, constraint)),
          ],
        }),
        before: [columnExists(place, false)],
        after: [
          columnExists(place, true, typeAfter(catalog, action)),
          ...(given === null ? [] : [columnDefault(place, given)]),
          ...(definition.notNull ? [columnNotNull(place, true)] : []),
        ],
        undo: isCertainlyOurs
          ? undoSql(dropColumnSql(place.table, place.column))
          : undoNothing('IF NOT EXISTS: the column may have been there before'),
      }),
    ],
  }
}

export function dropColumn(action: ActionOf<'drop-column'>, context: NativeContext): NativeAnswer {
  const { catalog } = context
  const place = placeOf(catalog, action.table, action.column)
  if (action.ifExists && place.known === 'absent') {
    return { note: `${place.name} does not exist, so nothing drops it` }
  }
  const ahead = droppedAhead(action, context)
  if ('cannot' in ahead) return ahead
  return {
    notes: [...(ahead.notes ?? [])],
    steps: [
      ...leftOutFirst(action, place, catalog),
      ...ahead.steps,
      ddlStep({
        slug: `drop ${place.table.name} ${place.column}`,
        title: `Drop column ${place.name}`,
        phase: phaseOfTaking(catalog, action.table),
        sql: [action.cascade ? dropColumnSql(place.table, place.column) : action.sql],
        touches: touching({
          drops: [columnObject(place.table, place.column), ...dependentsOf(catalog, action)],
          reads: [tableObject(place.table)],
        }),
        before: action.ifExists ? [] : [columnExists(place, true)],
        after: [columnExists(place, false)],
        undo: undoNever(`the values of ${place.name} are gone with it`),
      }),
    ],
  }
}

/**
 * What is dropped before a column of a table that is in use: what CASCADE would take along, and the column's own foreign
 * keys, each alone, for it locks the table that it references.
 */
function droppedAhead(action: ActionOf<'drop-column'>, { catalog, serverVersion }: NativeContext): Recipe {
  const table = catalog.table(action.table)
  if (typeof table !== 'object' || catalog.isNew(action.table)) {
    return action.cascade ? { cannot: cascadeReason('DROP COLUMN') } : { steps: [] }
  }
  const context = { catalog, serverVersion }
  const others = action.cascade
    ? cascadeSteps(table, { kind: 'column', column: action.column }, context)
    : { steps: [] }
  const own = table.constraints
    .filter(({ kind, columns }) => kind === 'foreign-key' && columns.includes(action.column))
    .map(({ name }) => {
      const sql = `ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${quoteIdentifier(name)}`
      return dropConstraintSteps(parsedAction(generated(sql), 'drop-constraint'), context)
    })
  return inOrder([others, ...own])
}

/** The new application does not know the column any more, and must be able to insert before the column goes. */
function leftOutFirst(action: ActionOf<'drop-column'>, place: ColumnPlace, catalog: Catalog) {
  const { known } = place
  const isRequired =
    typeof known !== 'string' &&
    known.notNull &&
    known.default === null &&
    known.identity === null &&
    known.generated === null
  if (!isRequired || catalog.isNew(action.table) || isInPrimaryKey(catalog, action)) return []
  return [
    ddlStep({
      slug: `leave out ${place.table.name} ${place.column}`,
      title: `Let the new application leave out ${place.name}`,
      phase: 'expand',
      sql: [dropNotNullSql(place.table, place.column)],
      touches: touching({
        changes: [columnObject(place.table, place.column)],
        reads: [tableObject(place.table)],
      }),
      before: [columnExists(place, true)],
      after: [columnNotNull(place, false)],
      undo: undoNever(`rows without ${place.name} may be there by then`),
    }),
  ]
}

function isInPrimaryKey(catalog: Catalog, action: ActionOf<'drop-column'>): boolean {
  const table = catalog.table(action.table)
  return (
    typeof table !== 'string' &&
    table.constraints.some(({ kind, columns }) => kind === 'primary-key' && columns.includes(action.column))
  )
}

/** DROP COLUMN takes every constraint and every index over the column with it. */
function dependentsOf(catalog: Catalog, action: ActionOf<'drop-column'>): readonly string[] {
  const table = catalog.table(action.table)
  if (typeof table === 'string') return []
  const over = ({ columns }: { readonly columns: readonly (string | null)[] }) =>
    columns.includes(action.column)
  return [
    ...table.constraints.filter(over).map(({ name }) => constraintObject(table, name)),
    ...table.indexes
      .filter((index) => over(index) || index.include.includes(action.column))
      .map(({ name }) => indexObject(beside(table, name))),
  ]
}

export function renameColumn(action: ActionOf<'rename-column'>, { catalog }: NativeContext): NativeAnswer {
  const place = placeOf(catalog, action.table, action.column)
  const to = { ...place, column: action.to, name: `${place.on}.${quoteIdentifier(action.to)}` }
  if (isOld(catalog, action.table)) return { cannot: renameReason(place.name, to.name) }
  return {
    steps: [
      ddlStep({
        slug: `rename ${place.table.name} ${place.column} to ${action.to}`,
        title: `Rename column ${place.name} to ${quoteIdentifier(action.to)}`,
        phase: 'expand',
        sql: [action.sql],
        touches: touching({
          drops: [columnObject(place.table, place.column)],
          creates: [columnObject(place.table, action.to)],
          reads: [tableObject(place.table)],
        }),
        before: [columnExists(place, true)],
        after: [columnExists(to, true), columnExists(place, false)],
        undo: undoSql(renameColumnSql(place.table, action.to, place.column)),
      }),
    ],
  }
}

export function setDefault(action: ActionOf<'set-default'>, { catalog }: NativeContext): NativeAnswer {
  const place = placeOf(catalog, action.table, action.column)
  const { known } = place
  return {
    steps: [
      ddlStep({
        slug: `default ${place.table.name} ${place.column}`,
        title: `Set the default of ${place.name}`,
        switches: { drops: [], makes: [defaultObject(place.table, place.column)] },
        phase: 'expand',
        sql: [action.sql],
        touches: defaultChange(place),
        before: [columnExists(place, true)],
        after: [columnDefault(place, action.default)],
        undo:
          typeof known === 'string'
            ? undoNever(`the default that ${place.name} had before is not known`)
            : undoSql(
                known.default === null
                  ? dropDefaultSql(place.table, place.column)
                  : setDefaultSql(place.table, place.column, known.default),
              ),
      }),
    ],
  }
}

export function dropDefault(action: ActionOf<'drop-default'>, { catalog }: NativeContext): NativeAnswer {
  const place = placeOf(catalog, action.table, action.column)
  const { known } = place
  return {
    steps: [
      ddlStep({
        slug: `no default ${place.table.name} ${place.column}`,
        title: `Drop the default of ${place.name}`,
        switches: { drops: [defaultObject(place.table, place.column)], makes: [] },
        phase: phaseOfTaking(catalog, action.table),
        sql: [action.sql],
        touches: defaultChange(place),
        before: [columnExists(place, true)],
        after: [columnDefault(place, null)],
        undo:
          typeof known === 'string'
            ? undoNever(`the default that ${place.name} had before is not known`)
            : known.default === null
              ? undoNothing(`${place.name} had no default`)
              : undoSql(setDefaultSql(place.table, place.column, known.default)),
      }),
    ],
  }
}

export function setNotNull(action: ActionOf<'set-not-null'>, { catalog }: NativeContext): NativeAnswer {
  const place = placeOf(catalog, action.table, action.column)
  const table = catalog.table(action.table)
  // Without a scan only because these hold: the step must not overtake the step that validates one of them.
  const proofs =
    typeof table === 'string'
      ? []
      : table.constraints.filter(({ kind, columns }) => kind === 'check' && columns.includes(action.column))
  return {
    steps: [
      ddlStep({
        slug: `not null ${place.table.name} ${place.column}`,
        title: `Set ${place.name} NOT NULL`,
        phase: catalog.isNew(action.table) ? 'expand' : 'backfill',
        sql: [action.sql],
        touches: touching({
          changes: [columnObject(place.table, place.column)],
          reads: [
            tableObject(place.table),
            rowsObject(place.table),
            ...proofs.map(({ name }) => constraintObject(place.table, name)),
          ],
        }),
        before: [columnExists(place, true)],
        after: [columnNotNull(place, true)],
        undo:
          typeof place.known !== 'string' && place.known.notNull
            ? undoNothing(`${place.name} was NOT NULL before`)
            : undoSql(dropNotNullSql(place.table, place.column)),
      }),
    ],
  }
}

export function dropNotNull(action: ActionOf<'drop-not-null'>, { catalog }: NativeContext): NativeAnswer {
  const place = placeOf(catalog, action.table, action.column)
  return {
    notes: isOld(catalog, action.table)
      ? [
          `From its expand phase on ${place.name} may be NULL: the running application must be able to read that.`,
        ]
      : [],
    steps: [
      ddlStep({
        slug: `nullable ${place.table.name} ${place.column}`,
        title: `Let ${place.name} be NULL`,
        phase: 'expand',
        sql: [action.sql],
        touches: columnChange(place),
        before: [columnExists(place, true)],
        after: [columnNotNull(place, false)],
        undo: catalog.isNew(action.table)
          ? undoSql(setNotNullSql(place.table, place.column))
          : undoNever(`rows with NULL in ${place.name} may be there by then`),
      }),
    ],
  }
}

/** Only what PostgreSQL does without touching a row comes here: a wider varchar, varchar to text. */
export function alterColumnType(
  action: ActionOf<'alter-column-type'>,
  { catalog }: NativeContext,
): NativeAnswer {
  const place = placeOf(catalog, action.table, action.column)
  return {
    notes: isOld(catalog, action.table)
      ? [
          `Prepared statements that return ${place.name} fail once with 0A000 (cached plan must not change result ` +
            'type); drivers that prepare again do not show it.',
        ]
      : [],
    steps: [
      ddlStep({
        slug: `type ${place.table.name} ${place.column}`,
        title: `Change the type of ${place.name} to ${action.type}, without a rewrite`,
        phase: 'expand',
        sql: [action.sql],
        touches: touching({
          changes: [columnObject(place.table, place.column), viewedColumnObject(place.table, place.column)],
          reads: [tableObject(place.table)],
        }),
        before: [columnExists(place, true)],
        after: [columnExists(place, true, typeAfter(catalog, action))],
        undo: undoNothing(
          'the new type holds every value of the old one, and going back would read every row',
        ),
      }),
    ],
  }
}

function defaultChange(place: ColumnPlace) {
  return touching({
    changes: [defaultObject(place.table, place.column)],
    reads: [tableObject(place.table), columnObject(place.table, place.column)],
  })
}

function columnChange(place: ColumnPlace) {
  return touching({
    changes: [columnObject(place.table, place.column)],
    reads: [tableObject(place.table)],
  })
}
