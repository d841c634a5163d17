/** another primary key takes the place of the old one in an instant, with an index that was built beside it. */
import type { Catalog } from '../../catalog/catalog.ts'
import { definitionOf } from '../../catalog/constraint-facts.ts'
import type { ConstraintSnapshot, ReplicaIdentity, TableSnapshot } from '../../model/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { ActionOf, ConstraintOf } from '../../model/statement.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { hasIndexStorage } from '../../sql/statement-facts.ts'
import { isSameSet } from './around-key.ts'
import { cascadeSteps } from './cascade-steps.ts'
import { notNullAgain } from './drop-not-null-steps.ts'
import { buildIndexStep, dropIndexStep, uniqueValuesCheck } from './index-steps.ts'
import { keyObjects } from './key-objects.ts'
import { lockstepName } from './lockstep-name.ts'
import {
  aheadSteps,
  behindSteps,
  comeSql,
  leaveSql,
  referenceConditions,
  referencesBack,
  referenceTouches,
  type ComingReference,
  type LeavingReference,
} from './moved-reference.ts'
import { notNullSteps, whyNullsGoOn } from './not-null-steps.ts'
import { columnObjects, constraintObject, indexObject, rowsObject, tableObject, touching } from './objects.ts'
import { inOrder, type Recipe, type RecipeContext } from './recipe.ts'
import { isReplicaIdentity, replicaIdentityClause } from './replica-identity.ts'
import { checkStep, ddlStep, undoNever, undoOneByOne, type StepSketch } from './step-sketch.ts'
import { deferral, uniqueIndexSql } from './unique-steps.ts'

type PrimaryKey = ConstraintOf<'unique' | 'primary-key'>

export interface ReplacedKey {
  readonly table: TableSnapshot
  readonly old: ConstraintSnapshot
  readonly drop: ActionOf<'drop-constraint'>
  readonly add: ActionOf<'add-constraint'>
  readonly key: PrimaryKey
  /** The author's name for the new one, or PostgreSQL's. */
  readonly name: string
  /** As it is just before the new key is added: with all that may bear a foreign key in place of the old one. */
  readonly after: Catalog
  /** What the author makes of the replica identity in the same transaction; null: nothing. */
  readonly identity: ReplicaIdentity | null
  /** DROP NOT NULL of columns of the old key, each with the catalog before it. */
  readonly nullable: readonly { readonly action: ActionOf<'drop-not-null'>; readonly catalog: Catalog }[]
  /** What stands between the two and cannot be done in the same instant. */
  readonly inTheWay: readonly ActionOf<'drop-column' | 'rename-column' | 'alter-column-type'>[]
  readonly leaving: readonly LeavingReference[]
  readonly coming: readonly ComingReference[]
}

export function replacedKeySteps(replaced: ReplacedKey, context: RecipeContext): Recipe {
  const { table, old, add, coming, drop } = replaced
  const reasons = reasonsAgainst(replaced, context)
  if (reasons.length > 0) {
    return {
      cannot: `The primary key of ${formatRelation(table)} cannot be replaced: ${reasons.join('; ')}.`,
    }
  }
  const cascade = { kind: 'key', columns: old.columns, index: old.index ?? old.name } as const
  return inOrder([
    // First: where a column cannot be NOT NULL before the old application is gone, the index need not wait for that.
    { steps: [...uniquenessSteps(replaced), ...boundCheck(replaced, context)] },
    ...nullableInKey(replaced).map((column) =>
      notNullSteps({ table: add.table, column }, { ...context, catalog: replaced.after }),
    ),
    ...aheadSteps(coming, context),
    ...(drop.cascade ? [cascadeSteps(table, cascade, context)] : []),
    {
      steps: [
        swapStep(replaced, context),
        ...behindSteps(coming, context.catalog),
        ...keptIndexStep(replaced),
      ],
    },
    { steps: [], notes: notesOn(replaced) },
  ])
}

/** Columns of the new key that may still be NULL. Of those that are in the old one too, what DROP NOT NULL says is not done. */
function nullableInKey({ key, old, after, add }: ReplacedKey): readonly string[] {
  return key.columns.filter((column) => {
    const known = after.column(add.table, column)
    return !old.columns.includes(column) && (typeof known !== 'object' || !known.notNull)
  })
}

/**
 * A column of the old key that may be NULL in the end must be so before the new application is there, and one that is
 * dropped in a later migration, too, if it must be written while it is in the key; unless the old application still writes
 * NULL to the new key, which then has to wait for its end.
 */
function phaseOfSwap(replaced: ReplacedKey): 'backfill' | 'contract' {
  const { add, after } = replaced
  const isEarly =
    (released(replaced).length > 0 || leavesRequired(replaced)) &&
    nullableInKey(replaced).every((column) => whyNullsGoOn({ table: add.table, column }, after) === null)
  return isEarly ? 'backfill' : 'contract'
}

/** Does an INSERT have to name a column of the old key for nothing but that key? Foreign keys wait for the old one's end. */
function leavesRequired({ table, old, key, drop, leaving, coming }: ReplacedKey): boolean {
  if (drop.cascade || leaving.length > 0 || coming.length > 0) return false
  return table.columns.some(
    ({ name, default: standard, identity, generated: expression }) =>
      old.columns.includes(name) &&
      !key.columns.includes(name) &&
      standard === null &&
      identity === null &&
      expression === null,
  )
}

/** Those that may be NULL in the end: the new key makes its own columns NOT NULL again. */
function released({ nullable, key }: ReplacedKey): ReplacedKey['nullable'] {
  return nullable.filter(({ action }) => !key.columns.includes(action.column))
}

/** What the new key's index is called before it is the key's, and the old columns' index behind the key. */
function namesOf({ table, old, name }: ReplacedKey) {
  const inSchema = (one: string) => ({ schema: table.schema, name: one })
  return { built: inSchema(lockstepName('new', name)), kept: inSchema(lockstepName('old', old.name)) }
}

function uniquenessSteps(replaced: ReplacedKey): readonly StepSketch[] {
  const { table, key, old } = replaced
  const { built, kept } = namesOf(replaced)
  const keep = keptIndexSql(replaced, kept.name)
  const build = (name: string, sql: string, columns: readonly string[]) =>
    buildIndexStep({ table, name, sql, unique: true, columns }, 'backfill')
  return [
    { ...uniqueValuesCheck(table, key.columns, false), phase: 'backfill' },
    build(built.name, generated(uniqueIndexSql(table, built.name, key)), [...key.columns, ...key.include]),
    ...(phaseOfSwap(replaced) === 'backfill' && keep !== null ? [build(kept.name, keep, old.columns)] : []),
  ]
}

/** Null: what the old key is cannot be read. */
function keptIndexSql({ table, old }: ReplacedKey, name: string): string | null {
  const definition = definitionOf(old)
  if (definition?.kind !== 'primary-key') return null
  return generated(uniqueIndexSql(table, name, { ...definition, columns: old.columns }))
}

/** Until the old application is gone its rows are kept apart, and its ON CONFLICT works, as by the old key. */
function keptIndexStep(replaced: ReplacedKey): readonly StepSketch[] {
  if (phaseOfSwap(replaced) === 'contract') return []
  const { kept } = namesOf(replaced)
  return [dropIndexStep(kept, replaced.table, keptIndexSql(replaced, kept.name))]
}

/** Another index over the old columns may bear the foreign keys, and nothing but the server's catalog tells whether it does. */
function boundCheck({ table, old, drop }: ReplacedKey, { catalog }: RecipeContext): readonly StepSketch[] {
  const keys = keysOn({ table, old }, catalog)
  if (drop.cascade || keys.length === 0) return []
  const [spelled, name] = [formatRelation(table), quoteIdentifier(old.name)]
  const index = formatRelation({ schema: table.schema, name: old.index ?? old.name })
  return [
    checkStep({
      slug: `nothing hangs on ${old.name}`,
      phase: 'backfill',
      title: `Ask that no foreign key hangs on ${name} of ${spelled}`,
      touches: touching({
        reads: [
          constraintObject(table, old.name),
          ...keys.map(({ table: of, constraint }) => constraintObject(of, constraint.name)),
        ],
      }),
      before: [
        {
          kind: 'no-rows',
          sql: generated(
            `SELECT conrelid::regclass, conname FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conindid = ${quoteLiteral(index)}::regclass LIMIT 20`,
          ),
          otherwise: `These foreign keys hang on ${name} of ${spelled}, though another index is over the same columns: drop them before the key, and add them again behind the new one`,
        },
      ],
    }),
  ]
}

function keysOn({ table, old }: Pick<ReplacedKey, 'table' | 'old'>, catalog: Catalog) {
  return catalog
    .foreignKeysTo(table)
    .filter(({ constraint }) => isSameSet(constraint.references?.columns ?? [], old.columns))
}

function reasonsAgainst(replaced: ReplacedKey, { catalog }: RecipeContext): readonly string[] {
  const { table, old, key, add, drop, leaving, coming } = replaced
  const isBorne = table.indexes.some(
    ({ name, unique, partial, columns }) =>
      name !== old.index &&
      unique &&
      !partial &&
      isSameSet(
        columns.filter((one) => one !== null),
        old.columns,
      ),
  )
  const bound = drop.cascade || isBorne ? [] : keysOn(replaced, catalog)
  const partitioned = [...leaving, ...coming].filter(({ child }) => child.kind !== 'table')
  return [
    ...(catalog.complete
      ? []
      : ['not all that may refer to it is known: give all migrations, or a database']),
    ...(table.kind === 'table' ? [] : [`${formatRelation(table)} is a ${table.kind.replaceAll('-', ' ')}`]),
    ...bound.map(
      ({ table: of, constraint }) =>
        `${quoteIdentifier(constraint.name)} of ${formatRelation(of)} hangs on it: in the same transaction, drop it before the key and add it again behind the new one, to the new key’s columns, or to the old ones if an earlier statement makes them UNIQUE`,
    ),
    ...replaced.inTheWay.map(
      ({ kind, column }) =>
        `${kind.replaceAll('-', ' ')} of ${quoteIdentifier(column)} stands between the old key and the new one: write it behind the new one`,
    ),
    ...partitioned.map(
      ({ child }) =>
        `a foreign key of ${formatRelation(child)}, a ${child.kind.replaceAll('-', ' ')}, would have to go along in the same instant`,
    ),
    ...(released(replaced).length > 0 && coming.length > 0
      ? ['both a foreign key and DROP NOT NULL go with it: let the one have a migration of its own']
      : []),
    ...(key.withoutOverlaps ? ['WITHOUT OVERLAPS needs an index that no constraint takes over'] : []),
    ...(hasIndexStorage(add.sql)
      ? ['it says how its index is stored: leave that out, and set it on the index afterwards']
      : []),
  ]
}

function notesOn(replaced: ReplacedKey): readonly string[] {
  const { table, old, identity, name } = replaced
  const spelled = formatRelation(table)
  const columns = old.columns.map(quoteIdentifier).join(', ')
  const conflict = `INSERT … ON CONFLICT (${columns}) on ${spelled} works until the contract phase, and no longer.`
  const nulls = released(replaced).map(
    ({ action: { column } }) =>
      `From its ${phaseOfSwap(replaced)} phase on ${spelled}.${quoteIdentifier(column)} may be NULL: whoever reads it must take that before the new application writes one.`,
  )
  // As after the author's own SQL: measured on 15, `relreplident` stays `i`, and no index has `indisreplident`.
  const isLost = identity === null && isReplicaIdentity(table, old.index)
  const lost = `The old key’s index is the replica identity of ${spelled}, which has none in the end, as the migration says it: where the table is published, UPDATE and DELETE fail from then on. ALTER TABLE ${spelled} REPLICA IDENTITY USING INDEX ${quoteIdentifier(name)}, in the same transaction behind the new key, goes into the same step.`
  return [conflict, ...nulls, ...(isLost ? [lost] : [])]
}

function swapStep(replaced: ReplacedKey, context: RecipeContext): StepSketch {
  const { table, old, key, leaving, coming } = replaced
  const spelled = formatRelation(table)
  const { before, after } = conditionsOf(replaced)
  const swap = swapSql(replaced)
  const [head = swap[0], ...tail] = [
    ...leaveSql(leaving),
    ...swap,
    ...released(replaced).map(({ action }) => action.sql),
    ...comeSql(coming),
  ]
  return ddlStep({
    slug: `replace ${old.name}`,
    phase: phaseOfSwap(replaced),
    title: `Let ${key.columns.map(quoteIdentifier).join(', ')} be the primary key of ${spelled} in place of ${old.columns.map(quoteIdentifier).join(', ')}`,
    sql: [head, ...tail],
    touches: touchesOf(replaced, context),
    before: [...before],
    after: [...after],
    undo: undoOf(replaced, context),
  })
}

/** An index stays the replica identity under its new name, so it can be made so while it has a name of ours. */
function swapSql(replaced: ReplacedKey): readonly [string, ...string[]] {
  const { table, old, key, name, identity } = replaced
  const built = lockstepName('new', name)
  const swap = exchangeSql(table, { from: old.name, to: name, index: built, timing: deferral(key) })
  return identity === null ? [swap] : [identitySql(table, identity, { now: name, index: built }), swap]
}

function identitySql(
  table: TableSnapshot,
  identity: ReplicaIdentity,
  key: { readonly now: string; readonly index: string },
): string {
  const isOfKey = identity.kind === 'index' && identity.index === key.now
  const clause = replicaIdentityClause(isOfKey ? { kind: 'index', index: key.index } : identity)
  return generated(`ALTER TABLE ${formatRelation(table)} ${clause}`)
}

function exchangeSql(
  table: TableSnapshot,
  { from, to, index, timing }: Readonly<Record<'from' | 'to' | 'index' | 'timing', string>>,
): string {
  const [was, now, built] = [from, to, index].map(quoteIdentifier)
  return generated(
    `ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${was}, ADD CONSTRAINT ${now} PRIMARY KEY USING INDEX ${built}${timing}`,
  )
}

function touchesOf(replaced: ReplacedKey, { catalog }: RecipeContext): StepSketch['touches'] {
  const { table, old, key, name, after, leaving, coming } = replaced
  const references = referenceTouches(leaving, coming)
  const identity = replaced.identity?.kind === 'index' ? replaced.identity.index : null
  return touching({
    drops: [constraintObject(table, old.name), indexObject(namesOf(replaced).built), ...references.drops],
    changes: [
      constraintObject(table, name),
      ...references.changes,
      ...columnObjects(
        table,
        released(replaced).map(({ action }) => action.column),
      ),
    ],
    reads: [
      tableObject(table),
      rowsObject(table),
      ...columnObjects(table, [...key.columns, ...old.columns]),
      ...references.reads,
      // They bear what foreign keys there are to the old columns from here on.
      ...(coming.length > 0 ? keyObjects(after, table, old.columns) : []),
      ...keysOn(replaced, catalog).map(({ table: of, constraint }) => constraintObject(of, constraint.name)),
      ...(identity === null || identity === name
        ? []
        : [indexObject({ schema: table.schema, name: identity })]),
    ],
  })
}

function conditionsOf(replaced: ReplacedKey): {
  readonly before: readonly Condition[]
  readonly after: readonly Condition[]
} {
  const { table, old, name, leaving, coming } = replaced
  const spelled = formatRelation(table)
  const here = { kind: 'constraint', table: spelled, definition: null } as const
  const index = { kind: 'index', index: formatRelation(namesOf(replaced).built), definition: null } as const
  const references = referenceConditions(leaving, coming)
  return {
    before: [
      { ...here, constraint: old.name, exists: true, validated: null },
      { ...index, exists: true, valid: true },
      ...references.before,
    ],
    after: [
      { ...here, constraint: name, exists: true, validated: true },
      { ...index, exists: false, valid: null },
      ...released(replaced).map(({ action }): Condition => ({
        kind: 'column-not-null',
        table: spelled,
        column: action.column,
        notNull: false,
      })),
      ...references.after,
    ],
  }
}

function undoOf(replaced: ReplacedKey, context: RecipeContext): StepSketch['undo'] {
  const { table, old, key, leaving, coming } = replaced
  const { built, kept } = namesOf(replaced)
  const keep = keptIndexSql(replaced, kept.name)
  if (keep === null) return undoNever('the definition of the old key cannot be read')
  const references = referencesBack(leaving, coming, old)
  if (references === null) {
    return undoNever('a foreign key that hung on the old key cannot be written so that it hangs on it again')
  }
  const nulls = released(replaced).map(({ action, catalog }) => notNullAgain(action, { ...context, catalog }))
  const stuck = nulls.find((one) => 'cannot' in one)
  if (stuck !== undefined && 'cannot' in stuck) return undoNever(stuck.cannot)
  const ahead = coming.some(({ isAhead }) => isAhead)
  const [first, ...more] = [
    // Where the keys change places early, it is there until the old application is gone.
    ...(phaseOfSwap(replaced) === 'backfill' ? [] : [keep]),
    ...(ahead ? [generated(uniqueIndexSql(table, built.name, key))] : []),
    ...references.before,
    ...nulls.flatMap((one) => ('sql' in one ? one.sql : [])),
    ...swapBackSql(replaced),
    ...references.behind,
  ]
  return first === undefined ? undoNever('there is no way back') : undoOneByOne(first, ...more)
}

function swapBackSql(replaced: ReplacedKey): readonly string[] {
  const { table, old, name, identity } = replaced
  const definition = definitionOf(old)
  const kept = namesOf(replaced).kept.name
  const timing = definition?.kind === 'primary-key' ? deferral(definition) : ''
  const isOther = identity !== null || isReplicaIdentity(table, old.index)
  return [
    ...(isOther ? [identitySql(table, table.replicaIdentity, { now: old.name, index: kept })] : []),
    exchangeSql(table, { from: name, to: old.name, index: kept, timing }),
  ]
}
