/**
 * Plans over small scenarios, as a reviewer reads them. Each folder of test/scenarios holds `base.sql` (the database
 * before) and `migration.sql` or `migration-1.sql` and so on (what is pending); what the planner makes of it is the golden file beside them.
 */
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { plan as planSchema, type Plan, type Step } from '../src/model/plan.ts'
import { actionSchema } from '../src/model/statement.ts'
import { readPlan, writePlan } from '../src/plan/plan-file.ts'
import { areConflicting, touchesOf } from '../src/plan/touches.ts'
import { planMarkdown } from '../src/report/plan-markdown.ts'
import { problemsReport } from '../src/report/problems.ts'
import { rules as allRules } from '../src/rules/index.ts'
import { parseScript } from '../src/sql/parse-script.ts'
import { loadParser } from '../src/sql/parser.ts'
import {
  oneOfEach,
  oneOfEachBase,
  pendingOf,
  planFor,
  readScenario as read,
  scenarioFolder as folder,
  scenarios,
  stepsOf,
  type Given,
} from './support/plan-scenario.ts'

function planned(given: Given): Plan {
  const result = planFor(given)
  if (!result.ok) throw new Error(problemsReport(result.problems, false))
  return result.value
}

function refused(given: Given): readonly string[] {
  const result = planFor(given)
  if (result.ok) throw new Error(planMarkdown(result.value))
  return result.problems.map(({ position, message }) => `${position?.path}:${position?.line}: ${message}`)
}

/** The digest would change the golden files whenever anything does that they do not show. */
function withoutDigest(plan: Plan): string {
  return planMarkdown(plan).replace(plan.digest, '…')
}

/** Files of a scenario are named in their order. */
function isInOrder({ source: one }: Step, { source: later }: Step): boolean {
  if (one === null || later === null) return true
  return one.path < later.path || (one.path === later.path && one.line <= later.line)
}

beforeAll(loadParser)

describe('scenarios', () => {
  it.each(scenarios)('%s', async (scenario) => {
    const result = planFor({ base: read(scenario, 'base.sql'), pending: pendingOf(scenario) })
    const text = result.ok ? withoutDigest(result.value) : problemsReport(result.problems, false)
    await expect(text).toMatchFileSnapshot(join(folder, scenario, result.ok ? 'plan.md' : 'problems.txt'))
    if (!result.ok) return
    expect(planSchema.safeParse(result.value).error).toBeUndefined()
    expect(readPlan(writePlan(result.value), 'plan.json')).toEqual(result)
  })

  it.each(scenarios)('%s: the same bytes each time', (scenario) => {
    const given = { base: read(scenario, 'base.sql'), pending: pendingOf(scenario) }
    expect(JSON.stringify(planFor(given))).toBe(JSON.stringify(planFor(given)))
  })
})

describe('what is true of every plan', () => {
  const plans = () =>
    scenarios.flatMap((scenario) => {
      const result = planFor({ base: read(scenario, 'base.sql'), pending: pendingOf(scenario) })
      return result.ok ? [{ scenario, plan: result.value }] : []
    })

  it('has a gate first in each contract phase and nowhere else', () => {
    for (const { scenario, plan } of plans()) {
      for (const { phases } of plan.stages) {
        for (const { name, steps } of phases) {
          const gates = steps.flatMap(({ kind }, at) => (kind === 'gate' ? [at] : []))
          expect(gates, `${scenario} ${name}`).toEqual(name === 'contract' ? [0] : [])
        }
      }
    }
  })

  it('keeps steps in conflict in the order of their source', () => {
    for (const { scenario, plan } of plans()) {
      // A step for the sync trigger may be joined of several, whose sources stand in several places.
      const steps = stepsOf(plan).filter(({ after }) => after.every(({ kind }) => kind !== 'trigger'))
      for (const [at, later] of steps.entries()) {
        for (const one of steps.slice(0, at)) {
          if (!areConflicting(touchesOf(one.touches), touchesOf(later.touches))) continue
          // A value is found before the first step that needs it, wherever the statement stands that it is taken from.
          if (one.kind === 'capture') continue
          expect(isInOrder(one, later), `${scenario}: ${one.id} before ${later.id}`).toBe(true)
        }
      }
    }
  })

  it('is of one file and several the same', () => {
    const base = 'CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);'
    const lines = [
      'ALTER TABLE t DROP COLUMN a;',
      'ALTER TABLE t ADD COLUMN c text;',
      'CREATE INDEX t_b ON t (b);',
    ]
    const one = planned({ base, pending: [lines.join('\n')] })
    const many = planned({ base, pending: lines })
    expect(stepsOf(many).map(({ id }) => id)).toEqual(stepsOf(one).map(({ id }) => id))
    expect(many.sources.map(({ path }) => path)).toEqual([
      '001_change.sql',
      '002_change.sql',
      '003_change.sql',
    ])
  })
})

describe('every kind of action', () => {
  const base = oneOfEachBase

  it('is in the table above', () => {
    expect(Object.keys(oneOfEach).sort()).toEqual(
      actionSchema.options.map((option) => option.shape.kind.value).sort(),
    )
  })

  it.each(Object.entries(oneOfEach))('%s ends in a step, a note or a refusal', async (kind, sql) => {
    expect(parseScript(`${sql};`, 'x.sql').statements[0]?.actions[0]?.kind).toBe(kind)
    const results = [allRules, []].map((rules) => planFor({ base, pending: [`${sql};`], rules }))
    const said = results.map((result) =>
      result.ok
        ? [
            ...stepsOf(result.value).map((step) => `${step.kind} ${step.id}: ${step.title}`),
            ...result.value.notes,
          ]
        : result.problems.map(({ message, hint }) => `refused: ${message} → ${hint}`),
    )
    for (const lines of said) expect(lines.length).toBeGreaterThan(0)
    // The golden file shows what the planner does by itself, so that a new rule does not change it.
    const text = [`-- ${sql};`, '', ...(said[1] ?? []), ''].join('\n')
    await expect(text).toMatchFileSnapshot(resolve(import.meta.dirname, `golden/actions/${kind}.txt`))
  })
})

describe('transactions of the author', () => {
  const base = 'CREATE TABLE t (id bigint PRIMARY KEY, a text); CREATE TABLE u (id bigint PRIMARY KEY);'
  const mixed = 'BEGIN;\nALTER TABLE t ADD COLUMN c text;\nALTER TABLE t DROP COLUMN a;\nCOMMIT;'
  const building = 'BEGIN;\nALTER TABLE t ADD COLUMN c text;\nCREATE INDEX t_c ON t (c);\nCOMMIT;'

  it('stay one step where that stops nobody', () => {
    const plan = planned({
      base,
      pending: ['BEGIN;\nALTER TABLE t ADD COLUMN c text;\nALTER TABLE u ADD COLUMN d text;\nCOMMIT;'],
    })
    expect(stepsOf(plan)).toMatchObject([
      {
        kind: 'ddl',
        sql: ['ALTER TABLE t ADD COLUMN c text', 'ALTER TABLE u ADD COLUMN d text'],
        locks: [
          { relation: 'public.t', mode: 'AccessExclusive' },
          { relation: 'public.u', mode: 'AccessExclusive' },
        ],
        undo: {
          kind: 'sql',
          sql: ['ALTER TABLE public.u DROP COLUMN d', 'ALTER TABLE public.t DROP COLUMN c'],
        },
      },
    ])
  })

  it('are refused where they build, or both add and take away', () => {
    expect(refused({ base, pending: [building] })).toEqual([
      '001_change.sql:1: this transaction cannot stay one step: its create index is more than a change of the catalog',
    ])
    expect(refused({ base, pending: [mixed] })).toHaveLength(1)
  })

  it.each([mixed, building])('are split where a comment on BEGIN says so: %s', (sql) => {
    const allowed = `-- lockstep: allow split-transaction because nobody reads c yet\n${sql}`
    const plan = planned({ base, pending: [allowed] })
    expect(stepsOf(plan).filter(({ kind }) => kind !== 'gate')).toHaveLength(2)
    expect(plan.notes.some((note) => note.includes('nobody reads c yet'))).toBe(true)
  })

  it('are not split by a comment without a reason, or on another BEGIN', () => {
    const nothing = `-- lockstep: allow split-transaction\n${building}`
    const other = `${building}\n-- lockstep: allow split-transaction because of this one\nBEGIN;\nCOMMIT;`
    expect(refused({ base, pending: [nothing] })).toHaveLength(1)
    expect(refused({ base, pending: [other] })).toHaveLength(1)
  })

  it('are no obstacle around a single action', () => {
    const plan = planned({ base, pending: ['BEGIN;\nCREATE INDEX t_a ON t (a);\nCOMMIT;'] })
    expect(stepsOf(plan)).toMatchObject([{ kind: 'create-index' }])
    expect(plan.notes).toEqual([])
  })

  it('are refused where PostgreSQL would refuse them: a value of an enum that is used before it is committed', () => {
    const sql = [
      'BEGIN;',
      "ALTER TYPE mood ADD VALUE 'so so';",
      "ALTER TABLE v ALTER COLUMN m SET DEFAULT 'so so';",
      'COMMIT;',
    ].join('\n')
    const moods = `${base} CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE v (id bigint PRIMARY KEY, m mood);`
    expect(refused({ base: moods, pending: [sql] })).toEqual([
      expect.stringContaining("enum-value-used-same-tx: 'so so' of public.mood is used in the transaction"),
    ])
    const allowed = `-- lockstep: allow split-transaction because the value comes first\n${sql}`
    expect(stepsOf(planned({ base: moods, pending: [allowed] })).map(({ id }) => id)).toEqual([
      'add-so-so-to-mood',
      'set-default-m',
    ])
  })

  it('are refused where they take back what they did', () => {
    const sql = 'BEGIN;\nALTER TABLE t ADD COLUMN c text;\nALTER TABLE u ADD COLUMN d text;\nROLLBACK;'
    expect(refused({ base, pending: [sql] })).toHaveLength(1)
  })
})

describe('refusals', () => {
  it('of all files come at once, with syntax errors, in the order of the files', () => {
    const base = 'CREATE TABLE t (id int PRIMARY KEY, a text);'
    const lines = refused({
      base,
      pending: ['REINDEX TABLE t;\nSELEC 1;', 'ALTER TABLE t ALTER id TYPE text;\nDO $$ BEGIN END $$;'],
    })
    expect(lines.map((line) => line.split(': ')[0])).toEqual([
      '001_change.sql:1',
      '001_change.sql:2',
      '002_change.sql:1',
      '002_change.sql:2',
    ])
  })
})

describe('tables of the plan itself', () => {
  const base = 'CREATE TABLE t (id bigint PRIMARY KEY, a text);'

  it('are free before the gate', () => {
    const plan = planned({
      base,
      pending: ['CREATE TABLE n (id int);\nCREATE INDEX n_id ON n (id);\nDROP TABLE n;'],
    })
    expect(stepsOf(plan).map(({ kind }) => kind)).toEqual(['ddl', 'ddl', 'ddl'])
  })

  it('are in use behind it', () => {
    const sql = [
      'CREATE TABLE n (id int);',
      'ALTER TABLE t DROP COLUMN a;',
      'ALTER TABLE t ADD COLUMN a int;',
      // It needs the second t.a, and so a deploy before it; what may name anything stays behind it, and all else behind that.
      'CREATE VIEW v AS SELECT a FROM t;',
      'CREATE COLLATION plain FROM "C";',
      'CREATE TRIGGER g BEFORE UPDATE ON n FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();',
      'CREATE INDEX n_id ON n (id);',
    ]
    const plan = planned({ base, pending: [sql.join('\n')] })
    const [, second] = plan.stages
    expect(second?.phases.flatMap(({ steps }) => steps)).toMatchObject([
      { id: 'add-t-a' },
      { title: 'CREATE VIEW (public.v, public.t)' },
      { title: 'CREATE COLLATION' },
      { locks: [{ relation: 'public.n', mode: 'ShareRowExclusive' }] },
      { kind: 'create-index', sql: 'CREATE INDEX CONCURRENTLY n_id ON n (id)' },
    ])
  })
})

describe('what a plan must not change the meaning of', () => {
  it.each(['ROLLBACK', 'SAVEPOINT s; DROP TABLE u; ROLLBACK TO s; COMMIT', "PREPARE TRANSACTION 'x'"])(
    'refuses a transaction with %s, split or not',
    (end) => {
      const block = `BEGIN;\nALTER TABLE t ADD COLUMN c text;\nDROP TABLE u;\n${end};`
      const base = 'CREATE TABLE t (a text); CREATE TABLE u (a text);'
      const allowed = `-- lockstep: allow split-transaction because they are apart\n${block}`
      for (const sql of [block, allowed]) {
        expect(refused({ base, pending: [sql] })).toEqual([
          expect.stringMatching(/transaction cannot be a step of a plan/),
        ])
      }
    },
  )

  it.each([
    "SET my.tenant = 'acme'",
    "SET intervalstyle = 'postgres_verbose'",
    'SET bytea_output = escape',
    'SET transform_null_equals = on',
    'SET standard_conforming_strings = off',
    'SET row_security = off',
    'RESET ALL',
  ])('refuses %s', (sql) => {
    expect(refused({ base: 'CREATE TABLE t (a text);', pending: [`${sql};`] })).toEqual([
      expect.stringMatching(/this set cannot be a step of a plan/),
    ])
  })

  it.each([
    "SET lock_timeout = '1s'",
    'SET max_parallel_maintenance_workers = 4',
    'SET log_statement = none',
    'SET standard_conforming_strings = on',
  ])('leaves %s out', (sql) => {
    const plan = planned({ base: 'CREATE TABLE t (a text);', pending: [`${sql};`] })
    expect(plan.notes.join('\n')).toMatch(/is left out: each step has settings of its own/)
  })
})

describe('what must not be overtaken', () => {
  const base = `CREATE TABLE p (id bigint PRIMARY KEY, code text);
    CREATE UNIQUE INDEX p_code ON p (code);
    CREATE TABLE ch (id bigint PRIMARY KEY, p bigint CONSTRAINT ch_fk REFERENCES p ON DELETE CASCADE);
    CREATE TABLE other (a int);`
  /** Whether the step that says `first` comes before the one that says `second`, as they do in the source. */
  function isKept(sql: string, first: RegExp, second: RegExp): boolean {
    const titles = stepsOf(planned({ base, pending: [sql] })).map(({ title }) => title)
    const [one, two] = [first, second].map((title) => titles.findIndex((each) => title.test(each)))
    if (one === undefined || two === undefined || one < 0 || two < 0) throw new Error(titles.join('\n'))
    return one < two
  }

  it('is a statement whose text may name anything', () => {
    const make = 'CREATE COLLATION plain FROM "C";'
    const add = 'ALTER TABLE other ADD COLUMN b int;'
    expect(isKept(`${add} ${make}`, /Add column/, /CREATE COLLATION/)).toBe(true)
    expect(isKept(`DROP AGGREGATE total (int); ${add}`, /DROP AGGREGATE/, /Add column/)).toBe(true)
    expect(isKept(`ALTER TABLE ch DROP COLUMN p; ${make}`, /Drop column/, /CREATE COLLATION/)).toBe(true)
  })

  it('is a column, by a query that takes all of them, and by one that names another of its name', () => {
    const view = 'CREATE VIEW v AS SELECT * FROM other;'
    expect(isKept(`ALTER TABLE other DROP COLUMN a; ${view}`, /Drop column/, /CREATE VIEW/)).toBe(true)
    const like = 'CREATE TABLE twin (LIKE other);'
    expect(isKept(`ALTER TABLE other DROP COLUMN a; ${like}`, /Drop column/, /Create table/)).toBe(true)
    const join = 'CREATE VIEW v AS SELECT code FROM p, other;'
    expect(isKept(`ALTER TABLE ch DROP COLUMN p; ${join}`, /CREATE VIEW/, /Drop column/)).toBe(true)
    const again = 'ALTER TABLE p DROP COLUMN code; ALTER TABLE p ADD COLUMN code int;'
    expect(isKept(`${again} ${join}`, /Drop column/, /CREATE VIEW/)).toBe(true)
  })

  it('is an index that keeps duplicates out, by rows that come after it', () => {
    const twice = "INSERT INTO p VALUES (7, 'x'), (8, 'x');"
    expect(isKept(`DROP INDEX p_code; ${twice}`, /Drop index/, /Insert/)).toBe(true)
  })

  it('is a function, by rows whose trigger calls it, and by what is named with it', () => {
    const stamp = (value: string) =>
      `CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.code := '${value}'; RETURN NEW; END $$;`
    const given = `${base} ${stamp('old')} CREATE TRIGGER stamp BEFORE UPDATE ON p FOR EACH ROW EXECUTE FUNCTION stamp();`
    const sql = `ALTER TABLE ch DROP COLUMN p; DELETE FROM p; ${stamp('new')}`
    const titles = stepsOf(planned({ base: given, pending: [sql] })).map(({ title }) => title)
    const places = [/delete/i, /CREATE FUNCTION/, /Drop column/].map((one) =>
      titles.findIndex((each) => one.test(each)),
    )
    expect(places).toEqual([...places].sort((one, other) => one - other))
  })

  it('is the end of a foreign key, by a DELETE that it would carry to other rows', () => {
    const remove = 'DELETE FROM p WHERE id = 1;'
    expect(isKept(`ALTER TABLE ch DROP CONSTRAINT ch_fk; ${remove}`, /Drop constraint/, /delete/i)).toBe(true)
    expect(isKept(`DROP TABLE ch; ${remove}`, /Drop table/, /delete/i)).toBe(true)
  })

  it('is the end of a table whose foreign key hangs on an index, by the end of that index', () => {
    const referencing = 'CREATE TABLE co (code text CONSTRAINT co_fk REFERENCES p (code));'
    const plan = planned({
      base: `${base} ${referencing}`,
      // A name that comes again would have its first index gone in the first stage, and the table in the last.
      pending: ['DROP TABLE co;', 'DROP INDEX p_code;', 'CREATE UNIQUE INDEX p_code ON p (code, id);'],
    })
    const titles = stepsOf(plan).map(({ title }) => title)
    const [table, index] = ['Drop table public.co', 'Drop index public.p_code'].map((title) =>
      titles.findIndex((each) => each.startsWith(title)),
    )
    expect(table, titles.join('\n')).toBeGreaterThan(-1)
    expect(index, titles.join('\n')).toBeGreaterThan(table ?? 0)
  })

  it('is what carries a comment to a column’s copy, by the comment that comes after it', () => {
    const comment = "COMMENT ON COLUMN ch.p IS 'x';"
    const rename = 'ALTER TABLE other RENAME COLUMN a TO z;'
    expect(isKept(`${rename} COMMENT ON COLUMN other.z IS 'x';`, /^Drop a of/, /^Comment/)).toBe(true)
    expect(isKept(`COMMENT ON COLUMN other.a IS 'x'; ${rename}`, /^Comment/, /^Drop a of/)).toBe(true)
    expect(isKept(`${comment} ALTER TABLE ch DROP COLUMN p;`, /^Comment/, /Drop column/)).toBe(true)
    expect(isKept(`ALTER TABLE ch DROP COLUMN id; ${comment}`, /Drop column/, /^Comment/)).toBe(false)
  })

  it('is the end of a foreign key, by an UPDATE of what it looks at and by no other', () => {
    const drop = 'ALTER TABLE ch DROP CONSTRAINT ch_fk;'
    const isAfter = (update: string) => isKept(`${drop} ${update}`, /Drop constraint/, /^Set|^Update/)
    expect(isAfter('UPDATE ch SET p = 7;')).toBe(true)
    expect(isAfter('UPDATE p SET id = id + 1 WHERE id = 7;')).toBe(true)
    expect(isAfter("UPDATE p SET code = 'x';")).toBe(false)
  })

  it('is not a privilege or a statistic of a relation by what happens to another', () => {
    const drop = 'ALTER TABLE ch DROP COLUMN p;'
    expect(isKept(`${drop} GRANT SELECT ON other TO PUBLIC;`, /Drop column/, /GRANT/)).toBe(false)
  })
})
