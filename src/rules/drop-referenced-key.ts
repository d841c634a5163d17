import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-referenced-key',
  severity: 'error',
  on: ['drop-constraint'],

  docs: {
    what: 'DROP CONSTRAINT … CASCADE of a primary key or unique constraint to which foreign keys refer.',
    why: 'The foreign keys of the other tables go with it: from then on the application may delete a row that others point to, or insert one that points nowhere. AccessExclusive is taken on each of these tables at once.',
    instead:
      'Give each foreign key another key to refer to first (a unique index over the same columns will do), and drop the old ones by name. migrate plan drops what CASCADE would take, each alone and behind the gate.',
    reference: 'https://www.postgresql.org/docs/current/ddl-depend.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Rail";
      CREATE TABLE "Rail"."Lines" (id bigint CONSTRAINT "Lines_key" PRIMARY KEY, code text CONSTRAINT codes UNIQUE);
      CREATE TABLE "Rail".trains (id bigint PRIMARY KEY, line bigint CONSTRAINT on_line REFERENCES "Rail"."Lines");
      CREATE INDEX trains_line ON "Rail".trains (line);
      INSERT INTO "Rail"."Lines" SELECT n FROM generate_series(1, 30) AS n;
      INSERT INTO "Rail".trains SELECT n, 1 + n % 30 FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Rail"."Lines" DROP CONSTRAINT "Lines_key" CASCADE;'],
    safe: ['ALTER TABLE "Rail"."Lines" DROP CONSTRAINT codes CASCADE;'],
  },

  detect(action, { catalog }) {
    const key = catalog.constraint(action.table, action.constraint)
    if (typeof key !== 'object' || (key.kind !== 'primary-key' && key.kind !== 'unique')) return null
    if (!action.cascade || catalog.isNew(action.table)) return null
    const lost = catalog.foreignKeysTo(action.table).filter(({ constraint }) => {
      const columns = constraint.references?.columns ?? []
      return columns.length === key.columns.length && columns.every((one) => key.columns.includes(one))
    })
    if (lost.length === 0) return null
    const names = lost.map(
      ({ table, constraint }) => `${quoteIdentifier(constraint.name)} of ${formatRelation(table)}`,
    )
    return {
      message: `With ${quoteIdentifier(action.constraint)} of ${spelled(action.table, catalog)} goes the foreign key ${listed(names)}.`,
    }
  },
})
