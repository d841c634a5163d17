/** Small migrations of test/scenarios, and the plans that are made of them. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { catalogOf, emptyCatalog } from '../../src/catalog/replay.ts'
import { readCatalog } from '../../src/database/read-catalog.ts'
import type { Session } from '../../src/database/session.ts'
import { walk } from '../../src/effects/walk.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import type { Result } from '../../src/model/problem.ts'
import type { ActionKind } from '../../src/model/statement.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import type { Rule } from '../../src/rules/define-rule.ts'
import { rules as allRules } from '../../src/rules/index.ts'
import { parseScript } from '../../src/sql/parse-script.ts'

export const scenarioFolder = resolve(import.meta.dirname, '../scenarios')
export const scenarios = readdirSync(scenarioFolder)
const defaultMajor = 15

export function readScenario(scenario: string, file: string): string {
  return readFileSync(join(scenarioFolder, scenario, file), 'utf8')
}

/** One file, `migration.sql`, or several that follow one another: `migration-1.sql`, `migration-2.sql`, … */
export function pendingOf(scenario: string): readonly string[] {
  return readdirSync(join(scenarioFolder, scenario))
    .filter((file) => file.startsWith('migration'))
    .sort()
    .map((file) => readScenario(scenario, file))
}

function catalogAfter(sql: string, major: number): Catalog {
  const script = parseScript(sql, 'base.sql')
  if (script.problems.length > 0) throw new Error(script.problems.map(({ message }) => message).join('\n'))
  const catalog = emptyCatalog({ complete: true, searchPath: ['public'] })
  return walk(script.statements, { transaction: 'file', catalog, serverVersion: { min: major, max: major } })
    .catalog
}

export interface Given {
  readonly base: string
  readonly pending: readonly string[]
  readonly rules?: readonly Rule[]
  readonly major?: number
}

/** Files `001_change.sql`, `002_change.sql`, …, each wrapped in a transaction by its runner. */
export function planFor({ base, pending, rules = allRules, major = defaultMajor }: Given): Result<Plan> {
  return planOn(catalogAfter(base, major), pending, { rules, major })
}

/** As `migrate plan --database-url` makes it: from what the server says is there. */
export async function planOnServer(session: Session, sql: string): Promise<Result<Plan>> {
  const catalog = catalogOf({ ...(await readCatalog(session)), searchPath: ['public'] })
  return planOn(catalog, [sql], { rules: allRules, major: Math.floor(session.serverVersionNum / 10_000) })
}

function planOn(
  catalog: Catalog,
  pending: readonly string[],
  { rules, major }: { readonly rules: readonly Rule[]; readonly major: number },
): Result<Plan> {
  return makePlan({
    id: 'scenario',
    pending: pending.map((text, at) => {
      const version = String(at + 1).padStart(3, '0')
      const path = `${version}_change.sql`
      return {
        migration: {
          version,
          name: 'change',
          direction: 'up',
          path,
          layout: 'plain',
          text,
          sha256: createHash('sha256').update(text).digest('hex'),
          transaction: 'file',
        },
        script: parseScript(text, path),
        history: null,
      }
    }),
    catalog,
    base: { from: 'nothing', versions: [] },
    server: { major, stallBudgetMs: 200 },
    invariants: [],
    rules,
  })
}

export function stepsOf(plan: Plan): readonly Step[] {
  return plan.stages.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
}

/** What the statements below meet. */
export const oneOfEachBase = `
  CREATE TABLE t (id bigint PRIMARY KEY, a varchar(10), b int NOT NULL, CONSTRAINT positive CHECK (b > 0));
  CREATE INDEX t_a ON t (a);
  CREATE SCHEMA other;
  INSERT INTO t VALUES (2, 'two', 2), (3, 'three', 3);`

/** One statement of each kind of action; a kind that is added to the model and not to this table does not compile. */
export const oneOfEach = {
  'create-table': 'CREATE TABLE u (id int)',
  'drop-table': 'DROP TABLE t',
  'rename-table': 'ALTER TABLE t RENAME TO u',
  'rename-column': 'ALTER TABLE t RENAME a TO c',
  'rename-constraint': 'ALTER TABLE t RENAME CONSTRAINT positive TO not_negative',
  'rename-index': 'ALTER INDEX t_a RENAME TO t_a_old',
  'set-schema': 'ALTER TABLE t SET SCHEMA other',
  'add-column': 'ALTER TABLE t ADD COLUMN c text',
  'drop-column': 'ALTER TABLE t DROP COLUMN a',
  'set-default': "ALTER TABLE t ALTER a SET DEFAULT 'x'",
  'drop-default': 'ALTER TABLE t ALTER a DROP DEFAULT',
  'set-not-null': 'ALTER TABLE t ALTER a SET NOT NULL',
  'drop-not-null': 'ALTER TABLE t ALTER b DROP NOT NULL',
  'alter-column-type': 'ALTER TABLE t ALTER a TYPE text',
  'add-constraint': 'ALTER TABLE t ADD CONSTRAINT k CHECK (b > 1) NOT VALID',
  'validate-constraint': 'ALTER TABLE t VALIDATE CONSTRAINT positive',
  'drop-constraint': 'ALTER TABLE t DROP CONSTRAINT positive',
  'alter-table': 'ALTER TABLE t ENABLE ROW LEVEL SECURITY',
  'create-index': 'CREATE INDEX t_b ON t (b)',
  'drop-index': 'DROP INDEX t_a',
  reindex: 'REINDEX TABLE t',
  insert: "INSERT INTO t VALUES (1, 'a', 1)",
  update: "UPDATE t SET a = 'x'",
  delete: 'DELETE FROM t',
  truncate: 'TRUNCATE t',
  'lock-table': 'LOCK TABLE t IN SHARE MODE',
  select: 'SELECT 1',
  set: "SET lock_timeout = '1s'",
  transaction: 'SAVEPOINT s',
  comment: "COMMENT ON TABLE t IS 'x'",
  other: 'GRANT SELECT ON t TO PUBLIC',
} as const satisfies { readonly [K in ActionKind]: string }
