import type { Catalog } from '../catalog/catalog.ts'
import { replay } from '../catalog/replay.ts'
import type { ActionOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'not-valid-never-validated',
  severity: 'info',
  on: ['add-constraint'],

  docs: {
    what: 'A constraint that is added NOT VALID, and that none of the migrations validates.',
    why: 'It holds for new rows, and of the old ones nobody knows: the planner cannot reckon with it, SET NOT NULL and ATTACH PARTITION read the whole table all the same, and whoever reads the schema takes it for more than it is.',
    instead:
      'VALIDATE CONSTRAINT in a later file, outside of the transaction that adds it: it reads the rows while the application writes. If old rows may break it for good, say so with a comment: -- lockstep: allow not-valid-never-validated because ….',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Fleet";
      CREATE TABLE "Fleet".harbours (id bigint PRIMARY KEY);
      CREATE TABLE "Fleet"."Ships" (id bigint PRIMARY KEY, tons integer, harbour bigint);
      INSERT INTO "Fleet".harbours SELECT generate_series(1, 30);
      INSERT INTO "Fleet"."Ships" SELECT n, n, 1 + n % 30 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Fleet"."Ships" ADD CONSTRAINT "has weight" CHECK (tons > 0) NOT VALID;',
      autocommit(
        'ALTER TABLE "Fleet"."Ships" ADD FOREIGN KEY (harbour) REFERENCES "Fleet".harbours NOT VALID; ALTER TABLE "Fleet"."Ships" ADD CONSTRAINT "has weight" CHECK (tons > 0) NOT VALID; ALTER TABLE "Fleet"."Ships" VALIDATE CONSTRAINT "has weight";',
      ),
    ],
    safe: [
      autocommit(
        'ALTER TABLE "Fleet"."Ships" ADD FOREIGN KEY (harbour) REFERENCES "Fleet".harbours NOT VALID; ALTER TABLE "Fleet"."Ships" VALIDATE CONSTRAINT "Ships_harbour_fkey";',
      ),
      'ALTER TABLE "Fleet"."Ships" ADD CONSTRAINT "has weight" CHECK (tons > 0) NOT VALID; ALTER TABLE "Fleet"."Ships" DROP CONSTRAINT "has weight";',
      'CREATE TABLE boats (id bigint); ALTER TABLE boats ADD CONSTRAINT numbered CHECK (id > 0);',
    ],
  },

  detect(action, { catalog }) {
    const { constraint, table } = action
    if (!('notValid' in constraint) || !constraint.notValid) return null
    const name = nameOf(action, catalog)
    if (name === null) return null
    return {
      message: `${quoteIdentifier(name)} holds for new rows of ${spelled(table, catalog)}, and nothing validates it for the old ones.`,
      isSettledBy: (end) => {
        const left = end.constraint(table, name)
        return typeof left !== 'object' || left.validated
      },
    }
  },
})

/** Where the author gives none, PostgreSQL does; null: not known. */
function nameOf({ constraint, ...action }: ActionOf<'add-constraint'>, catalog: Catalog): string | null {
  if (constraint.name !== null) return constraint.name
  const names = (known: Catalog): readonly string[] => {
    const table = known.table(action.table)
    return typeof table === 'object' ? table.constraints.map(({ name }) => name) : []
  }
  const before = names(catalog)
  return names(replay(catalog, { ...action, constraint })).find((name) => !before.includes(name)) ?? null
}
