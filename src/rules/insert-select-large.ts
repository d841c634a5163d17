import { startBatch } from '../catalog/replay.ts'
import { defineRule } from './define-rule.ts'
import { copyDecision, insertSelectInBatchesSteps } from './steps/insert-select-in-batches-steps.ts'
import { triggerDecision } from './steps/mass-change.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

const oldFlow = `"Flow"."Requests, whose name is as long as the name of a table may be!!"`

export default defineRule({
  id: 'insert-select-large',
  severity: 'warning',
  lastsAsLongAsRows: true,
  recipe: ['R-48'],
  on: ['insert'],

  docs: {
    what: 'INSERT of as many rows as a query finds in tables that are in use.',
    why: 'All of them come in one transaction, which holds every lock that it has taken until the last one is there, and keeps VACUUM from cleaning up. What the application writes to the source while it runs, and afterwards, is not in the copy.',
    instead:
      'Copy a few thousand rows at a time, each batch in a transaction of its own, in the order of the source’s key, once the application writes both tables or has stopped writing the source. migrate plan cuts your INSERT so when you have said that with a comment, with a checkpoint in each batch, and says why where it cannot.',
    reference: 'https://www.postgresql.org/docs/current/sql-insert.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Flow";
      CREATE TABLE "Flow"."Clients" (id varchar(255) PRIMARY KEY, "Name" text);
      CREATE TABLE ${oldFlow} (
        challenge varchar(40) PRIMARY KEY, client varchar(255) REFERENCES "Flow"."Clients", subject text, "wasUsed" boolean);
      CREATE TABLE "Flow".handled (
        challenge varchar(40) PRIMARY KEY, remember boolean NOT NULL DEFAULT false, error text, at timestamptz);
      CREATE TABLE "Flow".flow (
        challenge varchar(40) PRIMARY KEY, subject text, state integer NOT NULL, client varchar(255), remember boolean,
        copied timestamptz NOT NULL DEFAULT '2026-01-01');
      CREATE TABLE "Flow".lines (n bigint, line text);
      CREATE TABLE "Flow".tree (id bigint PRIMARY KEY, parent bigint REFERENCES "Flow".tree);
      CREATE TABLE "Flow".branches (id bigint PRIMARY KEY, parent bigint);
      CREATE TABLE "Flow".audited (id bigint PRIMARY KEY);
      CREATE FUNCTION "Flow".note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER "Note" BEFORE INSERT ON "Flow".audited FOR EACH ROW EXECUTE FUNCTION "Flow".note();
      CREATE VIEW "Flow"."Live" AS SELECT challenge, subject FROM ${oldFlow} AS r WHERE NOT r."wasUsed";
      INSERT INTO "Flow"."Clients" SELECT 'client ' || n, 'Client' FROM generate_series(1, 20) AS n;
      INSERT INTO ${oldFlow}
        SELECT md5(n::text), 'client ' || n % 20 + 1, 'Ä''s ' || n, n % 3 = 0 FROM generate_series(1, 300) AS n;
      INSERT INTO "Flow".handled SELECT md5(n::text), n % 2 = 0, CASE n % 5 WHEN 0 THEN '{}' END, now() FROM generate_series(1, 200) AS n;
      INSERT INTO "Flow".flow SELECT md5(n::text), 'was here before', 9 FROM generate_series(1, 30) AS n;
      INSERT INTO "Flow".lines SELECT n, 'line' FROM generate_series(1, 300) AS n;
      INSERT INTO "Flow".branches SELECT n, NULLIF(n / 2, 0) FROM generate_series(1, 100) AS n;`,
    unsafe: [
      `-- lockstep: allow copy-of-rows because the application writes both tables since 1.9\nINSERT INTO "Flow".flow (challenge, subject, state, client, remember)\n  SELECT r.challenge, r.subject, CASE WHEN h.error IS NOT NULL THEN 3 WHEN r."wasUsed" THEN 2 ELSE 1 END, c.id, h.remember\n    FROM ${oldFlow} AS r\n    JOIN "Flow"."Clients" AS c ON c.id = r.client\n    LEFT JOIN "Flow".handled AS h USING (challenge)\n   WHERE r.subject <> '' OR r."wasUsed"\n  ON CONFLICT (challenge) DO NOTHING;`,
      `CREATE TABLE "Flow"."Copies" (challenge varchar(40) PRIMARY KEY, "Subject" varchar(99), of_length integer);\n-- lockstep: allow copy-of-rows quiet because nothing writes requests any more\nINSERT INTO "Flow"."Copies" SELECT challenge, subject, (SELECT count(*) FROM "Flow".handled AS h WHERE h.challenge = r.challenge) FROM ${oldFlow} AS r;`,
      `INSERT INTO "Flow".lines SELECT length(subject), subject FROM ${oldFlow};`,
      `INSERT INTO "Flow".flow (challenge, state) SELECT DISTINCT challenge, 1 FROM "Flow".handled ON CONFLICT DO NOTHING;`,
      `INSERT INTO "Flow".lines SELECT count(*), client FROM ${oldFlow} GROUP BY client;`,
      `INSERT INTO "Flow".lines SELECT 1, challenge FROM ${oldFlow} UNION ALL SELECT 2, challenge FROM "Flow".handled;`,
      `INSERT INTO "Flow".lines SELECT 1, challenge FROM ${oldFlow} ORDER BY challenge LIMIT 10;`,
      `INSERT INTO "Flow".lines SELECT 1, h.challenge FROM ${oldFlow} AS r RIGHT JOIN "Flow".handled AS h USING (challenge);`,
      `INSERT INTO "Flow".lines SELECT 1, challenge FROM "Flow"."Live";`,
      `INSERT INTO "Flow".handled (challenge) SELECT r.challenge FROM ${oldFlow} AS r WHERE NOT EXISTS (SELECT FROM "Flow".handled AS h WHERE h.challenge = r.challenge);`,
      `INSERT INTO "Flow".flow (challenge, state) SELECT challenge, 1 FROM "Flow".handled ON CONFLICT (challenge) DO UPDATE SET state = 4;`,
      `INSERT INTO "Flow".lines SELECT random(), challenge FROM ${oldFlow};`,
      `INSERT INTO "Flow".branches SELECT -n, n FROM "Flow".lines;`,
      `INSERT INTO "Flow".tree SELECT id, parent FROM "Flow".branches;`,
      `INSERT INTO "Flow".audited SELECT id FROM "Flow".branches;`,
    ],
    safe: [
      "INSERT INTO \"Flow\".lines VALUES (1, 'one'), (2, 'two');",
      'INSERT INTO "Flow"."Clients" (id, "Name") SELECT \'saml\', \'SAML\'::text WHERE NOT EXISTS (SELECT FROM "Flow"."Clients" WHERE id = \'saml\');',
      'INSERT INTO "Flow".lines SELECT n, \'more\' FROM generate_series(1, 3) AS n;',
      'CREATE TABLE fresh AS SELECT 1 AS a; INSERT INTO "Flow".lines (n) SELECT a FROM fresh;',
    ],
  },

  detect(action, { catalog }) {
    const old = action.reads.filter((table) => !catalog.isNew(table))
    if (action.valueRows !== null || old.length === 0) return null
    const sources = old.map((table) => spelled(table, catalog)).join(', ')
    return {
      message: `Every row that the query finds in ${sources} is copied to ${spelled(action.table, catalog)} in one transaction, and none that comes to be there later.`,
    }
  },

  replace(action, context) {
    const { catalog, comments } = context
    const recipe = insertSelectInBatchesSteps(action, {
      catalog,
      triggers: triggerDecision(comments),
      copy: copyDecision(comments),
    })
    // A table of this plan is locked like any other, though nobody waits for it.
    return replacementFrom(recipe, { ...context, catalog: startBatch(catalog) })
  },
})
