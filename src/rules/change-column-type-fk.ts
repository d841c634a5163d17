import { partnersOf } from '../effects/constraint-effect.ts'
import { draftEffect } from '../effects/draft.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'change-column-type-fk',
  severity: 'warning',
  recipe: ['R-26'],
  on: ['alter-column-type'],

  docs: {
    what: 'ALTER COLUMN … TYPE of a column in a foreign key, on either side.',
    why: 'The table on the other side is locked against every statement as well, and where the type really changes the key is checked again for every row of both.',
    instead:
      'Drop the foreign key first and add it again as NOT VALID afterwards, each in a transaction of its own. migrate plan changes the type beside the running application, and takes the keys along.',
    reference:
      'Measured on PostgreSQL 14 to 18: ALTER COLUMN TYPE locks the other tables of the foreign keys over it.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Pool";
      CREATE TABLE "Pool"."Owners" (id varchar(20) PRIMARY KEY);
      CREATE TABLE "Pool".boats (id bigint PRIMARY KEY, owner varchar(20) REFERENCES "Pool"."Owners", name varchar(20));
      CREATE INDEX boats_owner ON "Pool".boats (owner);
      CREATE TABLE "Pool"."Harbours" (
        id serial CONSTRAINT "Harbours by id" PRIMARY KEY,
        name text CONSTRAINT "harbour once" UNIQUE,
        "twinOf" integer CONSTRAINT "twin harbour" REFERENCES "Pool"."Harbours" ON DELETE SET NULL
      );
      CREATE TABLE "Pool".berths (
        harbour integer CONSTRAINT "harbour of berth" REFERENCES "Pool"."Harbours" ON UPDATE CASCADE ON DELETE CASCADE,
        no smallint,
        depth numeric(4, 1) NOT NULL DEFAULT 3,
        PRIMARY KEY (harbour, no)
      );
      CREATE TABLE "Pool".moorings (
        id integer GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 3) PRIMARY KEY,
        harbour integer NOT NULL,
        no smallint NOT NULL,
        boat bigint REFERENCES "Pool".boats,
        CONSTRAINT "a berth, in a name that takes all of the sixty-three bytes it can" FOREIGN KEY (harbour, no) REFERENCES "Pool".berths ON DELETE CASCADE
      );
      CREATE INDEX ON "Pool".moorings (harbour, no);
      CREATE TABLE "Pool".pontoons (
        id integer NOT NULL DEFAULT nextval('"Pool"."Harbours_id_seq"') PRIMARY KEY,
        note text
      );
      CREATE TABLE "Pool".rafts (
        mooring integer REFERENCES "Pool".moorings,
        pontoon integer REFERENCES "Pool".pontoons DEFERRABLE INITIALLY DEFERRED,
        PRIMARY KEY (pontoon, mooring)
      );
      COMMENT ON SEQUENCE "Pool".moorings_id_seq IS 'Of all moorings';
      INSERT INTO "Pool"."Owners" SELECT n::text FROM generate_series(1, 30) AS n;
      INSERT INTO "Pool".boats SELECT n, (1 + n % 30)::text FROM generate_series(1, 300) AS n;
      INSERT INTO "Pool"."Harbours" (name) SELECT 'harbour ' || n FROM generate_series(1, 120) AS n;
      UPDATE "Pool"."Harbours" SET "twinOf" = 121 - id WHERE id % 3 > 0;
      INSERT INTO "Pool".berths SELECT n, m FROM generate_series(1, 120) AS n, generate_series(1, 2) AS m;
      INSERT INTO "Pool".moorings (harbour, no, boat) SELECT harbour, no, harbour FROM "Pool".berths;
      INSERT INTO "Pool".pontoons (note) SELECT 'pontoon ' || n FROM generate_series(1, 120) AS n;
      INSERT INTO "Pool".rafts SELECT m.id, p.id FROM "Pool".moorings AS m JOIN "Pool".pontoons AS p ON p.id = m.harbour + 120;`,
    unsafe: [
      'ALTER TABLE "Pool"."Harbours" ALTER COLUMN id TYPE bigint;',
      `ALTER TABLE "Pool"."Harbours" ALTER COLUMN id TYPE bigint, ALTER COLUMN "twinOf" TYPE bigint;
ALTER SEQUENCE "Pool"."Harbours_id_seq" AS bigint;
ALTER TABLE "Pool".berths ALTER COLUMN harbour TYPE bigint;
ALTER TABLE "Pool".moorings ALTER COLUMN harbour TYPE bigint;`,
      `ALTER TABLE "Pool".moorings ALTER COLUMN harbour TYPE bigint, ALTER COLUMN no TYPE integer;
ALTER TABLE "Pool".berths ALTER COLUMN harbour TYPE bigint;
ALTER TABLE "Pool"."Harbours" ALTER COLUMN id TYPE bigint;`,
      'ALTER TABLE "Pool".moorings ALTER COLUMN id TYPE bigint;',
      'ALTER TABLE "Pool".pontoons ALTER COLUMN id TYPE bigint;',
      'ALTER TABLE "Pool"."Owners" ALTER COLUMN id TYPE text;\nALTER TABLE "Pool".boats ALTER COLUMN owner TYPE text;',
      'ALTER TABLE "Pool".boats ALTER COLUMN owner TYPE varchar(40);',
    ],
    safe: ['ALTER TABLE "Pool".boats ALTER COLUMN name TYPE varchar(40);'],
  },

  detect(action, { catalog, judged, serverVersion }) {
    const setting = { catalog, serverVersion, draft: draftEffect(catalog) }
    const locked = partnersOf(action.table, action.column, setting)
      .map((one) => formatRelation(catalog.resolve(one)))
      .filter((one) => judged.effect.locks.some(({ relation }) => relation === one))
    if (locked.length === 0) return null
    return {
      message: `Changing ${quoteIdentifier(action.column)} of ${spelled(action.table, catalog)} locks ${listed([...new Set(locked)])} as well against every statement.`,
    }
  },
})
