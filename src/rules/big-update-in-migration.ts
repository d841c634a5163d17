import { defineRule } from './define-rule.ts'
import { isMassChange, isUnrestricted, massChangeSteps } from './steps/mass-change.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'big-update-in-migration',
  severity: 'warning',
  lastsAsLongAsRows: true,
  recipe: ['R-47'],
  on: ['update', 'delete'],

  docs: {
    what: 'UPDATE or DELETE of as many rows as happen to match, on a table that is in use.',
    why: 'Each row that matches stays locked from the moment it is changed or deleted until the last one is: whoever writes to one of them waits for the rest. How many there are, the statement does not say.',
    instead:
      'Change a few thousand rows at a time, each batch in a transaction of its own, in the order of a key. migrate plan cuts your UPDATE or DELETE so, with a checkpoint in each batch, and says why where it cannot.',
    reference: 'https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Store";
      CREATE TABLE "Store".articles (id bigint PRIMARY KEY, "Title" text, slug text, views integer NOT NULL DEFAULT 0);
      CREATE TABLE "Store".stock (article_id bigint, amount integer);
      CREATE TABLE ticks (at date NOT NULL, id bigint NOT NULL, ok boolean, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
      CREATE TABLE ticks_2026 PARTITION OF ticks FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE TABLE "Store"."Clients" (id varchar(255) PRIMARY KEY, gone boolean NOT NULL DEFAULT false);
      CREATE TABLE "Store".consents (challenge varchar(40) PRIMARY KEY, client varchar(255), at timestamptz);
      CREATE TABLE "Store".grants (id bigint PRIMARY KEY,
        challenge varchar(40) REFERENCES "Store".consents (challenge) ON DELETE CASCADE);
      CREATE VIEW "Store"."Live clients" AS SELECT c.id FROM "Store"."Clients" AS c WHERE NOT c.gone;
      INSERT INTO "Store"."Clients" SELECT 'client ' || n, n % 5 = 0 FROM generate_series(1, 100) AS n;
      INSERT INTO "Store".consents
        SELECT md5(n::text), 'client ' || n % 150, date '2026-01-01' + n FROM generate_series(1, 300) AS n;
      INSERT INTO "Store".grants SELECT n, md5((n % 300 + 1)::text) FROM generate_series(1, 400) AS n;
      INSERT INTO "Store".articles SELECT n, 'Title ' || n, NULL, n % 40 FROM generate_series(1, 300) AS n;
      INSERT INTO "Store".stock SELECT n, n FROM generate_series(1, 300) AS n;
      INSERT INTO ticks SELECT date '2026-01-01' + n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'UPDATE "Store".articles AS a SET slug = replace(lower(a."Title"), \' \', \'-\') WHERE a.slug IS NULL;',
      'UPDATE ticks SET ok = true WHERE ok IS NULL;',
      'UPDATE "Store".articles SET views = s.amount FROM "Store".stock AS s WHERE s.article_id = id;',
      'UPDATE "Store".articles SET id = -id WHERE views > 10 RETURNING id;',
      'UPDATE "Store".stock SET amount = amount + 1 WHERE amount > 5;',
      'UPDATE "Store".articles AS a SET views = (SELECT count(*) FROM "Store".stock AS s WHERE s.article_id = a.id) WHERE views > 10;',
      'UPDATE "Store".articles AS a SET views = 0 WHERE EXISTS (SELECT FROM "Store".articles AS o WHERE o.views = a.views AND o.id < a.id);',
      'DELETE FROM "Store".consents WHERE NOT EXISTS (SELECT 1 FROM "Store"."Clients" AS c WHERE c.id = consents.client);',
      'DELETE FROM "Store".consents AS c USING "Store"."Clients" AS k WHERE k.id = c.client AND k.gone;',
      'DELETE FROM "Store".consents WHERE client NOT IN (SELECT id FROM "Store"."Live clients") OR at < \'2026-02-01\';',
      'DELETE FROM "Store".consents AS c WHERE NOT EXISTS (SELECT FROM "Store".grants AS g WHERE g.challenge = c.challenge AND g.id > 300);',
      'DELETE FROM "Store".articles AS a USING "Store".articles AS b WHERE a.views = b.views AND a.id > b.id;',
      'DELETE FROM "Store".grants WHERE challenge IN (SELECT challenge FROM "Store".consents ORDER BY at LIMIT 10);',
      "DELETE FROM ticks WHERE at < date '2026-06-01' AND ok IS NULL;",
    ],
    safe: [
      'UPDATE "Store".articles SET views = 0 WHERE id = 12;',
      "DELETE FROM \"Store\".consents WHERE challenge IN ('a', 'b');",
      'CREATE TABLE fresh AS SELECT 1 AS a; UPDATE fresh SET a = 2 WHERE a = 1;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (!isMassChange(judged) || isUnrestricted(action)) return null
    const table = spelled(action.table, catalog)
    const done = action.kind === 'update' ? 'changed' : 'deleted'
    return {
      message: `Every row of ${table} that matches is ${done} and stays locked until the last one is.`,
    }
  },

  replace(action, context) {
    return replacementFrom(massChangeSteps(action, context), context)
  },
})
