import { quoteIdentifier } from '../postgres/identifier.ts'
import type { QualifiedName } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { ofTable } from '../sql/edit.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { tableCopySteps } from './steps/table-copy-steps.ts'

const stays = `"Booking"."Stays of our guests, by a name that is as long as it may be: !!"`

export default defineRule({
  id: 'add-exclusion-constraint',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-15'],
  on: ['add-constraint'],

  docs: {
    what: 'ADD EXCLUDE on a table that is in use.',
    why: 'It builds the index under AccessExclusive. PostgreSQL takes no NOT VALID for it and lets it take over no index.',
    instead:
      'Where every operator is =, write UNIQUE instead. Otherwise only a copy of the table gets it without a long lock. migrate plan makes one: an empty table with the constraint, which a trigger and batches fill and which then takes the name of the table. From the trigger on, rows that the constraint refuses are refused to the running application, too.',
    reference: 'https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Booking";
      CREATE SCHEMA "Other";
      CREATE TABLE "Booking"."Houses" (code varchar(20) PRIMARY KEY, name text);
      CREATE SEQUENCE "Booking".ticket START 5000;
      CREATE TABLE ${stays} (
        id bigint GENERATED ALWAYS AS IDENTITY (START 1000 INCREMENT 5),
        during daterange,
        room text COLLATE "C" NOT NULL DEFAULT 'any',
        house varchar(20) REFERENCES "Booking"."Houses" ON DELETE SET NULL ON UPDATE CASCADE,
        ticket integer NOT NULL DEFAULT nextval('"Booking".ticket'),
        "Guest’s name" text,
        words integer GENERATED ALWAYS AS (length("Guest’s name")) STORED,
        extra json,
        after bigint,
        touched integer,
        CONSTRAINT "Stay key" PRIMARY KEY (id),
        CONSTRAINT once UNIQUE (ticket) INCLUDE (room),
        CONSTRAINT "comes after" FOREIGN KEY (after) REFERENCES ${stays} DEFERRABLE,
        CONSTRAINT "not empty" CHECK (NOT isempty(during))
      ) WITH (fillfactor = 80, autovacuum_enabled = false, toast.autovacuum_enabled = false);
      ALTER SEQUENCE "Booking".ticket OWNED BY ${stays}.ticket;
      ALTER TABLE ${stays} ALTER COLUMN "Guest’s name" SET STATISTICS 321;
      ALTER TABLE ${stays} ALTER COLUMN room SET (n_distinct = -0.5);
      ALTER TABLE ${stays} ALTER COLUMN extra SET STORAGE EXTERNAL;
      CREATE INDEX "by guest" ON ${stays} (lower("Guest’s name") DESC NULLS LAST, room) WHERE room <> 'none';
      CREATE UNIQUE INDEX stays_ticket ON ${stays} (ticket, id) WITH (fillfactor = 70);
      CREATE STATISTICS "Other"."rooms of houses" (ndistinct, dependencies) ON house, room FROM ${stays};
      ALTER TABLE ${stays} REPLICA IDENTITY USING INDEX stays_ticket;
      ALTER TABLE ${stays} CLUSTER ON once;
      CREATE TABLE "Other"."Bills" (
        id bigint PRIMARY KEY, stay bigint CONSTRAINT of_stay REFERENCES ${stays} ON DELETE CASCADE, room text);
      CREATE TABLE "Other".keys (ticket integer PRIMARY KEY REFERENCES ${stays} (ticket) ON UPDATE CASCADE ON DELETE CASCADE);
      CREATE VIEW "Other"."Today" WITH (security_barrier = true) AS
        SELECT s.id, s.room, h.name FROM ${stays} AS s LEFT JOIN "Booking"."Houses" AS h ON h.code = s.house;
      CREATE VIEW guests AS SELECT DISTINCT "Guest’s name" AS guest FROM ${stays};
      CREATE VIEW "Other".names AS SELECT count(*) AS n FROM guests;
      GRANT SELECT ON "Other"."Today" TO PUBLIC;
      COMMENT ON TABLE ${stays} IS 'who sleeps where; it''s long';
      COMMENT ON COLUMN ${stays}.room IS 'a "room"';
      COMMENT ON CONSTRAINT "comes after" ON ${stays} IS 'the next one';
      COMMENT ON CONSTRAINT once ON ${stays} IS 'one ticket';
      COMMENT ON INDEX "Booking"."by guest" IS 'for the desk';
      COMMENT ON VIEW guests IS 'all of them';
      CREATE FUNCTION "Booking".touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
        UPDATE ${stays} SET touched = coalesce(touched, 0) + 1 WHERE id = NEW.id;
        RETURN NULL;
      END';
      CREATE TRIGGER "a touch after" AFTER UPDATE OF room ON ${stays}
        FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION "Booking".touch();
      CREATE FUNCTION "Booking".nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER "zz off" BEFORE INSERT ON ${stays} FOR EACH ROW EXECUTE FUNCTION "Booking".nothing();
      ALTER TABLE ${stays} DISABLE TRIGGER "zz off";
      COMMENT ON TRIGGER "a touch after" ON ${stays} IS 'counts';
      CREATE POLICY "own house" ON ${stays} AS PERMISSIVE FOR SELECT TO PUBLIC
        USING (house IN (SELECT code FROM "Booking"."Houses"));
      CREATE POLICY "no gaps" ON ${stays} AS RESTRICTIVE FOR UPDATE USING (id > 0) WITH CHECK (room <> '');
      ALTER TABLE ${stays} ENABLE ROW LEVEL SECURITY;
      GRANT SELECT, UPDATE (room, "Guest’s name") ON ${stays} TO PUBLIC;
      GRANT USAGE ON SEQUENCE "Booking".ticket TO PUBLIC;
      INSERT INTO "Booking"."Houses" SELECT 'house ' || n, 'House' FROM generate_series(1, 9) AS n;
      INSERT INTO ${stays} (during, room, house, "Guest’s name", extra)
        SELECT CASE n % 3 WHEN 0 THEN daterange(date '2026-01-01' + 2 * n, date '2026-01-02' + 2 * n) END,
               'room ' || n % 7, 'house ' || n % 9 + 1, nullif('Ä. Gäst ' || n, 'Ä. Gäst 7'), '{"a": 1}'
          FROM generate_series(1, 300) AS n;
      UPDATE ${stays} SET after = id - 5 WHERE id > 1000 AND id % 4 = 0;
      INSERT INTO "Other"."Bills" SELECT n, 995 + 5 * n, 'room' FROM generate_series(1, 200) AS n;
      INSERT INTO "Other".keys SELECT 5000 + n FROM generate_series(0, 99) AS n;
      ALTER TABLE ${stays} ADD CONSTRAINT "house is known" CHECK (house <> 'house 3') NOT VALID;
      CREATE TABLE "Booking".slots (during daterange);
      CREATE TABLE "Booking".halls (name text PRIMARY KEY DEFERRABLE, during daterange);
      INSERT INTO "Booking".slots SELECT daterange(date '2026-01-01' + n, date '2026-01-02' + n) FROM generate_series(1, 300) AS n;
      INSERT INTO "Booking".halls SELECT n::text, daterange(date '2026-01-01' + n, date '2026-01-02' + n) FROM generate_series(1, 300) AS n;`,
    unsafe: [
      `ALTER TABLE ${stays} ADD CONSTRAINT "one at a time" EXCLUDE USING gist (during WITH &&);`,
      'ALTER TABLE "Booking".slots ADD EXCLUDE USING gist (during WITH &&);',
      'ALTER TABLE "Booking".halls ADD EXCLUDE USING gist (during WITH &&);',
      'ALTER TABLE "Booking".halls ADD EXCLUDE (name WITH =);',
    ],
    safe: [
      'CREATE TABLE slots (during daterange); ALTER TABLE slots ADD EXCLUDE USING gist (during WITH &&);',
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraint } = action
    if (constraint.kind !== 'exclude' || judged.effect.builds.length === 0) return null
    const table = spelled(action.table, catalog)
    const name = constraint.name === null ? 'an exclusion constraint' : quoteIdentifier(constraint.name)
    return {
      message: `Adding ${name} builds an index on ${table} while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    const { constraint } = action
    const table = spelled(action.table, context.catalog)
    if (constraint.kind === 'exclude' && constraint.allEqual) {
      return {
        cannot: `An exclusion constraint of ${table} is built under AccessExclusive. Every operator of it is =: write it as UNIQUE.`,
      }
    }
    const name = constraint.name === null ? 'an exclusion constraint' : quoteIdentifier(constraint.name)
    const shape = {
      words: `with ${name}`,
      statementsFor: (copy: QualifiedName) => [ofTable(action.sql, copy)],
    }
    const recipe = tableCopySteps(action.table, shape, context)
    if ('cannot' in recipe) return recipe
    const note = `Rows that ${name} refuses are refused to the running application from the moment its writes go to the copy, too; and if such rows are there, the plan fails when it copies them, and can be taken back.`
    return replacementFrom({ ...recipe, notes: [...(recipe.notes ?? []), note] }, context)
  },
})
