import { defineRule } from './define-rule.ts'
import { isMassChange, isUnrestricted, massChangeSteps } from './steps/mass-change.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'delete-without-where',
  severity: 'error',
  recipe: ['R-47'],
  on: ['delete'],

  docs: {
    what: 'DELETE of every row of a table that is in use.',
    why: 'Each row stays locked until the last one is deleted, in the tables that cascade from it too, and the application finds an empty table afterwards. Foreign keys without an index make each row read a whole table.',
    instead:
      'Say which rows in a WHERE. Is it meant for all of them, delete a few thousand at a time, each batch in a transaction of its own; TRUNCATE locks everybody out for an instant. migrate plan cuts your DELETE so, with a checkpoint in each batch, and says why where it cannot.',
    reference: 'https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Log";
      CREATE TABLE "Log"."Lines" (id bigint PRIMARY KEY, line text);
      CREATE TABLE "Log"."Sessions of a browser, whose name is as long as any name may be" (
        "Region" varchar(8) NOT NULL, "sessionId" uuid NOT NULL, seen timestamptz, PRIMARY KEY ("Region", "sessionId"));
      CREATE TABLE "Log".pages ("Region" varchar(8), session uuid, path text, n bigint PRIMARY KEY,
        CONSTRAINT page_of_session FOREIGN KEY ("Region", session)
          REFERENCES "Log"."Sessions of a browser, whose name is as long as any name may be" ON DELETE CASCADE);
      CREATE TABLE "Log".last_page (of_user bigint PRIMARY KEY, page bigint REFERENCES "Log".pages (n) ON DELETE SET NULL);
      CREATE INDEX last_page_page ON "Log".last_page (page);
      CREATE TABLE "Log".tree (id bigint PRIMARY KEY, parent bigint REFERENCES "Log".tree (id));
      CREATE TABLE "Log".loose (line text);
      CREATE TABLE "Log".audited (id bigint PRIMARY KEY);
      CREATE FUNCTION "Log".note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN COALESCE(OLD, NEW); END';
      CREATE TRIGGER "Note" BEFORE INSERT OR DELETE ON "Log".audited FOR EACH ROW EXECUTE FUNCTION "Log".note();
      INSERT INTO "Log"."Lines" SELECT n, 'line ' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Log"."Sessions of a browser, whose name is as long as any name may be"
        SELECT CASE n % 3 WHEN 0 THEN 'eu' WHEN 1 THEN 'Ä''s' END, md5(n::text)::uuid FROM generate_series(1, 300) AS n
         WHERE n % 3 < 2;
      INSERT INTO "Log".pages
        SELECT s."Region", s."sessionId", '/', row_number() OVER ()
          FROM "Log"."Sessions of a browser, whose name is as long as any name may be" AS s;
      INSERT INTO "Log".last_page SELECT n, n FROM "Log".pages;
      INSERT INTO "Log".tree SELECT n, NULLIF(n / 2, 0) FROM generate_series(1, 100) AS n;
      INSERT INTO "Log".loose SELECT 'line ' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Log".audited SELECT n FROM generate_series(1, 100) AS n;`,
    unsafe: [
      'DELETE FROM "Log"."Lines";',
      'DELETE FROM "Log"."Lines" WHERE true;',
      'DELETE FROM "Log"."Sessions of a browser, whose name is as long as any name may be";',
      'DELETE FROM "Log".tree;',
      'DELETE FROM "Log".loose;',
      'DELETE FROM "Log".audited;',
      '-- lockstep: triggers fire because it only lets the row go\nDELETE FROM "Log".audited;',
      'DELETE FROM "Log"."Lines" RETURNING id;',
    ],
    safe: [
      'DELETE FROM "Log"."Lines" WHERE id = 7;',
      'CREATE TABLE fresh AS SELECT 1 AS a; DELETE FROM fresh;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (!isMassChange(judged) || !isUnrestricted(action)) return null
    const table = spelled(action.table, catalog)
    return { message: `Every row of ${table} is deleted and stays locked until the last one is.` }
  },

  replace(action, context) {
    return replacementFrom(massChangeSteps(action, context), context)
  },
})
