import { defineRule } from './define-rule.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { isMassChange, isUnrestricted, massChangeSteps } from './steps/mass-change.ts'

export default defineRule({
  id: 'update-without-where',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-47'],
  on: ['update'],

  docs: {
    what: 'UPDATE of every row of a table that is in use.',
    why: 'Each row stays locked from the moment it is changed until the last one is: whoever writes to one of them waits for the rest. The table and its indexes grow to twice their size, and no VACUUM can help before the end.',
    instead:
      'Change a few thousand rows at a time, each batch in a transaction of its own, in the order of a key. migrate plan cuts your UPDATE so, with a checkpoint in each batch, and says why where it cannot.',
    reference: 'https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Games";
      CREATE TABLE "Games"."Players" (
        "playerId" uuid PRIMARY KEY,
        nick text NOT NULL,
        "nickLower" text,
        level integer NOT NULL DEFAULT 1
      );
      CREATE TABLE "Games".moves (game bigint NOT NULL, "number" integer NOT NULL, checked boolean);
      CREATE UNIQUE INDEX moves_in_order ON "Games".moves (game, "number");
      CREATE TABLE "Games".log (line text, seen boolean);
      CREATE TABLE "Games".audited (id bigint PRIMARY KEY, note text);
      CREATE FUNCTION "Games".touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER touch BEFORE UPDATE ON "Games".audited FOR EACH ROW EXECUTE FUNCTION "Games".touch();
      INSERT INTO "Games"."Players" ("playerId", nick)
        SELECT md5(n::text)::uuid, 'Nick ' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Games".moves SELECT n / 20, n % 20 FROM generate_series(1, 300) AS n;
      INSERT INTO "Games".log SELECT 'line ' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Games".audited SELECT n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'UPDATE "Games"."Players" SET "nickLower" = lower(nick);',
      'UPDATE "Games".moves SET checked = true WHERE true;',
      'UPDATE "Games".log SET seen = false;',
      'UPDATE "Games"."Players" SET level = level + 1;',
      '-- lockstep: triggers fire because the trigger changes nothing\nUPDATE "Games".audited SET note = \'none\';',
      'UPDATE "Games".audited SET note = \'none\';',
      'UPDATE "Games"."Players" SET nick = nick || random();',
      'UPDATE "Games"."Players" SET level = (SELECT count(*) FROM "Games".moves);',
    ],
    safe: [
      'UPDATE "Games"."Players" SET level = 2 WHERE "playerId" = \'00000000-0000-0000-0000-000000000001\';',
      'CREATE TABLE fresh AS SELECT 1 AS a; UPDATE fresh SET a = 2;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (!isMassChange(judged) || !isUnrestricted(action)) return null
    const table = spelled(action.table, catalog)
    return { message: `Every row of ${table} is changed and stays locked until the last one is.` }
  },

  replace(action, context) {
    return replacementFrom(massChangeSteps(action, context), context)
  },
})
