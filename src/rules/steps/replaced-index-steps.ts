import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated, withConcurrently, withIndexName } from '../../sql/edit.ts'
import { buildIndexStep, dropIndexStep, duplicatesCheck, indexToBuild } from './index-steps.ts'
import { lockstepName } from './lockstep-name.ts'
import { indexObject, tableObject, touching } from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { isReplicaIdentity, replicaIdentityClause } from './replica-identity.ts'
import { ddlStep, undoSql, type StepSketch } from './step-sketch.ts'

/** the new index is built beside the old one, takes its name in an instant, and the old one goes at the end. */
export function replacedIndexSteps(
  drop: ActionOf<'drop-index'>,
  create: ActionOf<'create-index'>,
  { catalog }: RecipeContext,
): Recipe {
  const name = drop.index.name
  const table = catalog.resolve(create.table)
  const known = catalog.table(create.table)
  if (typeof known === 'object' && known.kind === 'partitioned-table') {
    return {
      cannot: `${formatRelation(table)} is partitioned, and PostgreSQL refuses CREATE INDEX CONCURRENTLY on a partitioned table (R-03, not offered yet).`,
    }
  }
  const found = catalog.index(drop.index)
  const old = { schema: table.schema, name: lockstepName('old', name) }
  const built = { schema: table.schema, name: lockstepName('index', name) }
  const definition =
    typeof found === 'object' ? withIndexName(withConcurrently(found.index.definition), old.name) : null
  const again =
    typeof found === 'object' && isReplicaIdentity(found.table, name)
      ? [
          generated(
            `ALTER TABLE ${formatRelation(table)} ${replicaIdentityClause({ kind: 'index', index: old.name })}`,
          ),
        ]
      : []
  return {
    steps: [
      ...duplicatesCheck(create, table),
      buildIndexStep(indexToBuild(create, table, built.name, catalog), 'expand'),
      swapStep(table, { schema: table.schema, name }, built, old),
      dropIndexStep(old, table, definition, again),
    ],
  }
}

/** `more`: what else the new one takes over. */
export function swapStep(
  table: QualifiedName,
  index: QualifiedName,
  built: QualifiedName,
  old: QualifiedName,
  more: readonly string[] = [],
): StepSketch {
  const rename = (from: QualifiedName, to: QualifiedName) =>
    generated(`ALTER INDEX ${formatRelation(from)} RENAME TO ${quoteIdentifier(to.name)}`)
  const is = (name: QualifiedName, exists: boolean) =>
    ({
      kind: 'index',
      index: formatRelation(name),
      exists,
      valid: exists ? true : null,
      definition: null,
    }) as const
  return ddlStep({
    slug: `swap ${index.name}`,
    phase: 'expand',
    title: `Give the name ${formatRelation(index)} to the new index`,
    sql: [rename(index, old), rename(built, index), ...more],
    touches: touching({
      reads: [tableObject(table)],
      creates: [indexObject(old)],
      changes: [indexObject(index)],
      drops: [indexObject(built)],
    }),
    before: [is(index, true), is(built, true), is(old, false)],
    after: [is(index, true), is(built, false), is(old, true)],
    undo: undoSql(rename(index, built), rename(old, index)),
  })
}
