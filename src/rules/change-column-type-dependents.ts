import { objectsNaming, viewsOver } from '../catalog/dependents.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { ActionOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'change-column-type-dependents',
  severity: 'error',
  recipe: ['R-43'],
  on: ['alter-column-type'],

  docs: {
    what: 'ALTER COLUMN … TYPE of a column that a view, a rule or a trigger with UPDATE OF names.',
    why: 'PostgreSQL refuses it (0A000), and the whole migration with it.',
    instead:
      'Drop the view or trigger and create it again in the same transaction. migrate plan says what it can carry over to the column of the new type, and what it cannot.',
    reference: 'https://www.postgresql.org/docs/current/ddl-depend.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Mine";
      CREATE TABLE "Mine"."Loads" (id bigint PRIMARY KEY, tons integer, ore text, at date);
      CREATE VIEW "Mine".heavy AS SELECT id FROM "Mine"."Loads" WHERE tons > 50;
      CREATE FUNCTION "Mine".note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER "Ore" BEFORE UPDATE OF ore ON "Mine"."Loads" FOR EACH ROW EXECUTE FUNCTION "Mine".note();
      INSERT INTO "Mine"."Loads" SELECT n, n, 'iron' FROM generate_series(1, 300) AS n;`,
    refused: '0A000',
    unsafe: [
      'ALTER TABLE "Mine"."Loads" ALTER COLUMN tons TYPE bigint;',
      'ALTER TABLE "Mine"."Loads" ALTER COLUMN ore TYPE varchar(20);',
    ],
    safe: [
      'ALTER TABLE "Mine"."Loads" ALTER COLUMN at TYPE timestamp;',
      'DROP VIEW "Mine".heavy; ALTER TABLE "Mine"."Loads" ALTER COLUMN tons TYPE bigint; CREATE VIEW "Mine".heavy AS SELECT id FROM "Mine"."Loads" WHERE tons > 50;',
    ],
  },

  detect(action, { catalog }) {
    const dependents = dependentsOf(action, catalog)
    if (dependents.length === 0) return null
    return {
      message: `The statement fails with 0A000, for ${listed(dependents)} uses ${quoteIdentifier(action.column)} of ${spelled(action.table, catalog)}.`,
    }
  },
})

function dependentsOf({ table, column }: ActionOf<'alter-column-type'>, catalog: Catalog): readonly string[] {
  const known = catalog.table(table)
  const triggers =
    typeof known === 'object' ? known.triggers.filter(({ columns }) => columns.includes(column)) : []
  return [
    ...viewsOver(catalog, table, column).map((view) => `view ${formatRelation(view)}`),
    ...triggers.map(({ name }) => `trigger ${quoteIdentifier(name)}`),
    ...objectsNaming(catalog, table, column).filter((one) => one.startsWith('rule ')),
  ]
}
