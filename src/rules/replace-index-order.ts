import type { JudgedAction } from '../effects/walk.ts'
import type { ActionOf } from '../model/statement.ts'
import { formatRelation, type QualifiedName } from '../postgres/relation-name.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'
import { replacedIndexSteps } from './steps/replaced-index-steps.ts'
import { replacementFrom } from './steps/recipe.ts'

export default defineTransactionRule({
  id: 'replace-index-order',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-06'],

  docs: {
    what: 'An index that is dropped and created again under the same name in one transaction.',
    why: 'DROP INDEX takes AccessExclusive on the table and keeps it for the whole build that follows: readers and writers wait until the new index is complete. Outside of a transaction nobody waits for so long, but queries run without any index meanwhile.',
    instead:
      'Build the new index under another name while the old one serves, swap the two names in an instant, and drop the old one when the old application is gone. migrate plan does that.',
    reference: 'https://www.postgresql.org/docs/current/sql-alterindex.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA auth;
      CREATE TABLE auth."RefreshTokens" (
        signature text PRIMARY KEY,
        "requestId" text NOT NULL,
        client_id text NOT NULL
      );
      CREATE INDEX "RefreshTokens_requestId_idx" ON auth."RefreshTokens" ("requestId");
      CREATE INDEX tokens_index_whose_name_is_exactly_sixty_three_bytes_long_today ON auth."RefreshTokens" (client_id);
      INSERT INTO auth."RefreshTokens"
        SELECT md5(n::text), 'request ' || n, 'client ' || n % 9 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'DROP INDEX auth."RefreshTokens_requestId_idx"; CREATE UNIQUE INDEX "RefreshTokens_requestId_idx" ON auth."RefreshTokens" ("requestId");',
      'DROP INDEX IF EXISTS auth.tokens_index_whose_name_is_exactly_sixty_three_bytes_long_today; CREATE INDEX tokens_index_whose_name_is_exactly_sixty_three_bytes_long_today ON auth."RefreshTokens" (client_id, "requestId");',
    ],
    safe: [
      'CREATE TABLE fresh (a int); CREATE INDEX fresh_a ON fresh (a); DROP INDEX fresh_a; CREATE INDEX fresh_a ON fresh (a DESC);',
    ],
  },

  detect(actions) {
    return actions.flatMap((created, position): readonly TransactionDetection[] => {
      const create = created.action
      if (create.kind !== 'create-index' || created.effect.builds.length === 0) return []
      const dropped = actions.findIndex((drop, index) => index < position && isDropOf(drop, created))
      if (dropped < 0) return []
      const index = formatRelation(nameOf(create, created))
      const table = formatRelation(created.catalog.resolve(create.table))
      return [
        {
          claims: [dropped, position],
          message: `${index} is dropped, and ${table} stays locked against every statement, SELECT too, while it is built again.`,
        },
      ]
    })
  },

  replace([dropped, created], { serverVersion }) {
    if (dropped?.action.kind !== 'drop-index' || created?.action.kind !== 'create-index') {
      return { cannot: 'An index is replaced by one DROP INDEX and one CREATE INDEX.' }
    }
    const context = { catalog: dropped.catalog, serverVersion }
    return replacementFrom(replacedIndexSteps(dropped.action, created.action, context), context)
  },
})

function nameOf(create: ActionOf<'create-index'>, { catalog }: JudgedAction): QualifiedName {
  return { schema: catalog.resolve(create.table).schema, name: create.index ?? '' }
}

/** A drop of an ordinary index of that name on that table, or of one that nothing is known of. */
function isDropOf({ action, catalog, effect }: JudgedAction, created: JudgedAction): boolean {
  const create = created.action
  if (action.kind !== 'drop-index' || create.kind !== 'create-index') return false
  if (effect.locks.length === 0 || create.index !== action.index.name) return false
  const table = formatRelation(created.catalog.resolve(create.table))
  const found = catalog.index(action.index)
  if (typeof found !== 'object') {
    return formatRelation(catalog.resolve(action.index)) === formatRelation(nameOf(create, created))
  }
  return (
    formatRelation(found.table) === table &&
    found.table.constraints.every(({ index }) => index !== create.index)
  )
}
