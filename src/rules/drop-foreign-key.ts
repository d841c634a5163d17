import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { dropConstraintSteps } from './steps/drop-constraint-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-foreign-key',
  severity: 'warning',
  recipe: ['R-17'],
  on: ['drop-constraint'],

  docs: {
    what: 'DROP CONSTRAINT of a foreign key.',
    why: 'It takes AccessExclusive on both tables, the referenced one too: whoever only ever looks at that one waits as well. The old application may rely on the key, on its ON DELETE above all.',
    instead:
      'Drop one foreign key in a transaction, with a lock_timeout, once every running application can do without. migrate plan puts it in the contract phase and keeps the definition for the way back.',
    reference: 'Measured on PostgreSQL 14 to 18: DROP CONSTRAINT of a foreign key locks both tables.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Lager";
      CREATE TABLE "Lager".shelves (id bigint PRIMARY KEY);
      CREATE TABLE public."Boxes" (
        id bigint PRIMARY KEY,
        shelf bigint CONSTRAINT "Boxes on shelves" REFERENCES "Lager".shelves ON DELETE CASCADE
      );
      CREATE INDEX boxes_shelf ON "Boxes" (shelf);
      INSERT INTO "Lager".shelves SELECT generate_series(1, 30);
      INSERT INTO "Boxes" SELECT n, 1 + n % 30 FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Boxes" DROP CONSTRAINT "Boxes on shelves";'],
    safe: [
      'SET lock_timeout = \'100ms\'; CREATE TABLE labels (shelf bigint CONSTRAINT labels_shelf REFERENCES "Lager".shelves); CREATE INDEX ON labels (shelf);',
    ],
  },

  detect(action, { catalog, judged }) {
    const found = catalog.constraint(action.table, action.constraint)
    if (typeof found !== 'object' || found.kind !== 'foreign-key' || judged.effect.locks.length === 0)
      return null
    const table = spelled(action.table, catalog)
    const parent = found.references === null ? 'the table it refers to' : formatRelation(found.references)
    return {
      message: `Dropping foreign key ${quoteIdentifier(action.constraint)} locks ${parent} as well as ${table} against every statement.`,
    }
  },

  replace(action, context) {
    return replacementFrom(dropConstraintSteps(action, context), context)
  },
})
