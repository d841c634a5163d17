import { formatRelation, type QualifiedName } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { ofTable } from '../sql/edit.ts'
import { movedTo, optionsOf } from '../sql/statement-facts.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { movedIndexSteps } from './steps/moved-index-steps.ts'
import { replacementFrom } from './steps/recipe.ts'
import { tableCopySteps } from './steps/table-copy-steps.ts'

export default defineRule({
  id: 'set-tablespace',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-45'],
  on: ['alter-table', 'other'],

  docs: {
    what: 'SET TABLESPACE of a table or an index that is in use.',
    why: 'The file is copied while AccessExclusive is held: every statement on the table waits, SELECT too, until the last block is there. A locked index stops readers as well, for planning a query opens every index of its table.',
    instead:
      'An index: build a second one there, let it take the name and drop the first, or REINDEX (TABLESPACE …) INDEX CONCURRENTLY where a constraint hangs on it. A table: a copy of it there, which a trigger and batches fill and which then takes its name. migrate plan does both.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-TABLESPACE',
  },

  examples: {
    superuser: {
      make: [
        'SET allow_in_place_tablespaces = on',
        "CREATE TABLESPACE lockstep_example LOCATION ''",
        'GRANT CREATE ON TABLESPACE lockstep_example TO PUBLIC',
      ],
      drop: ['DROP TABLESPACE lockstep_example'],
    },
    setup: `
      CREATE SCHEMA "Depot";
      CREATE TABLE "Depot"."Crates" (id bigint PRIMARY KEY, label text);
      CREATE INDEX "Crates_label" ON "Depot"."Crates" (label);
      INSERT INTO "Depot"."Crates" SELECT generate_series(1, 300);`,
    unsafe: [
      'ALTER TABLE "Depot"."Crates" SET TABLESPACE lockstep_example;',
      'ALTER INDEX "Depot"."Crates_label" SET TABLESPACE lockstep_example;',
    ],
    safe: [
      'CREATE TABLE fresh (a integer); ALTER TABLE fresh SET TABLESPACE lockstep_example;',
      'ALTER INDEX "Depot"."Crates_label" RENAME TO labels;',
    ],
  },

  detect(action, { catalog, judged }) {
    const isMove =
      action.kind === 'other'
        ? action.tag === 'ALTER INDEX' && optionsOf(action.sql).tablespace
        : action.subcommand === 'SET TABLESPACE'
    if (!isMove || judged.effect.rewrites.length === 0) return null
    const tables =
      action.kind === 'other'
        ? action.relations.map((one) => formatRelation(catalog.resolve(one)))
        : judged.effect.rewrites
    return { message: `Every statement that needs ${listed(tables)} waits until the whole file is copied.` }
  },

  replace(action, context) {
    const moved = movedTo(action.sql)
    if (moved === null) return { cannot: 'Move each table and each index in a statement of its own.' }
    const { relation, tablespace } = moved
    if (action.kind === 'other') {
      return replacementFrom(movedIndexSteps(relation, tablespace, context), context)
    }
    const shape = {
      words: `in tablespace ${quoteIdentifier(tablespace)}`,
      statementsFor: (copy: QualifiedName) => [ofTable(action.sql, copy)],
    }
    return replacementFrom(tableCopySteps(relation, shape, context), context)
  },
})
