import { quoteIdentifier } from '../postgres/identifier.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { openNotNull } from './steps/not-null-steps.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'set-not-null-over-not-valid',
  severity: 'error',
  lastsAsLongAsRows: true,
  on: ['set-not-null'],

  docs: {
    what: 'SET NOT NULL on a column that has a NOT NULL constraint which is NOT VALID.',
    why: 'It validates the constraint, and does so under AccessExclusive: every statement on the table waits until the last row is read, SELECT too. What NOT VALID has gained is lost again.',
    instead:
      'VALIDATE CONSTRAINT with its name: it reads the rows while the application reads and writes, and ends in the same.',
    reference:
      'Measured on PostgreSQL 18: SET NOT NULL over a NOT NULL constraint that is NOT VALID reads the table under AccessExclusive, VALIDATE CONSTRAINT under ShareUpdateExclusive.',
  },

  examples: {
    majors: { min: 18 },
    setup: `
      CREATE SCHEMA "Quay";
      CREATE TABLE "Quay"."Boxes" (id bigint PRIMARY KEY, label text);
      INSERT INTO "Quay"."Boxes" SELECT n, 'label' FROM generate_series(1, 300) AS n;`,
    unsafe: [
      autocommit(
        'ALTER TABLE "Quay"."Boxes" ADD CONSTRAINT "has a label" NOT NULL label NOT VALID; ALTER TABLE "Quay"."Boxes" ALTER COLUMN label SET NOT NULL;',
      ),
    ],
    safe: [
      autocommit(
        'ALTER TABLE "Quay"."Boxes" ADD CONSTRAINT "has a label" NOT NULL label NOT VALID; ALTER TABLE "Quay"."Boxes" VALIDATE CONSTRAINT "has a label"; ALTER TABLE "Quay"."Boxes" ALTER COLUMN label SET NOT NULL;',
      ),
      'ALTER TABLE "Quay"."Boxes" ALTER COLUMN label SET NOT NULL;',
    ],
  },

  detect(action, { catalog, judged }) {
    const constraint = judged.effect.scans.length === 0 ? null : openNotNull(action, catalog)
    if (constraint === null) return null
    const name = quoteIdentifier(constraint)
    return {
      message: `It validates ${name} by reading every row of ${spelled(action.table, catalog)} while every statement on it waits, SELECT too; VALIDATE CONSTRAINT ${name} reads them and stops nobody.`,
    }
  },
})
