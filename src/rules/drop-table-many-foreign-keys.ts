import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-table-many-foreign-keys',
  severity: 'warning',
  recipe: ['R-31'],
  on: ['drop-table'],

  docs: {
    what: 'DROP TABLE of a table whose foreign keys refer to two or more other tables.',
    why: 'AccessExclusive is taken on each of them, one after the other and all kept to the end: an old query on one stops every statement on those that are locked already.',
    instead:
      'Drop the foreign keys before, each in a transaction of its own with a lock_timeout; then the table locks nobody else. migrate plan does that.',
    reference:
      'Measured on PostgreSQL 14 to 18: DROP TABLE locks every table that its foreign keys refer to.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "School";
      CREATE TABLE "School".pupils (id bigint PRIMARY KEY);
      CREATE TABLE "School"."Courses" (id bigint PRIMARY KEY);
      CREATE TABLE "School".marks (
        pupil bigint REFERENCES "School".pupils, course bigint REFERENCES "School"."Courses", mark integer
      );
      CREATE TABLE "School".absences (pupil bigint REFERENCES "School".pupils, "on" date);
      INSERT INTO "School".pupils SELECT generate_series(1, 300);`,
    unsafe: ['DROP TABLE "School".marks;'],
    safe: ['DROP TABLE "School".absences;'],
  },

  detect(action, { catalog, judged }) {
    const known = catalog.table(action.table)
    if (typeof known !== 'object' || catalog.isNew(action.table)) return null
    const own = formatRelation(known)
    const referenced = known.constraints.flatMap(({ references }) =>
      references === null ? [] : [formatRelation(references)],
    )
    const locked = [...new Set(referenced)].filter(
      (other) => other !== own && judged.effect.locks.some(({ relation }) => relation === other),
    )
    if (locked.length < 2) return null
    return {
      message: `Dropping ${spelled(action.table, catalog)} locks ${listed(locked)} as well against every statement, the one while it waits for the other.`,
    }
  },
})
