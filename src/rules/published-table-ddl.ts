import type { Catalog } from '../catalog/catalog.ts'
import type { ActionOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import type { QualifiedName } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

type TableChange = ActionOf<
  | 'add-column'
  | 'drop-column'
  | 'alter-column-type'
  | 'rename-column'
  | 'rename-table'
  | 'set-schema'
  | 'drop-table'
>

export default defineRule({
  id: 'published-table-ddl',
  severity: 'warning',
  on: [
    'add-column',
    'drop-column',
    'alter-column-type',
    'rename-column',
    'rename-table',
    'set-schema',
    'drop-table',
  ],

  docs: {
    what: 'A change of the columns, or of the name, of a table that is published.',
    why: 'Logical replication carries rows and no DDL. Rows that the subscriber’s table cannot take make its worker fail and try again, and while it does the publisher keeps its WAL, until the disk is full; change data capture meets columns that it does not know.',
    instead:
      'In the order that both sides survive: a new column comes to the subscribers first, one that goes leaves them last; a rename or another type wants both names for a while, or the subscription stopped. Ask whoever reads the publication.',
    reference: 'https://www.postgresql.org/docs/current/logical-replication-restrictions.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Paper";
      CREATE TABLE "Paper"."Issues" (id bigint PRIMARY KEY, title varchar(20), pages integer);
      CREATE TABLE "Paper".drafts (id bigint PRIMARY KEY, title text);
      INSERT INTO "Paper"."Issues" SELECT n, 'title', 48 FROM generate_series(1, 300) AS n;`,
    live: {
      words: 'The publication `"Feed"` has `"Paper"."Issues"` in it.',
      sql: ['CREATE PUBLICATION "Feed" FOR TABLE "Paper"."Issues"'],
      server: { published: [{ schema: 'Paper', name: 'Issues', publications: ['Feed'] }] },
      invalidIndexes: [],
    },
    unsafe: [
      'ALTER TABLE "Paper"."Issues" ADD COLUMN price integer;',
      'ALTER TABLE "Paper"."Issues" ALTER COLUMN title TYPE varchar(40);',
      'ALTER TABLE "Paper"."Issues" DROP COLUMN pages;',
    ],
    safe: [
      'ALTER TABLE "Paper".drafts ADD COLUMN price integer;',
      'ALTER TABLE "Paper"."Issues" ALTER COLUMN pages SET DEFAULT 48;',
      'CREATE TABLE "Paper".fresh (id bigint); ALTER TABLE "Paper".fresh ADD COLUMN a text;',
    ],
  },

  detect(action, { catalog }) {
    const publications = publicationsOf(catalog.resolve(action.table), catalog)
    if (publications.length === 0 || catalog.isNew(action.table)) return null
    const names = listed(publications.map(quoteIdentifier))
    return { message: `${whatChanges(action, catalog)}, and whoever subscribes to ${names} is not told.` }
  },
})

function publicationsOf({ schema, name }: QualifiedName, { server }: Catalog): readonly string[] {
  if (server === null) return []
  const own = server.published.find((one) => one.schema === schema && one.name === name)
  return [...new Set([...(own?.publications ?? []), ...server.publishedAll])].sort()
}

function whatChanges(action: TableChange, catalog: Catalog): string {
  const table = spelled(action.table, catalog)
  switch (action.kind) {
    case 'add-column':
      return `${table} gets the column ${quoteIdentifier(action.column.name)}`
    case 'drop-column':
      return `${table} loses the column ${quoteIdentifier(action.column)}`
    case 'alter-column-type':
      return `${quoteIdentifier(action.column)} of ${table} gets another type`
    case 'rename-column':
      return `${quoteIdentifier(action.column)} of ${table} gets another name`
    case 'rename-table':
    case 'set-schema':
      return `${table} gets another name`
    case 'drop-table':
      return `${table} goes`
  }
}
