import type { JudgedAction } from '../effects/walk.ts'
import type { Action, Statement } from '../model/statement.ts'
import { autocommit, defineFileRule } from './define-rule.ts'

export default defineFileRule({
  id: 'mixed-transactional',
  severity: 'warning',

  docs: {
    what: 'A file without a transaction in which CONCURRENTLY stands beside statements that would bear one.',
    why: 'Each statement stays whatever becomes of the next. When the concurrent one fails, or the runner is killed, half of the file is applied: run again it fails at what is there already, and the schema is neither the old one nor the new.',
    instead:
      'One file for what can be in a transaction, and one for each concurrent statement. migrate plan makes a step of each, which looks whether it is done before it runs.',
    reference: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Mill";
      CREATE TABLE "Mill"."Sacks" (id bigint PRIMARY KEY, kilos integer, field text);
      CREATE INDEX sacks_field ON "Mill"."Sacks" (field);
      INSERT INTO "Mill"."Sacks" SELECT n, n, 'north' FROM generate_series(1, 300) AS n;`,
    unsafe: [
      autocommit(
        'ALTER TABLE "Mill"."Sacks" ADD COLUMN ground boolean; CREATE INDEX CONCURRENTLY sacks_kilos ON "Mill"."Sacks" (kilos);',
      ),
      autocommit(
        'DROP INDEX CONCURRENTLY "Mill".sacks_field; BEGIN; ALTER TABLE "Mill"."Sacks" DROP COLUMN field; COMMIT;',
      ),
    ],
    safe: [
      autocommit(
        'SET lock_timeout = 0; CREATE INDEX CONCURRENTLY sacks_kilos ON "Mill"."Sacks" (kilos); CREATE INDEX CONCURRENTLY sacks_id ON "Mill"."Sacks" (id, kilos);',
      ),
      autocommit('ALTER TABLE "Mill"."Sacks" ADD COLUMN ground boolean;'),
    ],
  },

  detect(actions) {
    const alone = actions.filter(standsAlone)
    if (alone.length === 0 || alone.some(({ transaction }) => transaction.kind !== 'statement')) return []
    const position = actions.findIndex((judged) => !standsAlone(judged) && changesSchema(judged.action))
    const judged = actions[position]
    if (judged === undefined) return []
    const concurrent = new Set<Statement>(alone.map(({ statement }) => statement))
    const comesFirst = alone.every(({ statement }) => statement.index > judged.statement.index)
    const rest =
      concurrent.size === 1
        ? 'the concurrent statement of the file'
        : `the ${String(concurrent.size)} concurrent statements of the file`
    return [
      {
        claims: [position],
        message: comesFirst
          ? `It stays when what comes after it fails: ${rest} cannot be in its transaction.`
          : `When it fails, what came before it stays: ${rest} cannot be in its transaction.`,
      },
    ]
  },
})

/** An index command that PostgreSQL refuses in a transaction block. */
function standsAlone({ action }: JudgedAction): boolean {
  if (action.kind === 'alter-table') return action.subcommand === 'DETACH PARTITION CONCURRENTLY'
  return 'concurrently' in action && action.concurrently
}

function changesSchema({ kind }: Action): boolean {
  return kind !== 'set' && kind !== 'transaction' && kind !== 'select'
}
