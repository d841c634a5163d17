import { beforeAll, describe, expect, it } from 'vitest'
import { loadParser } from './parser.ts'
import { bodyOf, createdRoutine, droppedRoutines, inlinedFunctions } from './routine-body.ts'

beforeAll(() => loadParser())

const block = (body: string) => bodyOf(`DO $$ ${body} $$`)

describe('bodyOf', () => {
  it('gives the statements in order, and says which may not run', () => {
    const body = block(`DECLARE r record; n int := (SELECT max(id) FROM c); BEGIN
      UPDATE a SET x = 1;
      IF n > 5 THEN DROP TABLE b; ELSE PERFORM f(n); END IF;
      FOR r IN SELECT id FROM d LOOP DELETE FROM e; END LOOP;
      n := (SELECT count(*) FROM g);
      EXCEPTION WHEN others THEN TRUNCATE h; END`)
    expect(body?.unknowns).toEqual([])
    expect(body?.statements).toEqual(
      expect.arrayContaining([
        { sql: 'SELECT (SELECT max(id) FROM c)', always: true },
        { sql: 'UPDATE a SET x = 1', always: true },
        { sql: 'DROP TABLE b', always: false },
        { sql: 'SELECT f(n)', always: false },
        { sql: 'SELECT id FROM d', always: true },
        { sql: 'DELETE FROM e', always: false },
        { sql: 'TRUNCATE h', always: false },
      ]),
    )
    expect(body?.statements.some(({ sql }) => sql.includes('count(*) FROM g'))).toBe(true)
  })

  it('follows EXECUTE of a constant, and no other', () => {
    expect(block(`BEGIN EXECUTE 'DROP TABLE ' || 'a; DROP TABLE b'; END`)?.statements).toEqual([
      { sql: 'DROP TABLE a', always: true },
      { sql: 'DROP TABLE b', always: true },
    ])
    const computed = block(`BEGIN EXECUTE format('DROP TABLE %I', 'a'); END`)
    expect(computed?.unknowns).toEqual(['what EXECUTE of a computed text does'])
  })

  it('reads functions and procedures, and says where it cannot', () => {
    expect(bodyOf(`CREATE FUNCTION f() RETURNS int LANGUAGE 'SQL' AS 'SELECT 1; SELECT 2'`)).toEqual({
      statements: [
        { sql: 'SELECT 1', always: true },
        { sql: 'SELECT 2', always: true },
      ],
      unknowns: [],
    })
    expect(bodyOf(`CREATE PROCEDURE p() LANGUAGE plperl AS ''`)?.unknowns).toEqual([
      'what a body in plperl does',
    ])
    expect(block('no PL/pgSQL')?.unknowns).toEqual(['what a body that does not parse does'])
    expect(bodyOf('SELECT 1')).toBeNull()
  })
})

it('knows a routine by its name and the types that it takes', () => {
  expect(
    createdRoutine(`CREATE FUNCTION s.f(a int, OUT b text) LANGUAGE plpgsql STABLE AS 'BEGIN END'`),
  ).toEqual({
    name: { schema: 's', name: 'f' },
    argumentTypes: ['int4'],
    procedure: false,
    language: 'plpgsql',
    volatility: 'stable',
  })
  expect(droppedRoutines('DROP FUNCTION a.f(int), g')).toEqual([
    { schema: 'a', name: 'f' },
    { schema: null, name: 'g' },
  ])
})

it('puts a body of one expression in place of the call', () => {
  const sql = (body: string) => inlinedFunctions(`CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '${body}'`)
  expect(sql('SELECT g(h())')).toEqual(['g', 'h'])
  expect(sql('SELECT 7')).toEqual([])
  expect(sql('SELECT a FROM t')).toBeNull()
  expect(sql('SELECT 1; SELECT 2')).toBeNull()
})
