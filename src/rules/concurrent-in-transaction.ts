import { autocommit, defineRule } from './define-rule.ts'
import { dropIndexStep, keptApart } from './steps/index-steps.ts'
import { indexSteps } from './steps/partitioned-index-steps.ts'
import { indexNameOf } from './steps/index-name.ts'
import { replacementFrom } from './steps/recipe.ts'
import { restoredIdentity } from './steps/replica-identity.ts'

export default defineRule({
  id: 'concurrent-in-transaction',
  severity: 'error',
  on: ['create-index', 'drop-index', 'reindex'],

  docs: {
    what: 'CREATE INDEX, DROP INDEX or REINDEX CONCURRENTLY inside of a transaction.',
    why: 'PostgreSQL refuses it (25001), and the whole migration with it. Most runners wrap a file in a transaction, and several statements sent in one message are one too.',
    instead:
      'Put it in a file of its own that the runner sends without a transaction. migrate plan sends it alone in any case.',
    reference: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  },

  examples: {
    setup: `
      CREATE TABLE sessions (id uuid PRIMARY KEY, subject text NOT NULL, seen_at timestamptz);
      CREATE INDEX sessions_seen ON sessions (seen_at);
      INSERT INTO sessions (id, subject)
        SELECT md5(n::text)::uuid, 'subject ' || n FROM generate_series(1, 300) AS n;`,
    refused: '25001',
    unsafe: [
      'CREATE INDEX CONCURRENTLY sessions_subject ON sessions (subject);',
      'BEGIN; DROP INDEX CONCURRENTLY sessions_seen; COMMIT;',
    ],
    safe: [autocommit('CREATE INDEX CONCURRENTLY sessions_subject ON sessions (subject);')],
  },

  detect(action, { judged }) {
    if (!action.concurrently || judged.transaction.kind === 'statement') return null
    const verb = { 'create-index': 'CREATE INDEX', 'drop-index': 'DROP INDEX', reindex: 'REINDEX' }[
      action.kind
    ]
    const who =
      judged.transaction.kind === 'file'
        ? 'in which the runner wraps the file'
        : 'that the file itself has begun'
    return {
      message: `${verb} CONCURRENTLY cannot run inside of the transaction ${who}: it fails with 25001.`,
    }
  },

  replace(action, context) {
    const { catalog } = context
    switch (action.kind) {
      case 'create-index': {
        const name = indexNameOf(action, catalog)
        if (name === null) return { cannot: 'Name the index, so that a build that fails can be found again.' }
        return replacementFrom(indexSteps(action, name, context), context)
      }
      case 'drop-index': {
        const known = catalog.index(action.index)
        if (typeof known !== 'object') {
          return { cannot: 'Nothing is known of the index: give the earlier migrations or a database.' }
        }
        const again = restoredIdentity(known.table, known.index.name)
        const step = dropIndexStep(
          catalog.resolve(action.index),
          known.table,
          known.index.definition,
          again,
          keptApart(known.table, known.index),
        )
        return replacementFrom({ steps: [step] }, context)
      }
      case 'reindex':
        return { cannot: 'REINDEX CONCURRENTLY in a plan (R-05) is not offered yet: run it by hand.' }
    }
  },
})
