/** What the server tests cannot show: unknown tables, what counts as growing, and the range of versions. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../catalog/catalog.ts'
import { emptyCatalog, replay, startBatch } from '../catalog/replay.ts'
import type { Effect } from '../model/effect.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { effectOf } from './effect-of.ts'

beforeAll(() => loadParser())

function actionsOf(sql: string) {
  const script = parseScript(sql, 'test.sql')
  expect(script.problems).toEqual([])
  return script.statements.flatMap(({ actions }) => actions)
}

const nowhere = () => emptyCatalog({ complete: false, searchPath: ['public'] })

function old(sql: string, complete = true): Catalog {
  return startBatch(actionsOf(sql).reduce(replay, emptyCatalog({ complete, searchPath: ['public'] })))
}

function effect(sql: string, catalog: Catalog = nowhere(), max = 18): Effect {
  const [action] = actionsOf(sql)
  if (action === undefined) throw new Error('no action')
  return effectOf(action, catalog, { min: 14, max })
}

const locks = (sql: string, catalog?: Catalog, max?: number) =>
  effect(sql, catalog, max).locks.map(({ relation, mode }) => `${relation} ${mode}`)

describe('unknown is the worse case, and is said', () => {
  it.each<[string, Partial<Effect>, string | null]>([
    ['ALTER TABLE t ALTER a SET NOT NULL', { scans: ['public.t'] }, 'validated CHECK'],
    ['ALTER TABLE t ALTER a TYPE text', { rewrites: ['public.t'] }, 'present type'],
    ['ALTER TABLE t ADD a mood', { rewrites: ['public.t'] }, 'mood is a domain'],
    ['ALTER TABLE t ADD a mood[]', { rewrites: [] }, null],
    ['ALTER TABLE t ADD a citext', { rewrites: [] }, null],
    ['ALTER TABLE t ADD a int DEFAULT f()', { rewrites: ['public.t'] }, 'function f is volatile'],
    ['ALTER TABLE t ADD a int DEFAULT 1', { rewrites: [], scans: [] }, null],
    ['ALTER TABLE t ADD a timestamptz DEFAULT now()', { rewrites: [], scans: [] }, null],
    ['ALTER TABLE t VALIDATE CONSTRAINT c', { scans: ['public.t'] }, 'c is a foreign key'],
    ['ALTER TABLE t DROP CONSTRAINT c', { scans: [] }, 'c is a foreign key'],
    ['DROP TABLE t', {}, 'foreign keys of public.t'],
    [
      'DROP INDEX i',
      { locks: [{ relation: 'public.i', mode: 'AccessExclusive' }] },
      'on which table public.i',
    ],
    ['REINDEX INDEX i', { builds: ['public.i'] }, 'on which table public.i'],
    ['UPDATE t SET a = 1 WHERE id = 1', { changesRows: ['public.t'] }, 'id holds a unique key'],
    ['DO $$ BEGIN END $$', { locks: [] }, null],
    ['DO $$ BEGIN EXECUTE some_text; END $$', { locks: [] }, 'EXECUTE of a computed text does, in DO'],
    ['DO LANGUAGE plpython3u $$ pass $$', { locks: [] }, 'body in plpython3u'],
    ['DROP SCHEMA s CASCADE', { locks: [] }, 'which relations s holds'],
    ['DROP TYPE s', { locks: [] }, null],
    ['DROP TYPE s CASCADE', { locks: [] }, 'DROP TYPE … CASCADE'],
    ['CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$', { locks: [] }, null],
  ])('%s', (sql, expected, unknown) => {
    const said = effect(sql)
    expect(said).toMatchObject(expected)
    const isSaid = said.unknowns.some((one) => one.includes(unknown ?? ''))
    expect(isSaid).toBe(unknown !== null)
  })

  it('but not where the replay knows', () => {
    const catalog =
      old(`CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN word AS text; CREATE DOMAIN email AS text CHECK (VALUE <> '');
      CREATE TABLE t (a varchar(3))`)
    expect(effect('ALTER TABLE t ADD b mood', catalog)).toMatchObject({ rewrites: [], unknowns: [] })
    expect(effect('ALTER TABLE t ADD b word', catalog)).toMatchObject({ rewrites: [], unknowns: [] })
    expect(effect('ALTER TABLE t ADD b email', catalog)).toMatchObject({
      rewrites: ['public.t'],
      unknowns: [],
    })
    expect(effect('ALTER TABLE t ALTER a TYPE text', catalog)).toMatchObject({ rewrites: [], unknowns: [] })
    expect(effect('ALTER TABLE t ALTER a TYPE text USING a::text', catalog).rewrites).toEqual([])
    expect(effect('ALTER TABLE t ALTER a TYPE text USING lower(a)', catalog).rewrites).toEqual(['public.t'])
  })
})

describe('how many rows change', () => {
  const cases: readonly (readonly [sql: string, grows: boolean])[] = [
    ['UPDATE t SET a = 1', true],
    ['UPDATE t SET a = 1 WHERE id = 5', false],
    ['UPDATE t SET a = 1 WHERE 5 = t.id AND b > 2', false],
    ["DELETE FROM t WHERE id IN (1, '2'::int)", false],
    ['DELETE FROM t WHERE a = 1 AND b = 2', false],
    ['DELETE FROM t WHERE a = 1', true],
    ['DELETE FROM t WHERE id = 1 OR b = 2', true],
    ['DELETE FROM t WHERE id > 1', true],
    ['DELETE FROM t WHERE id = a', true],
    ['DELETE FROM t WHERE id IN (SELECT a FROM t)', true],
    ['INSERT INTO t VALUES (1), (2)', false],
    ['INSERT INTO t SELECT 1', false],
    ['INSERT INTO t SELECT a + 1 FROM t', true],
  ]
  it.each(cases)('%s: %s', (sql, grows) => {
    const set = old('CREATE TABLE t (id int PRIMARY KEY, a int, b int, UNIQUE (a, b))')
    expect(effect(sql, set).changesRows).toEqual(grows ? ['public.t'] : [])
    expect(effect(sql, set).unknowns).toEqual([])
  })
})

it('reaches over foreign keys in both directions', () => {
  const catalog = old(
    `CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p_id int REFERENCES p ON DELETE CASCADE)`,
  )
  expect(locks('DROP TABLE c', catalog)).toEqual(['public.c AccessExclusive', 'public.p AccessExclusive'])
  expect(locks('DROP TABLE p', catalog)).toEqual(['public.p AccessExclusive'])
  expect(locks('DROP TABLE p CASCADE', catalog)).toEqual([
    'public.c AccessExclusive',
    'public.p AccessExclusive',
  ])
  expect(effect('DELETE FROM p', catalog)).toMatchObject({
    changesRows: ['public.c', 'public.p'],
    scans: ['public.c'],
  })
})

it('takes the worst of the versions it may meet', () => {
  const catalog = old(`CREATE TABLE p (id int NOT NULL) PARTITION BY RANGE (id);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)`)
  expect(locks('ALTER TABLE p ADD UNIQUE (id)', catalog, 17)).toContain('public.p1 Share')
  expect(locks('ALTER TABLE p ADD UNIQUE (id)', catalog, 18)).toContain('public.p1 AccessExclusive')
})

it('says nothing of work on a table that is new, and only locks its old partner', () => {
  const catalog = actionsOf('CREATE TABLE n (id int, a int)').reduce(
    replay,
    old('CREATE TABLE o (id int PRIMARY KEY)'),
  )
  const empty = { locks: [], rewrites: [], scans: [], builds: [], changesRows: [], unknowns: [] }
  expect(effect('CREATE UNIQUE INDEX ON n (id)', catalog)).toEqual(empty)
  expect(effect('ALTER TABLE n ADD b uuid DEFAULT gen_random_uuid()', catalog)).toEqual(empty)
  expect(effect('UPDATE n SET a = 1', catalog)).toEqual(empty)
  expect(effect('ALTER TABLE n ADD FOREIGN KEY (a) REFERENCES o', catalog)).toEqual({
    ...empty,
    locks: [{ relation: 'public.o', mode: 'ShareRowExclusive' }],
  })
})

it('locks every relation that an unknown statement names', () => {
  const [action] = actionsOf('VACUUM t')
  if (action?.kind !== 'other') throw new Error('VACUUM has an action of its own')
  const catalog = old('CREATE TABLE t (id int)')
  const said = effectOf({ ...action, tag: 'FROBNICATE' }, catalog, { min: 14, max: 18 })
  expect(said).toMatchObject({
    locks: [{ relation: 'public.t', mode: 'AccessExclusive' }],
    unknowns: ['what FROBNICATE does'],
  })
})
