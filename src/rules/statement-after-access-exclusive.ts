import { stallsOf } from '../effects/stalls.ts'
import { blocksReads } from '../postgres/lock-mode.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'statement-after-access-exclusive',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-49'],
  on: ['create-index', 'add-constraint', 'select', 'create-table', 'reindex', 'set-not-null', 'other'],

  docs: {
    what: 'Work that grows with a table, in a transaction that already holds AccessExclusive.',
    why: 'Locks are kept to the end of the transaction. A statement that would stop nobody by itself, or only writers, makes every reader of the locked table wait for as long as it works.',
    instead:
      'Commit before it. Most runners wrap a file in a transaction: put the statement in a file of its own. migrate plan splits the transaction.',
    reference: 'https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Press";
      CREATE TABLE "Press"."Articles" (id bigint PRIMARY KEY, title text, author_id bigint);
      CREATE TABLE "Press".authors (id bigint PRIMARY KEY, name text);
      INSERT INTO "Press".authors SELECT n, 'name ' || n FROM generate_series(1, 30) AS n;
      INSERT INTO "Press"."Articles" SELECT n, 'title ' || n, 1 + n % 30 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Press"."Articles" ADD COLUMN lead text; CREATE INDEX authors_name ON "Press".authors (name);',
      'ALTER TABLE "Press"."Articles" ADD COLUMN lead text; ALTER TABLE "Press"."Articles" ADD CONSTRAINT by_author FOREIGN KEY (author_id) REFERENCES "Press".authors (id);',
    ],
    safe: [
      autocommit(
        'SET lock_timeout = \'100ms\'; ALTER TABLE "Press"."Articles" ADD COLUMN lead text; CREATE INDEX CONCURRENTLY authors_name ON "Press".authors (name);',
      ),
      'ALTER TABLE "Press"."Articles" ADD COLUMN lead text, ADD COLUMN kicker text;',
    ],
  },

  detect(_, { judged }) {
    const { effect, held, stalls } = judged
    if (stalls !== 'reads' || stallsOf(effect, []) === 'reads') return null
    const locked = held.filter(({ mode }) => blocksReads(mode)).map(({ relation }) => relation)
    if (locked.length === 0) return null
    const worked = [...new Set([...effect.rewrites, ...effect.builds, ...effect.scans])]
    const work = worked.length > 0 ? `Work on ${listed(worked)}` : 'This statement'
    return {
      message: `${work} goes on while the transaction still holds AccessExclusive on ${listed(locked)}, so that every statement there waits, SELECT too.`,
    }
  },
})
