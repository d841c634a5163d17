import { isNotEnforced } from '../sql/object-facts.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'constraint-not-enforced',
  severity: 'warning',
  on: ['add-constraint'],

  docs: {
    what: 'ADD CONSTRAINT … NOT ENFORCED.',
    why: 'It holds for no row, neither for those that are there nor for those that the application goes on to write; and to enforce a foreign key later reads both tables under locks that stop writers, or everybody.',
    instead:
      'NOT VALID, which holds for every new row at once; then VALIDATE CONSTRAINT in a transaction of its own.',
    reference: 'https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-ENFORCED',
  },

  examples: {
    majors: { min: 18 },
    setup: `
      CREATE SCHEMA "Meal";
      CREATE TABLE "Meal"."Dishes" (id bigint PRIMARY KEY, price numeric);
      INSERT INTO "Meal"."Dishes" SELECT n, n FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Meal"."Dishes" ADD CONSTRAINT "costs something" CHECK (price > 0) NOT ENFORCED;'],
    safe: ['ALTER TABLE "Meal"."Dishes" ADD CONSTRAINT "costs something" CHECK (price > 0) NOT VALID;'],
  },

  detect(action, { catalog }) {
    if (!isNotEnforced(action.sql)) return null
    return { message: `No row of ${spelled(action.table, catalog)} is held against it, not even a new one.` }
  },
})
