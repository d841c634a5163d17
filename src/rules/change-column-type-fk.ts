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
      INSERT INTO "Pool"."Owners" SELECT n::text FROM generate_series(1, 30) AS n;
      INSERT INTO "Pool".boats SELECT n, (1 + n % 30)::text FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Pool".boats ALTER COLUMN owner TYPE varchar(40);'],
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
