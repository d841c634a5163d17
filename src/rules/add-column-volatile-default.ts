import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { addColumnSteps, isOfCheckedType } from './steps/add-column-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-volatile-default',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-19'],
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN with a default that differs from row to row, to a table that is in use.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written, and for a while it takes twice its room.',
    instead:
      'Add the column without the default and set the default for new rows in one transaction, which takes an instant, then fill the old rows in batches, then NOT NULL and the constraints. migrate plan does that. A constant, now() or any other function that is not volatile costs nothing.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      CREATE VIEW "Data".notes AS SELECT id, note FROM "Data"."Rows";
      CREATE TABLE "Data"."Pairs" ("Tenant" text, no integer, label text, PRIMARY KEY ("Tenant", no));
      CREATE TABLE "LogOfAll" (line text);
      CREATE TABLE measures (id bigint, area text, PRIMARY KEY (area, id)) PARTITION BY LIST (area);
      CREATE TABLE "measures North" PARTITION OF measures FOR VALUES IN ('n');
      CREATE TABLE "measures Rest" PARTITION OF measures DEFAULT;
      CREATE TABLE trimmed (code text PRIMARY KEY, note text);
      CREATE TABLE "Geo" (code text PRIMARY KEY);
      INSERT INTO "Geo" SELECT 'land ' || n FROM generate_series(1, 1000) AS n;
      INSERT INTO "Data"."Rows" SELECT n, 'note ' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Data"."Pairs" SELECT 'tenant ' || n % 7, n, 'label' FROM generate_series(1, 300) AS n;
      INSERT INTO "LogOfAll" SELECT 'line ' || n FROM generate_series(1, 300) AS n;
      INSERT INTO measures SELECT n, CASE n % 2 WHEN 0 THEN 'n' ELSE 's' END FROM generate_series(1, 300) AS n;
      INSERT INTO trimmed SELECT 'code ' || n, 'note ' || n FROM generate_series(1, 300) AS n;
      CREATE FUNCTION trim_note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := trim(NEW.note); RETURN NEW; END';
      CREATE TRIGGER trims BEFORE INSERT OR UPDATE ON trimmed FOR EACH ROW EXECUTE FUNCTION trim_note();`,
    unsafe: [
      'ALTER TABLE "Data"."Rows" ADD COLUMN token text NOT NULL DEFAULT md5(random()::text);',
      'ALTER TABLE "Data"."Rows" ADD COLUMN "seenAt" timestamptz DEFAULT clock_timestamp();',
      'ALTER TABLE "Data"."Pairs" ADD "ein Name, der mit dreiundsechzig Bytes genau noch hinein passt." uuid DEFAULT gen_random_uuid() CONSTRAINT "each once" UNIQUE CONSTRAINT "never none" NOT NULL CHECK ("ein Name, der mit dreiundsechzig Bytes genau noch hinein passt." IS NOT NULL);',
      'ALTER TABLE ONLY "Data"."Rows" ADD COLUMN country text DEFAULT \'land \' || 1 + floor(random() * 1000)::int REFERENCES "Geo" ON DELETE SET NULL;',
      'ALTER TABLE "LogOfAll" ADD COLUMN "Id" uuid DEFAULT gen_random_uuid() PRIMARY KEY;',
      'ALTER TABLE measures ADD COLUMN dice double precision NOT NULL DEFAULT random();',
      '-- lockstep: triggers fire because trimming twice is trimming once\nALTER TABLE trimmed ADD COLUMN "Key" uuid NOT NULL DEFAULT gen_random_uuid();',
      'ALTER TABLE trimmed ADD COLUMN "Key" uuid DEFAULT gen_random_uuid();',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN "seenAt" timestamptz DEFAULT now();',
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN token text; ALTER TABLE "Data"."Rows" ALTER COLUMN token SET DEFAULT md5(random()::text);',
    ],
  },

  detect(action, context) {
    const { column } = action
    if (context.judged.effect.rewrites.length === 0 || column.default === null) return null
    if (isOfCheckedType(action, context)) return null
    const table = spelled(action.table, context.catalog)
    return {
      message: `Adding ${quoteIdentifier(column.name)}, whose default differs from row to row, writes ${table} anew while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    return replacementFrom(addColumnSteps(action, context), context)
  },
})
