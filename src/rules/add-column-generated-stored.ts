import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule, shows } from './define-rule.ts'
import { addColumnSteps } from './steps/add-column-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-generated-stored',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-22', 'R-54'],
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN … GENERATED ALWAYS AS (…) STORED to a table that is in use.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written, and for a while it takes twice its room.',
    instead:
      'PostgreSQL makes no generated column of a plain one, so migrate plan copies the table behind the application: an empty one with the column, which a trigger and batches fill and which then takes the name of the table. With -- lockstep: allow trigger-column because …, it adds a plain column instead, a trigger of your own schema that keeps it from then on, and fills it in batches; the plan says where that differs. Or index the expression, or from 18 on make the column VIRTUAL.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      CREATE FUNCTION trim_note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := trim(NEW.note); RETURN NEW; END';
      CREATE TRIGGER "zz trims" BEFORE INSERT ON "Data"."Rows" FOR EACH ROW EXECUTE FUNCTION trim_note();
      CREATE TABLE "LogOfAll" (line text, size numeric(9, 2));
      CREATE TABLE measures (id bigint, area text, PRIMARY KEY (area, id)) PARTITION BY LIST (area);
      CREATE TABLE "measures North" PARTITION OF measures FOR VALUES IN ('n');
      CREATE TABLE "measures Rest" PARTITION OF measures DEFAULT;
      INSERT INTO "Data"."Rows" SELECT n, nullif('note ' || n, 'note 7') FROM generate_series(1, 300) AS n;
      INSERT INTO "LogOfAll" SELECT 'line ' || n, n / 7.0 FROM generate_series(1, 300) AS n;
      INSERT INTO measures SELECT n, CASE n % 2 WHEN 0 THEN 'n' ELSE 's' END FROM generate_series(1, 300) AS n;`,
    unsafe: [
      shows(
        'R-54',
        'ALTER TABLE "Data"."Rows" ADD COLUMN "noteLength" integer GENERATED ALWAYS AS (length(note)) STORED;',
      ),
      shows('R-54', 'ALTER TABLE measures ADD COLUMN twice bigint GENERATED ALWAYS AS (id * 2) STORED;'),
      '-- lockstep: allow trigger-column because nothing but the application writes it\nALTER TABLE "Data"."Rows" ADD COLUMN "noteLength" bigint CHECK ("noteLength" >= 0) GENERATED ALWAYS AS (length("Rows".note)) STORED;',
      '-- lockstep: allow trigger-column because a short interruption is too long\nALTER TABLE "LogOfAll" ADD "a summary of line and size, with a name that is nearly too long" varchar(40) NOT NULL GENERATED ALWAYS AS (upper(line) || size::text) STORED UNIQUE;',
      "-- lockstep: allow trigger-column because of its size\nALTER TABLE measures ADD COLUMN tags tsvector GENERATED ALWAYS AS (to_tsvector('simple', area)) STORED;",
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN "noteLength" integer;',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ADD COLUMN b int GENERATED ALWAYS AS (a + 1) STORED;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { column } = action
    if (judged.effect.rewrites.length === 0 || !(column.generated?.stored === true)) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Adding ${quoteIdentifier(column.name)}, a stored generated column, writes ${table} anew while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    return replacementFrom(addColumnSteps(action, context), context)
  },
})
