import { beforeAll, describe, expect, it } from 'vitest'
import {
  constantsIn,
  createdEnum,
  createdFunction,
  createdPolicy,
  droppedFunctions,
  droppedTypes,
  hasPlainKeys,
  isEnumValuePlaced,
  isNotEnforced,
  policyNamed,
  publicationLoss,
  renamedEnumValue,
  renamedSchema,
  renamedView,
  replicaIdentity,
  revoked,
  settingOfLaterSessions,
  viewFacts,
} from './object-facts.ts'
import { loadParser } from './parser.ts'

beforeAll(() => loadParser())

it('knows what is renamed', () => {
  expect(renamedSchema('ALTER SCHEMA "A" RENAME TO b')).toEqual({ from: 'A', to: 'b' })
  expect(renamedSchema('ALTER TABLE a RENAME TO b')).toBeNull()
  expect(renamedView('ALTER MATERIALIZED VIEW s.m RENAME TO n')).toEqual({
    from: { schema: 's', name: 'm' },
    to: 'n',
  })
  expect(renamedView('ALTER VIEW v RENAME COLUMN a TO b')).toBeNull()
  expect(renamedEnumValue("ALTER TYPE s.e RENAME VALUE 'a' TO 'b'")).toEqual({
    type: { schema: 's', name: 'e' },
    from: 'a',
    to: 'b',
  })
  expect(renamedEnumValue("ALTER TYPE e ADD VALUE 'b'")).toBeNull()
})

it('knows what is dropped, and what a policy is called', () => {
  expect(droppedTypes('DROP TYPE a, "S".b CASCADE')).toEqual([
    { schema: null, name: 'a' },
    { schema: 'S', name: 'b' },
  ])
  expect(droppedTypes('DROP TABLE a')).toEqual([])
  expect(policyNamed('CREATE POLICY "P" ON t USING (true)')).toBe('P')
  expect(policyNamed('DROP POLICY IF EXISTS p ON s.t')).toBe('p')
  expect(policyNamed('DROP TRIGGER p ON t')).toBeNull()
})

describe('viewFacts', () => {
  it.each([
    ['CREATE OR REPLACE VIEW v AS SELECT a, t.b, 1 AS c FROM t', true, ['a', 'b', 'c']],
    ['CREATE VIEW v (x) AS SELECT a, b FROM t', false, ['x', 'b']],
    ['SELECT a FROM t UNION SELECT b FROM u', false, ['a']],
    ['CREATE VIEW v AS SELECT * FROM t', false, null],
    ['CREATE VIEW v AS SELECT lower(a) FROM t', false, ['lower']],
    ['CREATE VIEW v AS SELECT a + 1 FROM t', false, null],
    ['CREATE VIEW v AS VALUES (1)', false, null],
  ])('%s', (sql, replaces, columns) => {
    expect(viewFacts(sql)).toEqual({ replaces, columns })
  })
})

it('knows what REVOKE takes', () => {
  expect(revoked('REVOKE select, UPDATE (a) ON t FROM PUBLIC, "Clerk"')).toEqual({
    privileges: ['SELECT', 'UPDATE'],
    from: ['PUBLIC', 'Clerk'],
  })
  expect(revoked('REVOKE ALL ON t FROM a')).toEqual({ privileges: [], from: ['a'] })
  expect(revoked('GRANT ALL ON t TO a')).toBeNull()
})

it.each([
  ['ALTER TABLE t REPLICA IDENTITY FULL', 'full'],
  ['ALTER TABLE t REPLICA IDENTITY NOTHING', 'nothing'],
  ['ALTER TABLE t REPLICA IDENTITY DEFAULT', 'default'],
  ['ALTER TABLE t REPLICA IDENTITY USING INDEX i', 'index'],
  ['ALTER TABLE t SET (fillfactor = 70)', null],
])('%s', (sql, identity) => {
  expect(replicaIdentity(sql)).toBe(identity)
})

it('knows functions and policies by name', () => {
  expect(createdFunction("CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'")).toEqual({
    schema: 's',
    name: 'f',
  })
  expect(droppedFunctions('DROP FUNCTION a(int), "B".c')).toEqual([
    { schema: null, name: 'a' },
    { schema: 'B', name: 'c' },
  ])
  expect(droppedFunctions('DROP AGGREGATE a(int)')).toEqual([])
  expect(createdPolicy('CREATE POLICY p ON t AS RESTRICTIVE USING (true)')).toEqual({ permissive: false })
  expect(createdPolicy('CREATE POLICY p ON t USING (true)')).toEqual({ permissive: true })
})

it.each([
  ['ALTER TABLE t ADD CHECK (a > 0) NOT ENFORCED', true],
  ['ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT ENFORCED', true],
  ['ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID', false],
  ['ALTER TABLE t ADD CHECK (a > 0)', false],
  ['ALTER TABLE t ADD UNIQUE (a)', false],
])('%s: not enforced %s', (sql, is) => {
  expect(isNotEnforced(sql)).toBe(is)
})

it('knows whether a value of an enum has its place', () => {
  expect(isEnumValuePlaced("ALTER TYPE e ADD VALUE 'b' AFTER 'a'")).toBe(true)
  expect(isEnumValuePlaced("ALTER TYPE e ADD VALUE 'b'")).toBe(false)
})

it('knows what subscribers lose', () => {
  expect(publicationLoss('DROP PUBLICATION "P"')).toEqual({ publication: 'P', kind: 'all' })
  expect(publicationLoss('ALTER PUBLICATION p DROP TABLE a')).toEqual({ publication: 'p', kind: 'some' })
  expect(publicationLoss('ALTER PUBLICATION p SET TABLE a')).toEqual({ publication: 'p', kind: 'others' })
  expect(publicationLoss('ALTER PUBLICATION p ADD TABLE a')).toBeNull()
  expect(publicationLoss("ALTER PUBLICATION p SET (publish = 'insert')")).toBeNull()
  expect(createdEnum("CREATE TYPE s.e AS ENUM ('a')")).toEqual({ schema: 's', name: 'e' })
  expect(createdEnum('CREATE TYPE c AS (a integer)')).toBeNull()
})

it('knows what is set for later sessions', () => {
  expect(settingOfLaterSessions("ALTER ROLE a SET lock_timeout = '1s'")).toBe('lock_timeout')
  expect(settingOfLaterSessions('ALTER DATABASE a SET work_mem = 1')).toBe('work_mem')
  expect(settingOfLaterSessions('SET work_mem = 1')).toBeNull()
})

describe('hasPlainKeys', () => {
  it.each([
    ['CREATE INDEX ON t (a, b ASC)', true],
    ['CREATE INDEX ON t (a DESC)', false],
    ['CREATE INDEX ON t (a NULLS FIRST)', false],
    ['CREATE INDEX ON t (a COLLATE "C")', false],
    ['CREATE INDEX ON t (a text_pattern_ops)', false],
    ['CREATE INDEX ON t (lower(a))', false],
  ])('%s', (sql, plain) => {
    expect(hasPlainKeys(sql)).toBe(plain)
  })
})

it('finds the constants that bounds and checks share', () => {
  const bounds = constantsIn("ALTER TABLE p ATTACH PARTITION t FOR VALUES FROM ('2026-01-01') TO (7)")
  const check = constantsIn("ALTER TABLE t ADD CHECK (at >= '2026-01-01'::date AND n < 7 AND x > 1.5)")
  expect(bounds.size).toBe(2)
  expect([...bounds].filter((one) => !check.has(one))).toEqual([])
})
