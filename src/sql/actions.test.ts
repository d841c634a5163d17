import { beforeAll, describe, expect, it } from 'vitest'
import { type Action, actionSchema } from '../model/statement.ts'
import { parseScript } from './parse-script.ts'
import { loadParser } from './parser.ts'

beforeAll(loadParser)

function actionsOf(sql: string): readonly Action[] {
  const { statements, problems } = parseScript(sql, 'a.sql')
  expect(problems).toEqual([])
  const actions = statements.flatMap((one) => one.actions)
  for (const action of actions) expect(actionSchema.safeParse(action).error).toBeUndefined()
  return actions
}

const named = (name: string, schema: string | null = null) => ({ schema, name })

describe('statements of one action', () => {
  it.each<[sql: string, action: Partial<Action> & object]>([
    [
      'CREATE UNLOGGED TABLE IF NOT EXISTS a."B" (x serial PRIMARY KEY, LIKE c INCLUDING ALL, FOREIGN KEY (x) REFERENCES d.e (y) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED) INHERITS (f)',
      {
        kind: 'create-table',
        table: named('B', 'a'),
        ifNotExists: true,
        temporary: false,
        like: [named('c')],
        inherits: [named('f')],
        partitionOf: null,
        partitioned: false,
      },
    ],
    ['CREATE TEMP TABLE t ()', { kind: 'create-table', temporary: true, columns: [] }],
    ['CREATE TABLE t (a int) PARTITION BY LIST (a)', { kind: 'create-table', partitioned: true }],
    [
      'CREATE TABLE p PARTITION OF q (a NOT NULL DEFAULT 3) FOR VALUES IN (1)',
      { kind: 'create-table', partitionOf: named('q'), inherits: [] },
    ],
    [
      'CREATE TABLE t AS WITH x AS (SELECT * FROM a) SELECT * FROM x, b.x',
      { kind: 'create-table', reads: [named('a'), named('x', 'b')] },
    ],
    ['SELECT * INTO t FROM a', { kind: 'create-table', table: named('t'), reads: [named('a')] }],
    [
      'DROP TABLE IF EXISTS a.b CASCADE',
      { kind: 'drop-table', table: named('b', 'a'), ifExists: true, cascade: true },
    ],
    ['ALTER TABLE a RENAME TO b', { kind: 'rename-table', table: named('a'), to: 'b' }],
    ['ALTER TABLE a RENAME b TO "C"', { kind: 'rename-column', column: 'b', to: 'C' }],
    ['ALTER TABLE a RENAME CONSTRAINT b TO c', { kind: 'rename-constraint', constraint: 'b', to: 'c' }],
    ['ALTER INDEX s.a RENAME TO b', { kind: 'rename-index', index: named('a', 's'), to: 'b' }],
    ['ALTER TABLE a SET SCHEMA b', { kind: 'set-schema', table: named('a'), to: 'b' }],
    ['ALTER TABLE a ADD COLUMN IF NOT EXISTS b int', { kind: 'add-column', ifNotExists: true }],
    ['ALTER TABLE a DROP b', { kind: 'drop-column', column: 'b', ifExists: false, cascade: false }],
    ['ALTER TABLE a ALTER b DROP DEFAULT', { kind: 'drop-default', column: 'b' }],
    ['ALTER TABLE a ALTER b SET NOT NULL', { kind: 'set-not-null', column: 'b' }],
    ['ALTER TABLE a ALTER b DROP NOT NULL', { kind: 'drop-not-null', column: 'b' }],
    [
      'ALTER TABLE a ALTER b TYPE int',
      { kind: 'alter-column-type', type: 'integer', using: null, collation: null },
    ],
    ['ALTER TABLE a VALIDATE CONSTRAINT b', { kind: 'validate-constraint', constraint: 'b' }],
    [
      'ALTER TABLE a DROP CONSTRAINT IF EXISTS b CASCADE',
      { kind: 'drop-constraint', constraint: 'b', ifExists: true, cascade: true },
    ],
    [
      'ALTER TABLE a ENABLE ROW LEVEL SECURITY',
      { kind: 'alter-table', subcommand: 'ENABLE ROW LEVEL SECURITY', name: null },
    ],
    [
      'ALTER TABLE a ALTER b SET STATISTICS 100',
      { kind: 'alter-table', subcommand: 'SET STATISTICS', name: 'b' },
    ],
    ['ALTER TABLE a DISABLE TRIGGER b', { kind: 'alter-table', subcommand: 'DISABLE TRIGGER', name: 'b' }],
    [
      'ALTER TABLE a REPLICA IDENTITY USING INDEX b',
      { kind: 'alter-table', subcommand: 'REPLICA IDENTITY', name: 'b' },
    ],
    [
      'ALTER TABLE a ALTER CONSTRAINT b DEFERRABLE',
      { kind: 'alter-table', subcommand: 'ALTER CONSTRAINT', name: 'b' },
    ],
    ['ALTER TABLE a SET TABLESPACE b', { kind: 'alter-table', subcommand: 'SET TABLESPACE', name: null }],
    [
      'ALTER TABLE a ATTACH PARTITION s.b FOR VALUES IN (1)',
      { kind: 'alter-table', subcommand: 'ATTACH PARTITION', relations: [named('b', 's')] },
    ],
    [
      'ALTER TABLE a DETACH PARTITION b CONCURRENTLY',
      { kind: 'alter-table', subcommand: 'DETACH PARTITION CONCURRENTLY', relations: [named('b')] },
    ],
    [
      'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t USING btree (a, lower(b)) INCLUDE (c) NULLS NOT DISTINCT WHERE d',
      {
        kind: 'create-index',
        table: named('t', 's'),
        index: 'i',
        unique: true,
        concurrently: true,
        ifNotExists: true,
        only: true,
        method: 'btree',
        columns: ['a', null],
        include: ['c'],
        partial: true,
        nullsNotDistinct: true,
      },
    ],
    [
      'CREATE INDEX ON t USING gin (a)',
      { kind: 'create-index', index: null, method: 'gin', only: false, partial: false },
    ],
    [
      'DROP INDEX CONCURRENTLY IF EXISTS s.i',
      { kind: 'drop-index', index: named('i', 's'), concurrently: true, ifExists: true },
    ],
    [
      'REINDEX TABLE CONCURRENTLY s.t',
      { kind: 'reindex', target: 'table', name: named('t', 's'), concurrently: true },
    ],
    ['REINDEX (CONCURRENTLY false) INDEX i', { kind: 'reindex', target: 'index', concurrently: false }],
    ['REINDEX SCHEMA x', { kind: 'reindex', target: 'schema', name: named('x') }],
    ['INSERT INTO t VALUES (1), (2)', { kind: 'insert', valueRows: 2, reads: [], onConflict: false }],
    ['INSERT INTO t DEFAULT VALUES', { kind: 'insert', valueRows: 1 }],
    [
      `INSERT INTO t SELECT 1, 'a'::text WHERE NOT EXISTS (SELECT FROM t)`,
      { kind: 'insert', valueRows: 1, reads: [named('t')] },
    ],
    ['INSERT INTO t SELECT generate_series(1, 9)', { kind: 'insert', valueRows: null }],
    ['INSERT INTO t SELECT 1 UNION ALL SELECT 2', { kind: 'insert', valueRows: null }],
    [
      'INSERT INTO t SELECT * FROM t, u ON CONFLICT DO NOTHING',
      { kind: 'insert', valueRows: null, reads: [named('t'), named('u')], onConflict: true },
    ],
    [
      'WITH t AS (SELECT 1 FROM t) UPDATE u SET a = b.c FROM t, b',
      { kind: 'update', table: named('u'), reads: [named('t'), named('b')], where: null },
    ],
    [
      'WITH RECURSIVE t AS (SELECT 1 UNION SELECT 2 FROM t) DELETE FROM u USING t',
      { kind: 'delete', reads: [] },
    ],
    ['TRUNCATE t CASCADE', { kind: 'truncate', table: named('t'), cascade: true }],
    ['LOCK t', { kind: 'lock-table', mode: 'AccessExclusive' }],
    [
      'LOCK TABLE s.t IN SHARE ROW EXCLUSIVE MODE',
      { kind: 'lock-table', table: named('t', 's'), mode: 'ShareRowExclusive' },
    ],
    [
      'SELECT 1 FROM a WHERE b IN (SELECT c FROM s.d)',
      { kind: 'select', reads: [named('a'), named('d', 's')] },
    ],
    ["SET LOCAL lock_timeout = '2s'", { kind: 'set', parameter: 'lock_timeout', value: '2s', local: true }],
    [
      'SET search_path TO a, "B c"',
      { kind: 'set', parameter: 'search_path', value: 'a, "B c"', local: false },
    ],
    ['SET x.y = 1, 2.5, on', { kind: 'set', parameter: 'x.y', value: '1, 2.5, on' }],
    ['SET statement_timeout TO DEFAULT', { kind: 'set', value: null }],
    ['RESET ALL', { kind: 'set', parameter: 'all', value: null }],
    [
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      { kind: 'set', parameter: 'transaction', value: 'transaction_isolation=serializable' },
    ],
    ['START TRANSACTION', { kind: 'transaction', verb: 'begin' }],
    ['END', { kind: 'transaction', verb: 'commit' }],
    ['ABORT', { kind: 'transaction', verb: 'rollback' }],
    ['ROLLBACK TO x', { kind: 'transaction', verb: 'rollback-to' }],
    ["PREPARE TRANSACTION 'x'", { kind: 'transaction', verb: 'prepare' }],
    ["COMMENT ON TABLE a.b IS 'x'", { kind: 'comment', on: 'TABLE', relation: named('b', 'a') }],
    ["COMMENT ON COLUMN a.b.c IS 'x'", { kind: 'comment', on: 'COLUMN', relation: named('b', 'a') }],
    [
      "COMMENT ON CONSTRAINT c ON a.b IS 'x'",
      { kind: 'comment', on: 'CONSTRAINT', relation: named('b', 'a') },
    ],
    ["COMMENT ON FUNCTION f() IS 'x'", { kind: 'comment', on: 'FUNCTION', relation: null }],
  ])('%s', (sql, expected) => {
    const [action, ...others] = actionsOf(`\n ${sql} ; `)
    expect(others).toEqual([])
    expect(action).toMatchObject({ ...expected, sql, span: { start: 2, end: 2 + sql.length } })
  })
})

describe('statements of several actions', () => {
  const split = (sql: string) =>
    actionsOf(sql).map((action) => [action.sql, sql.slice(action.span.start, action.span.end)])

  it('ALTER TABLE, with the comments of each subcommand', () => {
    const sql = `/* é */ ALTER TABLE IF EXISTS ONLY "😀".t -- why
      ADD COLUMN a int /* because, */ DEFAULT f(1, 2), -- next
      DROP COLUMN "b,c" CASCADE,
      ADD CONSTRAINT d CHECK (a IN (1, 2)) NOT VALID`
    const header = 'ALTER TABLE IF EXISTS ONLY "😀".t'
    expect(split(sql)).toEqual(
      [
        'ADD COLUMN a int /* because, */ DEFAULT f(1, 2)',
        'DROP COLUMN "b,c" CASCADE',
        'ADD CONSTRAINT d CHECK (a IN (1, 2)) NOT VALID',
      ].map((piece) => [`${header} ${piece}`, piece]),
    )
  })

  it('ALTER TABLE in its old spellings', () => {
    expect(split('ALTER TABLE t * DROP a, DROP b').map(([sql]) => sql)).toEqual([
      'ALTER TABLE t * DROP a',
      'ALTER TABLE t * DROP b',
    ])
    expect(split('ALTER TABLE ONLY (a.t) DROP a, DROP b').map(([sql]) => sql)).toEqual([
      'ALTER TABLE ONLY (a.t) DROP a',
      'ALTER TABLE ONLY (a.t) DROP b',
    ])
    expect(split('ALTER TABLE U&"d!0061" UESCAPE \'!\' DROP a, DROP b').map(([, piece]) => piece)).toEqual([
      'DROP a',
      'DROP b',
    ])
  })

  it('DROP, TRUNCATE and LOCK of several objects', () => {
    expect(split('DROP TABLE IF EXISTS a.b, "C d", cascade CASCADE')).toEqual([
      ['DROP TABLE IF EXISTS a.b CASCADE', 'a.b'],
      ['DROP TABLE IF EXISTS "C d" CASCADE', '"C d"'],
      ['DROP TABLE IF EXISTS cascade CASCADE', 'cascade CASCADE'],
    ])
    expect(split('DROP TABLE d.s.t, u').map(([sql]) => sql)).toEqual(['DROP TABLE d.s.t', 'DROP TABLE u'])
    expect(split('LOCK "D".s.t, u').map(([sql]) => sql)).toEqual([
      'LOCK TABLE "D".s.t IN ACCESS EXCLUSIVE MODE',
      'LOCK TABLE u IN ACCESS EXCLUSIVE MODE',
    ])
    expect(split('DROP INDEX a, b RESTRICT').map(([sql]) => sql)).toEqual(['DROP INDEX a', 'DROP INDEX b'])
    expect(split('TRUNCATE TABLE ONLY a, b RESTART IDENTITY CASCADE').map(([sql]) => sql)).toEqual([
      'TRUNCATE ONLY a RESTART IDENTITY CASCADE',
      'TRUNCATE b RESTART IDENTITY CASCADE',
    ])
    expect(split('LOCK TABLE a, ONLY s.b IN SHARE MODE NOWAIT').map(([sql]) => sql)).toEqual([
      'LOCK TABLE a IN SHARE MODE NOWAIT',
      'LOCK TABLE ONLY s.b IN SHARE MODE NOWAIT',
    ])
  })
})

describe('columns', () => {
  const columnOf = (definition: string) => {
    const [action] = actionsOf(`ALTER TABLE t ADD COLUMN ${definition}, DROP x`)
    if (action?.kind !== 'add-column') throw new Error(definition)
    return action.column
  }

  it('with everything that may be written on them', () => {
    expect(
      columnOf(
        `c varchar(10) CONSTRAINT n NOT NULL COLLATE "C" REFERENCES a.b (d) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
          UNIQUE NULLS NOT DISTINCT CONSTRAINT k PRIMARY KEY CHECK (c <> '') NO INHERIT DEFAULT ''`,
      ),
    ).toMatchObject({
      name: 'c',
      type: 'varchar(10)',
      serial: false,
      notNull: true,
      default: { sql: "''", constant: true },
      collation: '"C"',
      constraints: [
        {
          kind: 'foreign-key',
          name: null,
          columns: ['c'],
          references: named('b', 'a'),
          referencedColumns: ['d'],
          onDelete: 'cascade',
          deferrable: true,
          initiallyDeferred: true,
        },
        { kind: 'unique', columns: ['c'], nullsNotDistinct: true, deferrable: false },
        { kind: 'primary-key', name: 'k', columns: ['c'] },
        { kind: 'check', expression: { sql: "c <> ''" }, noInherit: true, notValid: false },
      ],
    })
  })

  it('of serial, identity and generated kinds', () => {
    expect(columnOf('c bigserial')).toMatchObject({
      type: 'bigserial',
      serial: true,
      notNull: false,
      default: null,
    })
    expect(columnOf('c int GENERATED ALWAYS AS IDENTITY')).toMatchObject({ identity: 'always' })
    expect(columnOf('c int GENERATED BY DEFAULT AS IDENTITY (START 5)')).toMatchObject({
      identity: 'by-default',
    })
    expect(columnOf('c int GENERATED ALWAYS AS (a + 1) VIRTUAL')).toMatchObject({
      generated: { expression: { sql: 'a + 1' }, stored: false },
    })
    expect(columnOf('c int NULL')).toMatchObject({ notNull: false, constraints: [] })
  })
})

it.each([
  ['UNIQUE USING INDEX i', { kind: 'unique', usingIndex: 'i', columns: [] }],
  ['PRIMARY KEY (a, b) INCLUDE (c)', { kind: 'primary-key', columns: ['a', 'b'], include: ['c'] }],
  ['UNIQUE (a, b WITHOUT OVERLAPS)', { kind: 'unique', withoutOverlaps: true }],
  ['EXCLUDE USING gist (a WITH =, b WITH OPERATOR(pg_catalog.=))', { kind: 'exclude', allEqual: true }],
  ['EXCLUDE USING gist (a WITH =, b WITH &&)', { kind: 'exclude', allEqual: false }],
  ['CONSTRAINT n NOT NULL a NOT VALID', { kind: 'not-null', name: 'n', column: 'a', notValid: true }],
  ['NOT NULL a', { kind: 'not-null', column: 'a', notValid: false }],
  [
    'FOREIGN KEY (a) REFERENCES b NOT VALID',
    {
      kind: 'foreign-key',
      referencedColumns: [],
      notValid: true,
      onDelete: 'no-action',
      onDeleteColumns: [],
    },
  ],
  [
    'FOREIGN KEY (a, b) REFERENCES c (d, e) ON DELETE SET NULL (b)',
    { kind: 'foreign-key', columns: ['a', 'b'], onDelete: 'set-null', onDeleteColumns: ['b'] },
  ],
])('ADD %s', (written, constraint) => {
  expect(actionsOf(`ALTER TABLE t ADD ${written}`)).toMatchObject([{ kind: 'add-constraint', constraint }])
})

describe('everything else', () => {
  it.each<[sql: string, tag: string, relations: readonly { schema: string | null; name: string }[]]>([
    ['CREATE OR REPLACE VIEW s.v AS SELECT * FROM a', 'CREATE VIEW', [named('v', 's'), named('a')]],
    ['CREATE MATERIALIZED VIEW m AS SELECT * FROM a', 'CREATE MATERIALIZED VIEW', [named('a'), named('m')]],
    ['REFRESH MATERIALIZED VIEW CONCURRENTLY m', 'REFRESH MATERIALIZED VIEW', [named('m')]],
    ['DROP VIEW a, s.b', 'DROP VIEW', [named('a'), named('b', 's')]],
    ['DROP TRIGGER x ON s.t', 'DROP TRIGGER', [named('t', 's')]],
    ['DROP FUNCTION f(int)', 'DROP FUNCTION', []],
    ['ALTER VIEW v RENAME COLUMN a TO b', 'ALTER VIEW', [named('v')]],
    ['ALTER VIEW v ALTER a SET DEFAULT 1', 'ALTER VIEW', [named('v')]],
    ['ALTER INDEX i SET (fillfactor = 50)', 'ALTER INDEX', [named('i')]],
    ['ALTER SEQUENCE s OWNED BY x.t.c', 'ALTER SEQUENCE', [named('s'), named('t', 'x')]],
    ['ALTER SEQUENCE s SET SCHEMA x', 'ALTER SEQUENCE', [named('s')]],
    ['ALTER SEQUENCE s RENAME TO t', 'ALTER SEQUENCE', [named('s')]],
    ['ALTER FOREIGN TABLE f ADD COLUMN a int', 'ALTER FOREIGN TABLE', [named('f')]],
    ['ALTER TYPE e ADD VALUE $$x$$', 'ALTER TYPE', []],
    ['ALTER TYPE c ADD ATTRIBUTE a int', 'ALTER TYPE', [named('c')]],
    ['CREATE TYPE e AS ENUM ()', 'CREATE TYPE', []],
    ['CREATE TRIGGER x BEFORE UPDATE ON t EXECUTE FUNCTION f()', 'CREATE TRIGGER', [named('t')]],
    ['CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$', 'CREATE FUNCTION', []],
    ['CREATE PROCEDURE p() LANGUAGE sql AS $$SELECT 1$$', 'CREATE PROCEDURE', []],
    ['CREATE SCHEMA s CREATE TABLE t (a int)', 'CREATE SCHEMA', [named('t')]],
    ['CREATE EXTENSION IF NOT EXISTS pgcrypto', 'CREATE EXTENSION', []],
    ['CREATE SEQUENCE s OWNED BY t.c', 'CREATE SEQUENCE', [named('s'), named('t')]],
    ['CREATE POLICY p ON t USING (true)', 'CREATE POLICY', [named('t')]],
    ['CREATE AGGREGATE a (int) (SFUNC = f, STYPE = int)', 'CREATE AGGREGATE', []],
    ['GRANT SELECT ON a, s.b TO c', 'GRANT', [named('a'), named('b', 's')]],
    ['REVOKE ALL ON t FROM c', 'REVOKE', [named('t')]],
    ['VACUUM t', 'VACUUM', [named('t')]],
    ['ANALYZE', 'ANALYZE', []],
    ['CLUSTER t USING i', 'CLUSTER', [named('t')]],
    ['MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE', 'MERGE', [named('t'), named('s')]],
    ['COPY t TO STDOUT', 'COPY', [named('t')]],
    ['DO $$BEGIN END$$', 'DO', []],
    ["COMMIT PREPARED 'x'", 'COMMIT PREPARED', []],
    ['SELECT 1 FROM t FOR UPDATE', 'SELECT FOR UPDATE', [named('t')]],
    ['WITH d AS (DELETE FROM a RETURNING *) SELECT * FROM d', 'SELECT', [named('a')]],
    [
      'WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d',
      'INSERT',
      [named('a'), named('b')],
    ],
    ['SECURITY LABEL ON TABLE s.t IS NULL', 'SECURITY LABEL', [named('t', 's')]],
    ['ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b', 'ALTER TABLE', []],
  ])('%s', (sql, tag, relations) => {
    expect(actionsOf(sql)).toEqual([
      {
        kind: 'other',
        sql,
        span: { start: 0, end: sql.length },
        tag,
        relations: expect.arrayContaining([...relations]),
      },
    ])
    expect(actionsOf(sql)).toMatchObject([{ relations: { length: relations.length } }])
  })
})
