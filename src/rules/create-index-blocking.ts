import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule, shows } from './define-rule.ts'
import { indexSteps } from './steps/partitioned-index-steps.ts'
import { indexNameOf } from './steps/index-name.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { makesWait } from './who-waits.ts'

export default defineRule({
  id: 'create-index-blocking',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-01', 'R-02', 'R-03'],
  on: ['create-index'],

  docs: {
    what: 'CREATE INDEX without CONCURRENTLY on a table that is in use.',
    why: 'The build holds a Share lock from its first row to the end of its transaction: the longer the table, the longer every writer of the application stands in a queue. After a statement that took AccessExclusive in the same transaction, readers stand there too.',
    instead:
      'Build it with CREATE INDEX CONCURRENTLY, outside of any transaction, and drop what is left of it if the build fails. migrate plan does all of that, and asks a unique index for its duplicates first.',
    reference: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  },

  examples: {
    setup: `
      CREATE SCHEMA shop;
      CREATE TABLE shop."Orders" (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        "customerId" bigint NOT NULL,
        state text NOT NULL DEFAULT 'open',
        placed_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE VIEW shop.open_orders AS SELECT id, "customerId" FROM shop."Orders" WHERE state = 'open';
      INSERT INTO shop."Orders" ("customerId", state)
        SELECT n, CASE n % 3 WHEN 0 THEN 'open' ELSE 'sent' END FROM generate_series(1, 300) AS n;
      CREATE TABLE events (at date NOT NULL, id bigint NOT NULL, kind text, note text) PARTITION BY RANGE (at);
      CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE TABLE "Events of 2027" PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01')
        PARTITION BY LIST (kind);
      CREATE TABLE logins PARTITION OF "Events of 2027" FOR VALUES IN ('login');
      CREATE TABLE shop."Other events" PARTITION OF "Events of 2027" DEFAULT;
      INSERT INTO events SELECT date '2026-01-01' + n * 2 % 700, n, CASE n % 2 WHEN 0 THEN 'login' ELSE 'logout' END
        FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'CREATE INDEX "Orders_customerId" ON shop."Orders" ("customerId");',
      shows('R-02', 'CREATE UNIQUE INDEX one_order_a_customer ON shop."Orders" ("customerId", id);'),
      'CREATE INDEX ON shop."Orders" (placed_at) WHERE state = \'open\';',
      'CREATE INDEX orders_whose_name_fills_all_sixty_three_bytes_that_postgres_has ON shop."Orders" (lower(state), placed_at DESC);',
      'ALTER TABLE shop."Orders" ADD COLUMN note text; CREATE INDEX orders_note ON shop."Orders" (note);',
      shows('R-03', 'CREATE INDEX events_kind ON events (kind);'),
      shows('R-03', 'CREATE UNIQUE INDEX ON events (id, at DESC, kind) INCLUDE (note);'),
      shows(
        'R-03',
        'CREATE INDEX "by name" ON events USING btree (lower(kind) text_pattern_ops, at) WHERE id > 7;',
      ),
    ],
    safe: [
      'CREATE TABLE parcels (id bigint PRIMARY KEY, order_id bigint); CREATE INDEX parcels_order ON parcels (order_id);',
      'CREATE INDEX IF NOT EXISTS "Orders_pkey" ON shop."Orders" (id);',
    ],
  },

  detect(action, { catalog, judged }) {
    if (action.concurrently || judged.effect.builds.length === 0) return null
    const table = spelled(action.table, catalog)
    const name = action.index === null ? 'an index' : quoteIdentifier(action.index)
    return { message: `Building ${name} on ${table} ${makesWait(judged.stalls, table)}.` }
  },

  replace(action, context) {
    const name = indexNameOf(action, context.catalog)
    if (name === null) {
      return {
        cannot: `Name the index on ${spelled(action.table, context.catalog)}: PostgreSQL makes a name from its expression, and a build that fails could not be found again.`,
      }
    }
    return replacementFrom(indexSteps(action, name, context), context)
  },
})
