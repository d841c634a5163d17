import { formatRelation } from '../postgres/relation-name.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import { renamedEnumValue } from '../sql/object-facts.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'enum-rename-value',
  severity: 'error',
  on: ['other'],

  docs: {
    what: 'ALTER TYPE … RENAME VALUE of an enum that is in use.',
    why: 'No table is locked, and from the commit on the running application reads a value that it does not know, and fails with 22P02 where it writes or compares with the former one.',
    instead:
      'Add the new value with ALTER TYPE … ADD VALUE, let the application read both and write the new one, and change the rows in batches. The former value stays in the type.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertype.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Game";
      CREATE TYPE "Game"."Level" AS ENUM ('easy', 'hard');
      CREATE TABLE "Game".rounds (id bigint PRIMARY KEY, level "Game"."Level" NOT NULL);
      INSERT INTO "Game".rounds SELECT n, 'easy' FROM generate_series(1, 300) AS n;`,
    unsafe: [`ALTER TYPE "Game"."Level" RENAME VALUE 'easy' TO 'simple';`],
    safe: [`CREATE TYPE mood AS ENUM ('sad', 'ok'); ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';`],
  },

  detect(action, { catalog }) {
    const renamed = action.tag === 'ALTER TYPE' ? renamedEnumValue(action.sql) : null
    if (renamed === null || catalog.isNewType(renamed.type)) return null
    const type = formatRelation(catalog.resolveType(renamed.type))
    return {
      message: `The running application meets ${quoteLiteral(renamed.to)} of ${type} at once, and its statements with ${quoteLiteral(renamed.from)} fail with 22P02.`,
    }
  },
})
