/**
 * A copy of a column under another name, with all that hangs on the column, kept alike by the table's sync trigger for as
 * long as one application knows the one and another the other (R-25, R-27, BB-8). Whatever cannot be carried over is
 * named, and then there is no copy.
 */
import { definitionOf, constraintSql } from '../../catalog/constraint-facts.ts'
import { objectsNaming, viewsOver } from '../../catalog/dependents.ts'
import { mentions } from '../../catalog/index-facts.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { ColumnSnapshot, ConstraintSnapshot, IndexSnapshot, TableSnapshot } from '../../model/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { ConstraintOf } from '../../model/statement.ts'
import { notNullName } from '../../postgres/generated-name.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated, inKeyRange, withConcurrently, withIndexName, withNotValid } from '../../sql/edit.ts'
import { namedIn } from '../../sql/statement-facts.ts'
import { withRenamedColumn } from '../../sql/rename-column.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import { batchLimits, keyOf, reasonsInTriggers, triggersFired } from './batches.ts'
import { dropConstraintSteps } from './drop-constraint-steps.ts'
import { buildIndexStep, dropIndexStep } from './index-steps.ts'
import { lockstepName } from './lockstep-name.ts'
import { triggerDecision } from './mass-change.ts'
import { namedNotNull, provenNotNull } from './not-null-steps.ts'
import { notValidSteps } from './not-valid-steps.ts'
import { columnObject, constraintObject, indexObject, rowsObject, tableObject, touching } from './objects.ts'
import { parsedAction } from './parsed-action.ts'
import type { RecipeContext } from './recipe.ts'
import { isReplicaIdentity } from './replica-identity.ts'
import { checkStep, undoNothing, type StepSketch } from './step-sketch.ts'
import { firesAfterSync } from './sync-steps.ts'
import { areDifferent } from './sync-trigger.ts'
import { deferral, uniqueIndexSql } from './unique-steps.ts'

/** What a recipe that moves rows must know: the author's word on triggers too. */
export interface CopyContext extends RecipeContext {
  readonly comments: readonly LockstepComment[]
}

export interface CopiedColumn {
  readonly table: TableSnapshot
  readonly from: ColumnSnapshot
  /** What the copy is called while both are there. */
  readonly copy: string
}

/** What hangs on a column, made anew for its copy. */
export interface CopiedDependents {
  /** In the backfill phase, under names of ours. */
  readonly build: readonly StepSketch[]
  /** What is dropped ahead of the column, because it can be dropped alone, or concurrently. */
  readonly clear: readonly StepSketch[]
  /** When the column is gone: the names that its dependents had, for those of the copy. */
  readonly adopt: readonly string[]
  /** What `adopt` needs where the column is not gone but set aside: its dependents give their names up. */
  readonly release: readonly string[]
  /** What takes both back, in order. */
  readonly giveBack: readonly string[]
  readonly after: readonly Condition[]
  /** Objects that `adopt` gives their names. */
  readonly named: readonly string[]
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

/** Each a clause; empty: it can be copied. */
export function reasonsAgainstCopy(
  { table, from }: Omit<CopiedColumn, 'copy'>,
  { catalog, comments }: CopyContext,
): readonly string[] {
  const spelled = formatRelation(table)
  const fired = triggersFired(catalog, table, 'update')
  return [
    ...(catalog.complete ? [] : ['not all that may hang on it is known: give all migrations, or a database']),
    ...(table.kind === 'table' && table.partitionOf === null
      ? []
      : [`${spelled} is ${table.kind === 'table' ? 'a partition' : `a ${table.kind.replaceAll('-', ' ')}`}`]),
    ...reasonsInColumn(from),
    ...reasonsInDependents(table, from.name, catalog),
    ...table.constraints.flatMap((constraint) => reasonsInConstraint(constraint, from.name)),
    ...reasonsInReplicaIdentity(table, from.name),
    ...table.triggers
      .filter(({ name }) => firesAfterSync(name))
      .map(
        ({ name }) =>
          `trigger ${quoteIdentifier(name)} would change rows behind the one that keeps both alike`,
      ),
    ...reasonsInTriggers(fired, triggerDecision(comments)),
  ]
}

function reasonsInColumn({
  identity,
  generated: expression,
  default: standard,
}: ColumnSnapshot): readonly string[] {
  if (identity !== null) return ['it is an identity column, whose sequence cannot serve two columns']
  if (expression !== null) return ['it is a generated column']
  return standard !== null && standard.toLowerCase().startsWith('nextval(')
    ? ['its values come from a sequence that belongs to it']
    : []
}

function reasonsInDependents(table: TableSnapshot, column: string, catalog: Catalog): readonly string[] {
  const views = viewsOver(catalog, table, column).map((view) => `view ${formatRelation(view)}`)
  const keys = catalog
    .foreignKeysTo(table)
    .filter(({ constraint }) => constraint.references?.columns.includes(column) === true)
    .map(
      ({ table: of, constraint }) =>
        `foreign key ${quoteIdentifier(constraint.name)} of ${formatRelation(of)}`,
    )
  const computed = table.columns
    .filter(
      (one) => one.generated !== null && (namedIn(`SELECT ${one.generated}`)?.columns.has(column) ?? true),
    )
    .map(({ name }) => `generated column ${quoteIdentifier(name)}`)
  const triggers = table.triggers
    .filter(({ columns }) => columns.includes(column))
    .map(({ name }) => `trigger ${quoteIdentifier(name)}`)
  return [...views, ...keys, ...computed, ...triggers, ...objectsNaming(catalog, table, column)].map(
    (name) => `${name} would go on using the old one`,
  )
}

function reasonsInConstraint(constraint: ConstraintSnapshot, column: string): readonly string[] {
  if (!constraint.columns.includes(column)) return []
  const name = quoteIdentifier(constraint.name)
  switch (constraint.kind) {
    case 'primary-key':
      return [`it is part of the primary key ${name}`]
    case 'exclude':
      return [`it is part of the exclusion constraint ${name}`]
    case 'trigger':
      return [`constraint trigger ${name} stands on it`]
    case 'check':
    case 'foreign-key':
      return copiedConstraintSql(constraint, column, column) === null
        ? [`the definition of ${name} cannot be read`]
        : []
    case 'unique':
      return definitionOf(constraint) === null ? [`the definition of ${name} cannot be read`] : []
    case 'not-null':
      return []
  }
}

/** An index that is built for the copy becomes it by a statement only, and until then no row can be told by the old one. */
function reasonsInReplicaIdentity(table: TableSnapshot, column: string): readonly string[] {
  const index = table.indexes.find(({ name }) => isReplicaIdentity(table, name))
  return index === undefined || !index.columns.includes(column)
    ? []
    : [
        `it is in index ${quoteIdentifier(index.name)}, the table’s replica identity: set another one (ALTER TABLE … REPLICA IDENTITY) in a migration before this one`,
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

const nothing: CopiedDependents = {
  build: [],
  clear: [],
  adopt: [],
  release: [],
  giveBack: [],
  after: [],
  named: [],
}

export function copiedDependents(column: CopiedColumn, context: RecipeContext): CopiedDependents {
  const { table, from } = column
  const owned = new Set(table.constraints.flatMap(({ index }) => index ?? []))
  return [
    ...(from.notNull ? [copiedNotNull(column, context)] : []),
    ...table.constraints
      .filter(({ columns }) => columns.includes(from.name))
      .map((constraint) => copiedConstraint(column, constraint, context)),
    ...table.indexes
      .filter((index) => !owned.has(index.name) && mentions(index, from.name))
      .map((index) => copiedIndex(column, index)),
  ].reduce(joined, nothing)
}

function joined(one: CopiedDependents, other: CopiedDependents): CopiedDependents {
  return {
    build: [...one.build, ...other.build],
    clear: [...one.clear, ...other.clear],
    adopt: [...one.adopt, ...other.adopt],
    release: [...one.release, ...other.release],
    giveBack: [...other.giveBack, ...one.giveBack],
    after: [...one.after, ...other.after],
    named: [...one.named, ...other.named],
  }
}

function copiedNotNull(
  { table, from, copy }: CopiedColumn,
  { serverVersion }: RecipeContext,
): CopiedDependents {
  if (serverVersion.min < 18) return { ...nothing, build: provenNotNull(table, copy, 'backfill') }
  const name = notNullConstraintOf(table, from.name)
  const temporary = lockstepName('new', name)
  return {
    ...nothing,
    build: namedNotNull(table, copy, temporary, 'backfill'),
    adopt: [renameConstraintSql(table, temporary, name)],
    // The column's own went with its NOT NULL.
    giveBack: [renameConstraintSql(table, name, temporary)],
    after: [constraintExists(table, name)],
    named: [constraintObject(table, name)],
  }
}

function copiedConstraint(
  column: CopiedColumn,
  constraint: ConstraintSnapshot,
  context: RecipeContext,
): CopiedDependents {
  const { table, from, copy } = column
  const { name } = constraint
  const named = { after: [constraintExists(table, name)], named: [constraintObject(table, name)] }
  switch (constraint.kind) {
    case 'check':
    case 'foreign-key': {
      const temporary = lockstepName('new', name)
      const definition = copiedConstraintSql(constraint, from.name, copy)
      if (definition === null) throw new Error(`${name} was to be refused`)
      const add = `ALTER TABLE ${formatRelation(table)} ADD CONSTRAINT ${quoteIdentifier(temporary)} ${definition}`
      const steps = notValidSteps({
        table,
        name: temporary,
        noun: constraint.kind === 'check' ? 'check' : 'foreign key',
        sql: withNotValid(add),
        reads: [
          columnObject(table, copy),
          ...(constraint.references === null
            ? []
            : [tableObject(constraint.references), rowsObject(constraint.references)]),
        ],
        addIn: 'backfill',
        validateIn: 'backfill',
      })
      const aside = lockstepName('old', name)
      return {
        ...named,
        release: [renameConstraintSql(table, name, aside)],
        giveBack: [renameConstraintSql(table, name, temporary), renameConstraintSql(table, aside, name)],
        build: constraint.validated ? steps : steps.slice(0, 1),
        // Alone: it locks the table that it references, too.
        clear: constraint.kind === 'foreign-key' ? droppedForeignKey(table, name, context) : [],
        adopt: [renameConstraintSql(table, temporary, name)],
      }
    }
    case 'unique':
      return { ...named, ...copiedKey(column, constraint) }
    case 'not-null':
    case 'primary-key':
    case 'exclude':
    case 'trigger':
      return nothing
  }
}

function droppedForeignKey(
  table: TableSnapshot,
  name: string,
  context: RecipeContext,
): readonly StepSketch[] {
  const sql = generated(`ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${quoteIdentifier(name)}`)
  const recipe = dropConstraintSteps(parsedAction(sql, 'drop-constraint'), context)
  if ('cannot' in recipe) throw new Error(recipe.cannot)
  return recipe.steps
}

/** From 18 on NOT NULL is a constraint, which keeps its name when its column gets another. */
export function notNullConstraintOf(table: TableSnapshot, column: string): string {
  const known = table.constraints.find(({ kind, columns }) => kind === 'not-null' && columns.includes(column))
  return known?.name ?? notNullName(table.name, column, () => false)
}

/** What stands after ADD CONSTRAINT name; null: it cannot be read. */
function copiedConstraintSql(constraint: ConstraintSnapshot, from: string, to: string): string | null {
  const definition = definitionOf(constraint)
  if (definition === null) return null
  if (definition.kind === 'foreign-key') {
    const columns = constraint.columns.map((name) => (name === from ? to : name))
    return constraintSql({ ...definition, columns }, constraint.references)
  }
  if (definition.kind !== 'check' || !definition.expression.columns.includes(from)) return null
  const head = 'ALTER TABLE t ADD CONSTRAINT c '
  return withRenamedColumn(`${head}${constraint.definition}`, from, to)?.slice(head.length) ?? null
}

function copiedKey(
  { table, from, copy }: CopiedColumn,
  constraint: ConstraintSnapshot,
): Pick<CopiedDependents, 'build' | 'clear' | 'adopt' | 'release' | 'giveBack'> {
  const definition = definitionOf(constraint)
  if (definition === null || definition.kind !== 'unique')
    throw new Error(`${constraint.name} was to be refused`)
  const temporary = lockstepName('new', constraint.name)
  const aside = lockstepName('old', constraint.name)
  const renamed = (name: string): string => (name === from.name ? copy : name)
  const key: ConstraintOf<'unique' | 'primary-key'> = {
    ...definition,
    columns: constraint.columns.map(renamed),
    include: definition.include.map(renamed),
  }
  const [name, now] = [constraint.name, temporary].map(quoteIdentifier)
  return {
    build: [
      buildIndexStep(
        {
          table,
          name: temporary,
          sql: generated(uniqueIndexSql(table, temporary, key)),
          unique: true,
          columns: [...key.columns, ...key.include],
        },
        'backfill',
      ),
    ],
    clear: [],
    release: [renameConstraintSql(table, constraint.name, aside)],
    giveBack: [
      generated(`ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${name}`),
      renameConstraintSql(table, aside, constraint.name),
    ],
    // The index takes the constraint's name.
    adopt: [
      generated(
        `ALTER TABLE ${formatRelation(table)} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${now}${deferral(key)}`,
      ),
    ],
  }
}

function copiedIndex({ table, from, copy }: CopiedColumn, index: IndexSnapshot): CopiedDependents {
  const temporary = lockstepName('new', index.name)
  const aside = lockstepName('old', index.name)
  const copied = withRenamedColumn(index.definition, from.name, copy)
  if (copied === null) throw new Error(`${index.name} was to be refused`)
  const [name, now] = [index.name, temporary].map((one) => ({ schema: table.schema, name: one }))
  if (name === undefined || now === undefined) throw new Error('two names are two names')
  const build = buildIndexStep(
    {
      table,
      name: temporary,
      sql: withConcurrently(withIndexName(copied, temporary)),
      unique: index.unique,
      columns: null,
    },
    'backfill',
  )
  const reads = touching({
    ...build.touches,
    reads: [...build.touches.reads, columnObject(table, copy), rowsObject(table)],
  })
  return {
    build: [{ ...build, touches: reads }],
    clear: [dropIndexStep(name, table, index.definition)],
    adopt: [renameIndexSql(now, index.name)],
    release: [renameIndexSql(name, aside)],
    giveBack: [renameIndexSql(name, temporary), renameIndexSql({ ...name, name: aside }, index.name)],
    after: [{ kind: 'index', index: formatRelation(name), exists: true, valid: true, definition: null }],
    named: [indexObject(name)],
  }
}

/** The indexes that cannot be made anew for the copy, in words. */
export function unreadableIndexes({ table, from, copy }: CopiedColumn): readonly string[] {
  return table.indexes
    .filter((index) => mentions(index, from.name))
    .filter((index) => withRenamedColumn(index.definition, from.name, copy) === null)
    .map(({ name }) => `the definition of index ${quoteIdentifier(name)} cannot be read`)
}

function renameIndexSql(index: QualifiedName, to: string): string {
  return generated(`ALTER INDEX ${formatRelation(index)} RENAME TO ${quoteIdentifier(to)}`)
}

function renameConstraintSql(table: TableSnapshot, from: string, to: string): string {
  return generated(
    `ALTER TABLE ${formatRelation(table)} RENAME CONSTRAINT ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`,
  )
}

function constraintExists(table: TableSnapshot, constraint: string): Condition {
  return {
    kind: 'constraint',
    table: formatRelation(table),
    constraint,
    exists: true,
    validated: null,
    definition: null,
  }
}
