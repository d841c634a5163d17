/** Two applications at one column that has two names or two types for a while: nothing that either writes is lost. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import type { Plan } from '../../src/model/plan.ts'
import { loadParser } from '../../src/sql/parser.ts'
import { planOnServer } from '../support/plan-scenario.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { codeOf, must, options } from './run-fixture.ts'

let database: TestDatabase

beforeAll(loadParser)

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(() => database.drop())

async function applied(plan: Plan, through: 'first-gate' | 'all-gates'): Promise<string> {
  return must(await applyPlan(plan, database.url, options({ through }))).status
}

async function values(sql: string): Promise<readonly unknown[]> {
  const rows = await database.session.query<{ v: unknown }>(sql)
  return rows.map(({ v }) => v)
}

describe('a renamed column', () => {
  beforeEach(async () => {
    await database.session.execute(`
      CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL DEFAULT 'nobody', city text);
      INSERT INTO people SELECT i, 'n' || i, CASE WHEN i % 2 = 0 THEN 'c' || i END FROM generate_series(1, 500) i`)
  })

  it('takes writes under either name, and hands them over', async () => {
    const plan = must(
      await planOnServer(database.session, 'ALTER TABLE people RENAME COLUMN name TO full_name;'),
    )
    const { session } = database
    let id = 1000
    // The old application, at every step of expand and backfill.
    const run = options({
      through: 'first-gate',
      afterStep: async () => {
        id += 1
        await session.execute(`INSERT INTO people (id, name) VALUES (${id}, 'old ${id}');
          UPDATE people SET name = upper(name) WHERE id = ${id - 950};
          UPDATE people SET city = city || '!' WHERE id = ${id - 700};
          UPDATE people SET id = id - 2000 WHERE id = ${500 + 1000 - id}`)
      },
    })
    expect(must(await applyPlan(plan, database.url, run)).status).toBe('at-gate')
    expect(await values('SELECT id AS v FROM people WHERE full_name IS DISTINCT FROM name')).toEqual([])
    await session.execute(`
      INSERT INTO people (id, full_name) VALUES (2001, 'new');
      INSERT INTO people (id) VALUES (2002);
      UPDATE people SET full_name = 'changed' WHERE id = 7;
      UPDATE people SET name = 'CHANGED' WHERE id = 8;
      UPDATE people SET name = 'both', full_name = 'both' WHERE id = 9`)
    expect(
      await values(`SELECT name AS v FROM people WHERE id IN (7, 8, 9, 2001, 2002) ORDER BY id`),
    ).toEqual(['changed', 'CHANGED', 'both', 'new', 'nobody'])
    expect(await values('SELECT id AS v FROM people WHERE full_name IS DISTINCT FROM name')).toEqual([])
    const [before] = await values(`SELECT string_agg(full_name, ',' ORDER BY id) AS v FROM people`)
    expect(await applied(plan, 'all-gates')).toBe('done')
    expect(await values(`SELECT string_agg(full_name, ',' ORDER BY id) AS v FROM people`)).toEqual([before])
    await session.execute('INSERT INTO people (id) VALUES (3000)')
    expect(await values('SELECT full_name AS v FROM people WHERE id = 3000')).toEqual(['nobody'])
  })

  it('keeps comment, privileges and settings', async () => {
    await database.session.execute(`
      CREATE ROLE "dual Reader"; GRANT SELECT (city), UPDATE (city) ON people TO "dual Reader" WITH GRANT OPTION;
      COMMENT ON COLUMN people.city IS 'it''s where'; ALTER TABLE people ALTER city SET STATISTICS 77;
      ALTER TABLE people ALTER city SET STORAGE EXTERNAL`)
    try {
      const plan = must(
        await planOnServer(database.session, 'ALTER TABLE people RENAME COLUMN city TO town;'),
      )
      const facts = `SELECT concat_ws('|', col_description(attrelid, attnum), attstattarget, attstorage,
        (SELECT string_agg(concat(grantee::regrole, privilege_type, is_grantable), ',' ORDER BY privilege_type) FROM aclexplode(attacl))) AS v
        FROM pg_attribute WHERE attrelid = 'people'::regclass AND attname = `
      const [was] = await values(`${facts} 'city'`)
      expect(await applied(plan, 'first-gate')).toBe('at-gate')
      expect(
        await values(`SELECT has_column_privilege('dual Reader', 'people', 'town', 'SELECT') AS v`),
      ).toEqual([true])
      expect(await applied(plan, 'all-gates')).toBe('done')
      expect(await values(`${facts} 'town'`)).toEqual([was])
    } finally {
      await database.session.execute('DROP OWNED BY "dual Reader"; DROP ROLE "dual Reader"')
    }
  })

  it('is refused where a trigger hangs on its name', async () => {
    await database.session.execute(`
      CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER of_city BEFORE UPDATE OF city ON people FOR EACH ROW EXECUTE FUNCTION f();
      CREATE TRIGGER when_name BEFORE INSERT ON people FOR EACH ROW WHEN (NEW.name <> '') EXECUTE FUNCTION f()`)
    for (const [column, trigger] of [
      ['city', 'of_city'],
      ['name', 'when_name'],
    ]) {
      const refused = await planOnServer(
        database.session,
        `-- lockstep: triggers fire because they change nothing\nALTER TABLE people RENAME COLUMN ${column} TO other;`,
      )
      expect(refused.ok ? '' : refused.problems[0]?.hint).toContain(
        `trigger ${trigger} would go on using the old one`,
      )
    }
  })
})

describe('a column of another type', () => {
  beforeEach(async () => {
    await database.session.execute(`
      CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 1, label text, price numeric(10,4));
      INSERT INTO t SELECT i, i, 'l' || i, i + 0.1234 FROM generate_series(1, 300) i`)
  })

  it('refuses what does not fit, as the new type will, and loses nothing that is written meanwhile', async () => {
    const plan = must(
      await planOnServer(database.session, 'ALTER TABLE t ALTER COLUMN label TYPE varchar(10);'),
    )
    const refusals: string[] = []
    let id = 1000
    const run = options({
      through: 'first-gate',
      afterStep: async () => {
        id += 1
        try {
          await database.session.execute(
            `INSERT INTO t (id, label) VALUES (${id}, 'twenty characters ${id}')`,
          )
        } catch (error) {
          refusals.push(error instanceof Error ? error.message : '')
        }
      },
    })
    const report = must(await applyPlan(plan, database.url, run))
    // The question found what came before it, and nothing has become NULL.
    expect(report.status).toBe('failed')
    expect(await values('SELECT count(*)::int AS v FROM t WHERE label IS NULL')).toEqual([0])
    await database.session.execute('DELETE FROM t WHERE id > 1000')
    expect(must(await applyPlan(plan, database.url, run)).status).toBe('failed')
    expect(refusals.length).toBeGreaterThan(0)
    await database.session.execute('DELETE FROM t WHERE id > 1000')
    expect(await applied(plan, 'first-gate')).toBe('at-gate')
    await expect(
      database.session.execute(`INSERT INTO t (id, label) VALUES (5000, 'far too long for it')`),
    ).rejects.toThrow(/too long/)
    expect(await values('SELECT count(*)::int AS v FROM t WHERE label IS NULL')).toEqual([0])
    expect(await applied(plan, 'all-gates')).toBe('done')
  })

  it('goes back without a loss, or says what would be lost', async () => {
    const plan = must(
      await planOnServer(
        database.session,
        'ALTER TABLE t ALTER COLUMN n TYPE bigint, ALTER COLUMN price TYPE numeric(12,2);',
      ),
    )
    const everything = `SELECT string_agg(concat_ws('|', id, n, label, price), ',' ORDER BY id) AS v FROM t`
    const [before] = await values(everything)
    expect(await applied(plan, 'first-gate')).toBe('at-gate')
    await database.session.execute(
      `UPDATE t SET label = label; INSERT INTO t (id, n) VALUES (900, 3000000000)`,
    )
    expect(codeOf(await rollbackPlan(plan, database.url, options()))).toBe('data-would-be-lost')
    await database.session.execute('DELETE FROM t WHERE id = 900')
    expect(must(await rollbackPlan(plan, database.url, options())).status).toBe('done')
    expect(await values(everything)).toEqual([before])
    expect(
      await values(
        `SELECT format_type(atttypid, atttypmod) AS v FROM pg_attribute WHERE attrelid = 't'::regclass AND attname IN ('n', 'price') ORDER BY attname`,
      ),
    ).toEqual(['integer', 'numeric(10,4)'])
    await expect(database.session.execute('INSERT INTO t (id, n) VALUES (901, NULL)')).rejects.toThrow(
      /null value/,
    )
  })
})
