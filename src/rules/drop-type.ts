import { tablesWithType } from '../catalog/dependents.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { droppedTypes } from '../sql/object-facts.ts'
import { optionsOf } from '../sql/statement-facts.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'drop-type',
  severity: 'error',
  recipe: ['R-36'],
  on: ['other'],

  docs: {
    what: 'DROP TYPE or DROP DOMAIN … CASCADE of a type that columns have.',
    why: 'Every column of the type is dropped with its values, under AccessExclusive on each table that has one. The statements of the running application that name such a column fail.',
    instead:
      'Leave CASCADE out: PostgreSQL then refuses as long as a column has the type. Change or drop those columns first, each as a migration of its own.',
    reference: 'https://www.postgresql.org/docs/current/sql-droptype.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Paint";
      CREATE TYPE "Paint"."Color" AS ENUM ('red', 'blue');
      CREATE DOMAIN "Paint".percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
      CREATE TYPE "Paint".unused AS ENUM ('a');
      CREATE TABLE "Paint"."Cans" (id bigint PRIMARY KEY, color "Paint"."Color", full_to "Paint".percent);
      INSERT INTO "Paint"."Cans" SELECT n, 'red', 50 FROM generate_series(1, 300) AS n;`,
    unsafe: ['DROP TYPE "Paint"."Color" CASCADE;', 'DROP DOMAIN IF EXISTS "Paint".percent CASCADE;'],
    safe: ['DROP TYPE "Paint".unused CASCADE;', 'DROP TYPE IF EXISTS "Paint".unused;'],
  },

  detect(action, { catalog }) {
    if (action.tag !== 'DROP TYPE' && action.tag !== 'DROP DOMAIN') return null
    if (!optionsOf(action.sql).cascade) return null
    const types = droppedTypes(action.sql).filter((type) => !catalog.isNewType(type))
    if (types.length === 0) return null
    const tables = types.flatMap((type) => tablesWithType(catalog, catalog.resolveType(type)))
    if (tables.length === 0 && catalog.complete) return null
    const names = listed(types.map((type) => formatRelation(catalog.resolveType(type))))
    const where =
      tables.length === 0 ? 'any table that has one' : listed([...new Set(tables.map(formatRelation))])
    return { message: `Every column of type ${names} goes with it, on ${where}.` }
  },
})
