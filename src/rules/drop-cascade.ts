import { viewsOver } from '../catalog/dependents.ts'
import { formatRelation, type RelationName } from '../postgres/relation-name.ts'
import { optionsOf } from '../sql/statement-facts.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'drop-cascade',
  severity: 'error',
  on: ['drop-table', 'drop-column', 'other'],

  docs: {
    what: 'DROP TABLE, DROP COLUMN or DROP VIEW … CASCADE that takes views along.',
    why: 'Every view that reads what is dropped goes with it, and every view over those, without being named: the statements of the running application that read one of them fail. Privileges on them are gone too.',
    instead:
      'Leave CASCADE out, and drop each view by name once nobody reads it; or give it another query before with CREATE OR REPLACE VIEW. migrate plan drops what CASCADE would take by name, each as a step of its own, where it can.',
    reference: 'https://www.postgresql.org/docs/current/ddl-depend.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Bank";
      CREATE TABLE "Bank"."Payments" (id bigint PRIMARY KEY, amount numeric, note text);
      CREATE VIEW "Bank".amounts AS SELECT id, amount FROM "Bank"."Payments";
      CREATE VIEW "Bank"."Sums" AS SELECT sum(amount) AS total FROM "Bank".amounts;
      INSERT INTO "Bank"."Payments" SELECT n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'DROP TABLE "Bank"."Payments" CASCADE;',
      'ALTER TABLE "Bank"."Payments" DROP COLUMN amount CASCADE;',
      'DROP VIEW "Bank".amounts CASCADE;',
    ],
    safe: ['ALTER TABLE "Bank"."Payments" DROP COLUMN note CASCADE;', 'DROP VIEW "Bank"."Sums" CASCADE;'],
  },

  detect(action, { catalog, judged }) {
    const isCascade = action.kind === 'other' ? optionsOf(action.sql).cascade : action.cascade
    if (!isCascade || judged.effect.locks.length === 0) return null
    const dropped = action.kind === 'other' ? viewsNamed(action) : [action.table]
    const column = action.kind === 'drop-column' ? action.column : null
    const named = new Set(dropped.map((one) => formatRelation(catalog.resolve(one))))
    const along = dropped
      .flatMap((one) => viewsOver(catalog, one, column).map(formatRelation))
      .filter((view) => !named.has(view))
    if (along.length === 0) return null
    return {
      message: `CASCADE drops ${listed([...new Set(along)])} as well, and whatever reads them fails from now on.`,
    }
  },
})

function viewsNamed({
  tag,
  relations,
}: {
  readonly tag: string
  readonly relations: readonly RelationName[]
}) {
  return tag === 'DROP VIEW' || tag === 'DROP MATERIALIZED VIEW' ? relations : []
}
