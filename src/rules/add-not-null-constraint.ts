import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-not-null-constraint',
  severity: 'error',
  lastsAsLongAsRows: true,
  on: ['add-constraint'],

  docs: {
    what: 'ADD CONSTRAINT … NOT NULL without NOT VALID on a table that is in use.',
    why: 'Every row is read to find a NULL while AccessExclusive is held: every statement on the table waits, SELECT too.',
    instead:
      'Add it as NOT VALID, which holds for new rows at once, once no application writes NULL any more; then VALIDATE CONSTRAINT in a transaction of its own, which stops nobody.',
    reference: 'Measured on PostgreSQL 18: ADD CONSTRAINT … NOT NULL reads the table under AccessExclusive.',
  },

  examples: {
    majors: { min: 18 },
    setup: `
      CREATE SCHEMA "Desk";
      CREATE TABLE "Desk"."Letters" (id bigint PRIMARY KEY, subject text);
      INSERT INTO "Desk"."Letters" SELECT n, 'subject' FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Desk"."Letters" ADD CONSTRAINT "has a subject" NOT NULL subject;'],
    safe: [
      'ALTER TABLE "Desk"."Letters" ADD CONSTRAINT "has a subject" NOT NULL subject NOT VALID;',
      'ALTER TABLE "Desk"."Letters" ADD CONSTRAINT "has an id" NOT NULL id;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraint } = action
    if (constraint.kind !== 'not-null' || judged.effect.scans.length === 0) return null
    return {
      message: `NOT NULL on ${quoteIdentifier(constraint.column)} reads every row of ${spelled(action.table, catalog)} while every statement on it waits, SELECT too.`,
    }
  },
})
