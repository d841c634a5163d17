import type { Catalog } from '../catalog/catalog.ts'
import type { IndexSnapshot } from '../model/catalog.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'create-unique-index-duplicates',
  severity: 'warning',
  recipe: ['R-02'],
  on: ['create-index'],

  docs: {
    what: 'CREATE UNIQUE INDEX CONCURRENTLY over columns that nothing holds unique yet.',
    why: 'Rows that are equal make the build fail (23505) after it has read the table, and leave an INVALID index behind. From its second pass on it refuses the duplicates of the running application as well, though nobody can use it.',
    instead:
      'Look for duplicates first, and make the application stop writing them. migrate plan asks the table before it builds, and drops what a build that fails leaves.',
    reference: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Login";
      CREATE TABLE "Login"."Accounts" (id bigint PRIMARY KEY, mail text, realm text NOT NULL);
      INSERT INTO "Login"."Accounts" SELECT n, (n % 100) || '@example.org', 'eu' FROM generate_series(1, 300) AS n;`,
    refused: '23505',
    unsafe: [autocommit('CREATE UNIQUE INDEX CONCURRENTLY "mail once" ON "Login"."Accounts" (lower(mail));')],
    safe: [
      autocommit('CREATE UNIQUE INDEX CONCURRENTLY accounts_realm ON "Login"."Accounts" (realm, id);'),
      autocommit(
        'ALTER TABLE "Login"."Accounts" ADD COLUMN token text; CREATE UNIQUE INDEX CONCURRENTLY accounts_token ON "Login"."Accounts" (token);',
      ),
      autocommit('CREATE INDEX CONCURRENTLY accounts_mail ON "Login"."Accounts" (mail);'),
    ],
  },

  detect(action, { catalog, judged }) {
    if (!action.unique || !action.concurrently || judged.effect.builds.length === 0) return null
    const table = catalog.table(action.table)
    const { columns } = action
    const isHeld = ({ unique, partial, columns: key }: IndexSnapshot) =>
      unique && !partial && key.every((column) => column !== null && columns.includes(column))
    if (typeof table === 'object' && table.indexes.some(isHeld)) return null
    if (
      !action.nullsNotDistinct &&
      columns.some((column) => isNullInEachRow(action.table, column, catalog))
    ) {
      return null
    }
    return {
      message: `Two rows of ${spelled(action.table, catalog)} that are equal make the build fail, and leave an INVALID index.`,
    }
  },
})

/** Added by a pending migration and filled by none: no two rows are equal. */
function isNullInEachRow(table: RelationName, column: string | null, catalog: Catalog): boolean {
  if (column === null || !catalog.isFresh(table, column) || catalog.fillOf(table, column) !== null)
    return false
  const known = catalog.column(table, column)
  return typeof known === 'object' && known.default === null && known.generated === null && !known.notNull
}
