/** R-45: an index goes to another tablespace by being built anew there. A key's index cannot, for others hang on it. */
import type { RelationName } from '../../postgres/relation-name.ts'
import { quoteIdentifier, quoteLines, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated, withConcurrently, withIndexName, withTablespace } from '../../sql/edit.ts'
import { buildIndexStep, dropIndexStep } from './index-steps.ts'
import { lockstepName } from './lockstep-name.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { isReplicaIdentity } from './replica-identity.ts'
import { swapStep } from './replaced-index-steps.ts'

export function movedIndexSteps(index: RelationName, tablespace: string, { catalog }: RecipeContext): Recipe {
  const found = catalog.index(index)
  const byHand = `REINDEX (TABLESPACE ${quoteIdentifier(tablespace)}) INDEX CONCURRENTLY, outside of any transaction and beside the migrations, does it without a long lock`
  if (typeof found !== 'object') {
    return { cannot: `Nothing is known of index ${formatRelation(catalog.resolve(index))}. ${byHand}.` }
  }
  const { table } = found
  const { name, definition } = found.index
  const spelled = formatRelation({ schema: table.schema, name })
  if (table.kind === 'partitioned-table') {
    return {
      cannot: `${spelled} is an index of a partitioned table, which holds nothing itself: move those of its partitions. ${byHand}.`,
    }
  }
  if (table.constraints.some((constraint) => constraint.index === name) || isReplicaIdentity(table, name)) {
    return {
      cannot: `${spelled} belongs to a constraint or is the replica identity of ${formatRelation(table)}, so that no other index can take its place. ${byHand}.`,
    }
  }
  const at = (to: string) => ({ schema: table.schema, name: to })
  const [built, old] = [at(lockstepName('index', name)), at(lockstepName('old', name))]
  const columns = found.index.columns.filter((column) => column !== null)
  const isPlain = columns.length === found.index.columns.length && !found.index.partial
  return {
    steps: [
      buildIndexStep(
        {
          table,
          name: built.name,
          sql: withConcurrently(withTablespace(withIndexName(definition, built.name), tablespace)),
          unique: found.index.unique,
          columns: isPlain
            ? [...columns, ...found.index.include]
            : table.columns.map((column) => column.name),
        },
        'expand',
      ),
      swapStep(table, at(name), built, old, [sameCommentSql(formatRelation(old), spelled)]),
      dropIndexStep(old, table, withIndexName(withConcurrently(definition), old.name)),
    ],
  }
}

/** Whoever has written it: the migrations need not say. */
function sameCommentSql(from: string, to: string): string {
  return generated(
    `DO ${quoteLines(`
BEGIN
  EXECUTE format('COMMENT ON INDEX %s IS %L', ${quoteLiteral(to)}, obj_description(${quoteLiteral(from)}::regclass, 'pg_class'));
END
`)}`,
  )
}
