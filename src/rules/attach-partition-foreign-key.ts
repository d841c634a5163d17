import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'attach-partition-foreign-key',
  severity: 'error',
  lastsAsLongAsRows: true,
  on: ['alter-table'],

  docs: {
    what: 'ATTACH PARTITION to a table with a foreign key that the new partition does not have yet.',
    why: 'The key is added and checked for every row while ShareRowExclusive on the referenced table is held: every write to that one waits, though nothing about it is changed.',
    instead:
      'Add the same foreign key to the table before, as NOT VALID, and VALIDATE it in a transaction of its own. ATTACH PARTITION takes a validated key that is equal.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-ATTACH-PARTITION',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Clinic";
      CREATE TABLE "Clinic"."Patients" (id bigint PRIMARY KEY);
      CREATE TABLE "Clinic".visits (at date NOT NULL, patient bigint REFERENCES "Clinic"."Patients") PARTITION BY RANGE (at);
      CREATE TABLE "Clinic".visits_2025 (at date NOT NULL, patient bigint);
      CREATE TABLE "Clinic".visits_2026 (at date NOT NULL, patient bigint REFERENCES "Clinic"."Patients");
      INSERT INTO "Clinic"."Patients" SELECT generate_series(1, 300);
      INSERT INTO "Clinic".visits_2025 SELECT date '2025-01-01' + n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      `ALTER TABLE "Clinic".visits ATTACH PARTITION "Clinic".visits_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');`,
    ],
    safe: [
      `ALTER TABLE "Clinic".visits ATTACH PARTITION "Clinic".visits_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');`,
    ],
  },

  detect(action, { catalog, judged }) {
    const [partition] = action.relations
    if (!action.subcommand.startsWith('ATTACH PARTITION') || partition === undefined) return null
    const parent = catalog.table(action.table)
    const known = catalog.table(partition)
    if (typeof parent !== 'object' || typeof known !== 'object' || catalog.isNew(partition)) return null
    const has = known.constraints.flatMap(({ references, columns, validated }) =>
      references !== null && validated ? [keyText(references, columns)] : [],
    )
    const checked = parent.constraints.flatMap(({ references, columns }) =>
      references === null || has.includes(keyText(references, columns)) ? [] : [formatRelation(references)],
    )
    const stalled = [...new Set(checked)].filter((one) => judged.effect.scans.includes(one))
    if (stalled.length === 0) return null
    return {
      message: `Every write to ${listed(stalled)} waits while each row of ${spelled(partition, catalog)} is looked up there.`,
    }
  },
})

function keyText(
  references: { readonly schema: string; readonly name: string; readonly columns: readonly string[] },
  columns: readonly string[],
): string {
  return JSON.stringify([references.schema, references.name, references.columns, columns])
}
