import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { defaultStep } from './steps/default-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'set-default',
  severity: 'info',
  recipe: ['R-32'],
  on: ['set-default'],

  docs: {
    what: 'SET DEFAULT.',
    why: 'Rows that are there keep what they have; from now on the INSERTs of every application that leaves the column out get the new value, those of the old one too. AccessExclusive is held for an instant.',
    instead:
      'Set it before the application that relies on it is deployed. migrate plan does so in the expand phase and keeps the former default for the way back.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-DEFAULT',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Queue";
      CREATE TABLE "Queue".jobs (id bigint PRIMARY KEY, "State" text DEFAULT 'new', tries integer, host varchar(63) DEFAULT 'a');
      INSERT INTO "Queue".jobs SELECT n, 'done', 1, 'b' FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Queue".jobs ALTER COLUMN "State" SET DEFAULT \'waiting\';',
      'ALTER TABLE "Queue".jobs ALTER COLUMN tries SET DEFAULT 0;',
      'ALTER TABLE "Queue".jobs ALTER COLUMN host SET DEFAULT NULL;',
      'ALTER TABLE ONLY "Queue".jobs ALTER "State" SET DEFAULT md5(random()::text);',
    ],
    safe: ['CREATE TABLE runs (at date); ALTER TABLE runs ALTER COLUMN at SET DEFAULT current_date;'],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.locks.length === 0) return null
    const table = spelled(action.table, catalog)
    return {
      message: `INSERTs into ${table} that leave ${quoteIdentifier(action.column)} out get ${action.default.sql} from now on; rows that are there stay as they are.`,
    }
  },

  replace(action, context) {
    return replacementFrom({ steps: [defaultStep(action, 'expand', context.catalog)] }, context)
  },
})
