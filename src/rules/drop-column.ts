import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-column',
  severity: 'error',
  recipe: ['R-30'],
  on: ['drop-column'],

  docs: {
    what: 'DROP COLUMN on a table that is in use.',
    why: 'It takes an instant, and from that instant on every statement of the running application that names the column fails, and so does every INSERT of an application that writes it. The values cannot be brought back.',
    instead:
      'Deploy an application that neither reads nor writes the column, and drop it in a later migration. migrate plan leaves DROP COLUMN to the contract phase, behind the gate at which the old application must be gone; where the column is NOT NULL without a default, it lets the new application leave it out before.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-COLUMN',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Crm";
      CREATE TABLE "Crm"."Contacts" (id bigint PRIMARY KEY, "faxNumber" text NOT NULL, mail text);
      INSERT INTO "Crm"."Contacts" SELECT n, n::text FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Crm"."Contacts" DROP COLUMN "faxNumber";',
      'ALTER TABLE "Crm"."Contacts" DROP COLUMN IF EXISTS mail, ADD COLUMN mails text[];',
    ],
    safe: [
      'ALTER TABLE "Crm"."Contacts" DROP COLUMN IF EXISTS telex;',
      'CREATE TABLE notes (id bigint, draft text); ALTER TABLE notes DROP COLUMN draft;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.locks.length === 0 || catalog.column(action.table, action.column) === 'absent')
      return null
    const column = quoteIdentifier(action.column)
    return {
      message: `Statements of the running application that name ${column} of ${spelled(action.table, catalog)} fail from now on, and its values are gone.`,
    }
  },
})
