import type { Catalog } from '../catalog/catalog.ts'
import type { ActionOf } from '../model/statement.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { cascadeSteps, type CascadeTarget } from './steps/cascade-steps.ts'
import { dropIndexStep, keptApart } from './steps/index-steps.ts'
import { indexObject, tableObject, touching } from './steps/objects.ts'
import { inOrder, replacementFrom, spelled, type Recipe, type RecipeContext } from './steps/recipe.ts'
import { restoredIdentity } from './steps/replica-identity.ts'
import { ddlStep, undoNever } from './steps/step-sketch.ts'

export default defineRule({
  id: 'drop-index-blocking',
  severity: 'warning',
  recipe: ['R-04'],
  on: ['drop-index'],

  docs: {
    what: 'DROP INDEX without CONCURRENTLY on a table that is in use.',
    why: 'It takes AccessExclusive on the index and on its table. It needs it for an instant only, but it stands in the queue for as long as the oldest query on the table runs, every later statement queues behind it, and in a longer transaction the lock is kept to the end.',
    instead:
      'DROP INDEX CONCURRENTLY, outside of any transaction, once no running application needs the index. migrate plan puts it in the contract phase.',
    reference: 'https://www.postgresql.org/docs/current/sql-dropindex.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Auth";
      CREATE TABLE "Auth".tokens (
        signature text PRIMARY KEY,
        client_id text NOT NULL,
        serial_no bigint NOT NULL,
        requested_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX "Tokens by Number" ON "Auth".tokens (serial_no);
      ALTER TABLE "Auth".tokens REPLICA IDENTITY USING INDEX "Tokens by Number";
      CREATE SCHEMA log;
      CREATE TABLE log.uses (token bigint CONSTRAINT uses_token_fkey REFERENCES "Auth".tokens (serial_no) ON DELETE CASCADE);
      CREATE TABLE "Auth"."Children" (
        id bigint PRIMARY KEY,
        parent bigint CONSTRAINT "children of tokens" REFERENCES "Auth".tokens (serial_no)
      );
      CREATE INDEX tokens_client ON "Auth".tokens (client_id);
      CREATE INDEX "Tokens by Age" ON "Auth".tokens (requested_at DESC) WHERE client_id <> 'internal';
      INSERT INTO "Auth".tokens (signature, client_id, serial_no)
        SELECT md5(n::text), 'client ' || n % 7, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'DROP INDEX "Auth".tokens_client;',
      'DROP INDEX IF EXISTS "Auth"."Tokens by Age";',
      'SET LOCAL lock_timeout = \'100ms\'; DROP INDEX "Auth".tokens_client;',
      'DROP INDEX "Auth"."Tokens by Number" CASCADE;',
    ],
    safe: [
      autocommit('DROP INDEX CONCURRENTLY "Auth".tokens_client;'),
      'CREATE TABLE audit (id bigint, at date); CREATE INDEX audit_at ON audit (at); DROP INDEX audit_at;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (action.concurrently || judged.effect.locks.length === 0) return null
    const found = catalog.index(action.index)
    if (typeof found === 'object' && isBehindConstraint(found)) return null
    const table = typeof found === 'object' ? formatRelation(found.table) : 'its table'
    const index = spelled(action.index, catalog)
    const unknown = typeof found === 'object' ? '' : ' (nothing is known of the index: taken for one in use)'
    return {
      message: `Dropping ${index} takes AccessExclusive on ${table}, and every statement on it queues behind${unknown}.`,
      ...(judged.transaction.lockTimeoutMs === null ? {} : { severity: 'info' }),
    }
  },

  replace(action, context) {
    return replacementFrom(dropIndexSteps(action, context), context)
  },
})

type FoundIndex = Exclude<ReturnType<Catalog['index']>, string>

function isBehindConstraint({ index, table }: FoundIndex): boolean {
  return table.constraints.some((constraint) => constraint.index === index.name)
}

/** What foreign keys can hang on. */
function keyOf({ name, columns }: FoundIndex['index']): CascadeTarget {
  return { kind: 'key', columns: columns.filter((column) => column !== null), index: name }
}

/** */
function dropIndexSteps(action: ActionOf<'drop-index'>, context: RecipeContext): Recipe {
  const { catalog } = context
  const found = catalog.index(action.index)
  const index = catalog.resolve(action.index)
  if (typeof found !== 'object') {
    return {
      cannot: `Nothing is known of index ${formatRelation(index)}, not even its table: give the earlier migrations or a database.`,
    }
  }
  const qualified = { schema: found.table.schema, name: found.index.name }
  if (found.table.kind !== 'partitioned-table') {
    const again = restoredIdentity(found.table, found.index.name)
    const drop = {
      steps: [
        dropIndexStep(
          qualified,
          found.table,
          found.index.definition,
          again,
          keptApart(found.table, found.index),
        ),
      ],
    }
    return action.cascade ? inOrder([cascadeSteps(found.table, keyOf(found.index), context), drop]) : drop
  }
  if (action.cascade) {
    return {
      cannot: `${formatRelation(index)} stands on a partitioned table, and what CASCADE takes along there cannot all be dropped by name: drop what hangs on it with statements of its own first.`,
    }
  }
  const spelledIndex = formatRelation(qualified)
  return {
    steps: [
      ddlStep({
        slug: `drop ${found.index.name}`,
        phase: 'contract',
        title: `Drop index ${spelledIndex} of a partitioned table, which cannot be done concurrently`,
        sql: [action.sql],
        touches: touching({ reads: [tableObject(found.table)], drops: [indexObject(qualified)] }),
        before: [{ kind: 'index', index: spelledIndex, exists: true, valid: null, definition: null }],
        after: [{ kind: 'index', index: spelledIndex, exists: false, valid: null, definition: null }],
        undo: undoNever('an index of a partitioned table cannot be built again without stopping its writers'),
      }),
    ],
    notes: [
      `${spelledIndex} stands on a partitioned table: dropping it locks every partition for an instant.`,
    ],
  }
}
