/** R-10: another primary key takes the place of the old one in an instant, with an index that was built beside it. */
import { definitionOf } from '../../catalog/constraint-facts.ts'
import type { ConstraintSnapshot, ReplicaIdentity, TableSnapshot } from '../../model/catalog.ts'
import type { ActionOf, ConstraintOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { hasIndexStorage } from '../../sql/statement-facts.ts'
import { buildIndexStep, uniqueValuesCheck } from './index-steps.ts'
import { lockstepName } from './lockstep-name.ts'
import { notNullSteps } from './not-null-steps.ts'
import { columnObjects, constraintObject, indexObject, rowsObject, tableObject, touching } from './objects.ts'
import { inOrder, type Recipe, type RecipeContext } from './recipe.ts'
import { isReplicaIdentity, replicaIdentityClause } from './replica-identity.ts'
import { ddlStep, undoNever, undoOneByOne, type StepSketch } from './step-sketch.ts'
import { deferral, uniqueIndexSql } from './unique-steps.ts'

type PrimaryKey = ConstraintOf<'unique' | 'primary-key'>

export interface ReplacedKey {
  readonly table: TableSnapshot
  readonly old: ConstraintSnapshot
  readonly add: ActionOf<'add-constraint'>
  readonly key: PrimaryKey
  /** The author's name for the new one, or PostgreSQL's. */
  readonly name: string
  /** What the author makes of the replica identity in the same transaction; null: nothing. */
  readonly identity: ReplicaIdentity | null
}

export function replacedKeySteps(replaced: ReplacedKey, context: RecipeContext): Recipe {
  const { table, key, add } = replaced
  const reasons = reasonsAgainst(replaced, context)
  if (reasons.length > 0) {
    return {
      cannot: `The primary key of ${formatRelation(table)} cannot be replaced: ${reasons.join('; ')}. Move what hangs on the old key first, or keep it as a unique constraint.`,
    }
  }
  const temporary = lockstepName('new', replaced.name)
  const nullable = key.columns.filter(
    (column) => !table.columns.some(({ name, notNull }) => name === column && notNull),
  )
  const build = buildIndexStep(
    {
      table,
      name: temporary,
      sql: generated(uniqueIndexSql(table, temporary, key)),
      unique: true,
      columns: [...key.columns, ...key.include],
    },
    'backfill',
  )
  return inOrder([
    ...nullable.map((column) => notNullSteps({ table: add.table, column }, context)),
    {
      steps: [
        { ...uniqueValuesCheck(table, key.columns, false), phase: 'backfill' },
        build,
        swapStep(replaced, temporary),
      ],
    },
    {
      steps: [],
      notes: [
        `INSERT … ON CONFLICT (${replaced.old.columns.map(quoteIdentifier).join(', ')}) on ${formatRelation(table)} works until the contract phase, and no longer.`,
        ...identityNote(replaced),
      ],
    },
  ])
}

function reasonsAgainst(
  { table, old, key, add }: ReplacedKey,
  { catalog }: RecipeContext,
): readonly string[] {
  const bears = table.indexes.some(
    ({ name, unique, partial, columns }) =>
      name !== old.index &&
      unique &&
      !partial &&
      isSameSet(
        columns.filter((one) => one !== null),
        old.columns,
      ),
  )
  const keys = catalog
    .foreignKeysTo(table)
    .filter(({ constraint }) => isSameSet(constraint.references?.columns ?? [], old.columns))
    .map(
      ({ table: of, constraint }) =>
        `${quoteIdentifier(constraint.name)} of ${formatRelation(of)} refers to it`,
    )
  return [
    ...(catalog.complete
      ? []
      : ['not all that may refer to it is known: give all migrations, or a database']),
    ...(table.kind === 'table' ? [] : [`${formatRelation(table)} is a ${table.kind.replaceAll('-', ' ')}`]),
    ...(bears && keys.length > 0 ? ['which of two indexes a foreign key hangs on is not known'] : keys),
    ...(key.withoutOverlaps ? ['WITHOUT OVERLAPS needs an index that no constraint takes over'] : []),
    ...(hasIndexStorage(add.sql) ? ['it says how its index is stored'] : []),
  ]
}

/** As after the author's own SQL: measured on 15, `relreplident` stays `i`, and no index has `indisreplident`. */
function identityNote({ table, old, identity, name }: ReplacedKey): readonly string[] {
  if (identity !== null || !isReplicaIdentity(table, old.index)) return []
  const spelled = formatRelation(table)
  return [
    `The old key’s index is the replica identity of ${spelled}, which has none in the end, as the migration says it: where the table is published, UPDATE and DELETE fail from then on. ALTER TABLE ${spelled} REPLICA IDENTITY USING INDEX ${quoteIdentifier(name)}, in the same transaction behind the new key, goes into the same step.`,
  ]
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name))
}

function swapStep(replaced: ReplacedKey, temporary: string): StepSketch {
  const { table, old, key, name, identity } = replaced
  const spelled = formatRelation(table)
  const [was, now] = [quoteIdentifier(old.name), quoteIdentifier(name)]
  const here = { kind: 'constraint', table: spelled, definition: null } as const
  const index = { schema: table.schema, name: temporary }
  return ddlStep({
    slug: `replace ${old.name}`,
    phase: 'contract',
    title: `Let ${key.columns.map(quoteIdentifier).join(', ')} be the primary key of ${spelled} in place of ${old.columns.map(quoteIdentifier).join(', ')}`,
    sql: [
      generated(
        `ALTER TABLE ${spelled} DROP CONSTRAINT ${was}, ADD CONSTRAINT ${now} PRIMARY KEY USING INDEX ${quoteIdentifier(temporary)}${deferral(key)}${identity === null ? '' : `, ${replicaIdentityClause(identity)}`}`,
      ),
    ],
    touches: touching({
      drops: [constraintObject(table, old.name), indexObject(index)],
      changes: [constraintObject(table, name)],
      reads: [
        tableObject(table),
        rowsObject(table),
        ...columnObjects(table, [...key.columns, ...old.columns]),
        ...otherIdentity(replaced),
      ],
    }),
    before: [
      { ...here, constraint: old.name, exists: true, validated: null },
      { kind: 'index', index: formatRelation(index), exists: true, valid: true, definition: null },
    ],
    after: [
      { ...here, constraint: name, exists: true, validated: true },
      { kind: 'index', index: formatRelation(index), exists: false, valid: null, definition: null },
    ],
    undo: undoOf(replaced),
  })
}

/** An index that is not the new key's must be there by then. */
function otherIdentity({ table, name, identity }: ReplacedKey): readonly string[] {
  const index = identity?.kind === 'index' ? identity.index : null
  return index === null || index === name ? [] : [indexObject({ schema: table.schema, name: index })]
}

function undoOf({ table, old, name, identity }: ReplacedKey): StepSketch['undo'] {
  const definition = definitionOf(old)
  if (definition?.kind !== 'primary-key') return undoNever('the definition of the old key cannot be read')
  const aside = lockstepName('old', old.name)
  const [was, now, index] = [old.name, name, aside].map(quoteIdentifier)
  const isOther = identity !== null || isReplicaIdentity(table, old.index)
  const before = isOther ? `, ${replicaIdentityClause(table.replicaIdentity)}` : ''
  return undoOneByOne(
    generated(uniqueIndexSql(table, aside, { ...definition, columns: old.columns })),
    generated(
      `ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${now}, ADD CONSTRAINT ${was} PRIMARY KEY USING INDEX ${index}${deferral(definition)}${before}`,
    ),
  )
}
