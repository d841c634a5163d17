import { optionsOf } from '../sql/statement-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'set-tablespace',
  severity: 'error',
  recipe: ['R-45'],
  on: ['alter-table', 'other'],

  docs: {
    what: 'SET TABLESPACE of a table or an index that is in use.',
    why: 'The file is copied while AccessExclusive is held: every statement on the table waits, SELECT too, until the last block is there. A locked index stops readers as well, for planning a query opens every index of its table.',
    instead:
      'An index: REINDEX (TABLESPACE …) INDEX CONCURRENTLY, or build a second one there and drop the first. A table: pg_repack moves it beside the running application.',
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
})
