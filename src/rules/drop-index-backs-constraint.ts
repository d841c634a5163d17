import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { ActionOf } from '../model/statement.ts'
import { autocommit, defineRule } from './define-rule.ts'

export default defineRule({
  id: 'drop-index-backs-constraint',
  severity: 'error',
  on: ['drop-index'],

  docs: {
    what: 'DROP INDEX of an index that belongs to a PRIMARY KEY, UNIQUE or EXCLUDE constraint.',
    why: 'PostgreSQL refuses it (2BP01), and the whole migration with it.',
    instead: 'ALTER TABLE … DROP CONSTRAINT: the index goes with its constraint.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-CONSTRAINT',
  },

  examples: {
    setup: `
      CREATE TABLE "Accounts" (id bigint PRIMARY KEY, email text CONSTRAINT "Accounts_email_once" UNIQUE, region text);
      CREATE INDEX accounts_region ON "Accounts" (region);
      INSERT INTO "Accounts" SELECT n, n || '@example.org', 'eu' FROM generate_series(1, 300) AS n;`,
    refused: '2BP01',
    unsafe: ['DROP INDEX "Accounts_email_once";', 'DROP INDEX IF EXISTS "Accounts_pkey";'],
    safe: [autocommit('DROP INDEX CONCURRENTLY accounts_region;')],
  },

  detect(action, { catalog }) {
    const owner = ownerOf(action, catalog)
    if (owner === null) return null
    return {
      message: `${quoteIdentifier(action.index.name)} belongs to constraint ${owner.constraint} of ${owner.table}: DROP INDEX fails with 2BP01.`,
    }
  },

  replace(action, { catalog }) {
    const owner = ownerOf(action, catalog)
    return {
      cannot: `DROP INDEX ${quoteIdentifier(action.index.name)} fails on the server. Write ALTER TABLE ${owner?.table ?? '…'} DROP CONSTRAINT ${owner?.constraint ?? '…'}.`,
    }
  },
})

function ownerOf(
  action: ActionOf<'drop-index'>,
  catalog: Catalog,
): { readonly table: string; readonly constraint: string } | null {
  const found = catalog.index(action.index)
  if (typeof found !== 'object') return null
  const owner = found.table.constraints.find(({ index }) => index === found.index.name)
  if (owner === undefined) return null
  return { table: formatRelation(found.table), constraint: quoteIdentifier(owner.name) }
}
