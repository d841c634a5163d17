import { quoteIdentifier } from '../postgres/identifier.ts'
import { publicationLoss } from '../sql/object-facts.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'publication-change',
  severity: 'warning',
  on: ['other'],

  docs: {
    what: 'DROP PUBLICATION, or ALTER PUBLICATION … DROP or SET.',
    why: 'Subscribers get no more changes of the tables that go, without an error: they only fall behind. To put the table back is not enough, for what was written meanwhile never comes.',
    instead:
      'Tell the subscribers first: ALTER SUBSCRIPTION … REFRESH PUBLICATION there, once they can do without. Adding a table stops nobody.',
    reference: 'https://www.postgresql.org/docs/current/sql-alterpublication.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "News";
      CREATE TABLE "News"."Articles" (id bigint PRIMARY KEY);
      CREATE TABLE "News".authors (id bigint PRIMARY KEY);
      CREATE PUBLICATION "Feed" FOR TABLE "News"."Articles", "News".authors;`,
    unsafe: [
      'ALTER PUBLICATION "Feed" DROP TABLE "News".authors;',
      'ALTER PUBLICATION "Feed" SET TABLE "News"."Articles";',
      'DROP PUBLICATION IF EXISTS "Feed";',
    ],
    safe: [
      'CREATE TABLE "News".tags (id bigint PRIMARY KEY); ALTER PUBLICATION "Feed" ADD TABLE "News".tags;',
      `ALTER PUBLICATION "Feed" SET (publish = 'insert, update');`,
    ],
  },

  detect(action) {
    const loss = publicationLoss(action.sql)
    if (loss === null) return null
    const what =
      loss.kind === 'all'
        ? 'any table'
        : loss.kind === 'some'
          ? 'the tables that go'
          : 'a table that is not named'
    return {
      message: `Whoever subscribes to ${quoteIdentifier(loss.publication)} gets no more changes of ${what}.`,
    }
  },
})
