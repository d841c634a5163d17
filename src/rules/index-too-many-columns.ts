import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'index-too-many-columns',
  severity: 'info',
  optIn: true,
  on: ['create-index'],

  docs: {
    what: 'An index that is not unique, over more than three columns.',
    why: 'The columns at the end seldom find a row that those before have not found, and each makes the index larger and every write dearer.',
    instead: 'Begin with the column that finds the fewest rows, and try how many more are worth it.',
    reference: 'https://www.postgresql.org/docs/current/indexes-multicolumn.html',
  },

  examples: {
    setup: `
      CREATE TABLE "Wide" (a integer, b integer, c integer, d integer);
      INSERT INTO "Wide" SELECT n, n, n, n FROM generate_series(1, 300) AS n;`,
    unsafe: ['CREATE INDEX wide_all ON "Wide" (a, b, c, d);'],
    safe: [
      'CREATE INDEX wide_some ON "Wide" (a, b, c);',
      'CREATE UNIQUE INDEX wide_once ON "Wide" (a, b, c, d);',
    ],
  },

  detect(action, { catalog }) {
    if (action.unique || action.columns.length <= 3) return null
    const name = action.index === null ? 'An index' : quoteIdentifier(action.index)
    return {
      message: `${name} on ${spelled(action.table, catalog)} has ${String(action.columns.length)} columns.`,
    }
  },
})
