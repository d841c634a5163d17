import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-foreign-key-partitioned',
  severity: 'error',
  recipe: ['R-12'],
  on: ['add-constraint'],

  docs: {
    what: 'ADD FOREIGN KEY … NOT VALID on a partitioned table, before PostgreSQL 18.',
    why: 'PostgreSQL refuses it (42809), and the whole migration with it.',
    instead:
      'Add the key to each partition as NOT VALID and VALIDATE it there; then ADD FOREIGN KEY on the partitioned table takes over what the partitions have.',
    reference: 'Measured: PostgreSQL 14 to 17 refuse it with 42809, 18 takes it.',
  },

  examples: {
    majors: { max: 17 },
    setup: `
      CREATE SCHEMA "Fleet";
      CREATE TABLE "Fleet"."Drivers" (id bigint PRIMARY KEY);
      CREATE TABLE "Fleet".trips (at date NOT NULL, driver bigint) PARTITION BY RANGE (at);
      CREATE TABLE "Fleet".trips_2026 PARTITION OF "Fleet".trips FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE INDEX trips_driver ON "Fleet".trips (driver);`,
    refused: '42809',
    unsafe: [
      'ALTER TABLE "Fleet".trips ADD CONSTRAINT driven FOREIGN KEY (driver) REFERENCES "Fleet"."Drivers" NOT VALID;',
    ],
    safe: [
      'ALTER TABLE "Fleet".trips_2026 ADD CONSTRAINT driven FOREIGN KEY (driver) REFERENCES "Fleet"."Drivers" NOT VALID;',
    ],
  },

  detect(action, { catalog, serverVersion }) {
    const { constraint } = action
    if (constraint.kind !== 'foreign-key' || !constraint.notValid || serverVersion.min >= 18) return null
    const table = catalog.table(action.table)
    if (typeof table !== 'object' || table.kind !== 'partitioned-table') return null
    return {
      message: `The statement fails with 42809 before PostgreSQL 18, for ${spelled(action.table, catalog)} is partitioned.`,
    }
  },
})
