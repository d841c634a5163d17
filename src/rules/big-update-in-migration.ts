import { defineRule } from './define-rule.ts'
import { isMassChange, isUnrestricted, triggerDecision } from './steps/mass-change.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { updateInBatchesSteps } from './steps/update-in-batches-steps.ts'

export default defineRule({
  id: 'big-update-in-migration',
  severity: 'warning',
  on: ['update'],

  docs: {
    what: 'UPDATE of as many rows as happen to match, on a table that is in use.',
    why: 'Each row that matches stays locked from the moment it is changed until the last one is: whoever writes to one of them waits for the rest. How many there are, the statement does not say.',
    instead:
      'Change a few thousand rows at a time, each batch in a transaction of its own, in the order of a key. migrate plan cuts your UPDATE so, with a checkpoint in each batch, and says why where it cannot.',
    reference: 'https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Store";
      CREATE TABLE "Store".articles (id bigint PRIMARY KEY, "Title" text, slug text, views integer NOT NULL DEFAULT 0);
      CREATE TABLE "Store".stock (article_id bigint, amount integer);
      CREATE TABLE ticks (at date NOT NULL, id bigint NOT NULL, ok boolean, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
      CREATE TABLE ticks_2026 PARTITION OF ticks FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      INSERT INTO "Store".articles SELECT n, 'Title ' || n, NULL, n % 40 FROM generate_series(1, 300) AS n;
      INSERT INTO "Store".stock SELECT n, n FROM generate_series(1, 300) AS n;
      INSERT INTO ticks SELECT date '2026-01-01' + n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'UPDATE "Store".articles AS a SET slug = replace(lower(a."Title"), \' \', \'-\') WHERE a.slug IS NULL;',
      'UPDATE ticks SET ok = true WHERE ok IS NULL;',
      'UPDATE "Store".articles SET views = s.amount FROM "Store".stock AS s WHERE s.article_id = id;',
      'UPDATE "Store".articles SET id = -id WHERE views > 10 RETURNING id;',
      'UPDATE "Store".stock SET amount = amount + 1 WHERE amount > 5;',
    ],
    safe: [
      'UPDATE "Store".articles SET views = 0 WHERE id = 12;',
      'CREATE TABLE fresh AS SELECT 1 AS a; UPDATE fresh SET a = 2 WHERE a = 1;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (!isMassChange(judged) || isUnrestricted(action)) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Every row of ${table} that matches is changed and stays locked until the last one is.`,
    }
  },

  replace(action, context) {
    const options = { catalog: context.catalog, triggers: triggerDecision(context.comments) }
    return replacementFrom(updateInBatchesSteps(action, options), context)
  },
})
