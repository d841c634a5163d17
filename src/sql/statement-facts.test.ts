import { beforeAll, describe, expect, it } from 'vitest'
import { loadParser } from './parser.ts'
import {
  hasIndexStorage,
  createdTrigger,
  createdType,
  createdView,
  droppedObjects,
  namedIn,
  optionsOf,
} from './statement-facts.ts'
import { pinnedColumns } from './statement-facts.ts'

beforeAll(() => loadParser())

describe('hasIndexStorage', () => {
  it.each([
    ['ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) WITH (fillfactor = 70)', true],
    ['ALTER TABLE t ADD PRIMARY KEY (a) USING INDEX TABLESPACE fast', true],
    ['ALTER TABLE t ADD UNIQUE (a) INCLUDE (b) DEFERRABLE', false],
  ])('%s', (sql, is) => {
    expect(hasIndexStorage(sql)).toBe(is)
  })
})

describe('pinnedColumns', () => {
  it.each([
    ['id = 1', ['id']],
    ['t."Id" = $1 AND (b = 2 AND c > 1)', ['Id', 'b']],
    ["1 = id AND id = '2'::int", ['id']],
    ['id IN (1, 2)', ['id']],
    ['id IN (1, b)', []],
    ['id NOT IN (1, 2)', []],
    ['id = 1 OR id = 2', []],
    ['id <> 1', []],
    ['id = now()', []],
    ['NOT id = 1', []],
    ['EXISTS (SELECT 1 WHERE id = 1)', []],
  ])('%s', (where, columns) => {
    expect(pinnedColumns(where)).toEqual(columns)
  })
})

it('says what kind of type is made, and whether it checks', () => {
  expect(createdType("CREATE TYPE a.mood AS ENUM ('x')")).toEqual({
    kind: 'type',
    name: { schema: 'a', name: 'mood' },
    checked: false,
    base: null,
    composite: false,
  })
  expect(createdType('CREATE DOMAIN d AS text')).toMatchObject({
    kind: 'domain',
    checked: false,
    base: 'text',
  })
  expect(createdType('CREATE DOMAIN d AS text NOT NULL')).toMatchObject({ checked: true })
  expect(createdType("CREATE DOMAIN d AS text CHECK (VALUE <> '')")).toMatchObject({ checked: true })
  expect(createdType('CREATE TYPE c AS (a int)')).toMatchObject({
    name: { schema: null, name: 'c' },
    composite: true,
  })
  expect(createdType('SELECT 1')).toBeNull()
})

it('reads triggers, views, drops and options', () => {
  expect(createdTrigger('CREATE TRIGGER x BEFORE INSERT OR UPDATE ON t EXECUTE FUNCTION f()')).toEqual({
    name: 'x',
    events: ['insert', 'update'],
    columns: [],
  })
  expect(
    createdTrigger(
      'CREATE TRIGGER x AFTER UPDATE OF b, "A" ON t FOR EACH ROW WHEN (OLD.c IS NULL) EXECUTE FUNCTION f()',
    ),
  ).toMatchObject({ events: ['update'], columns: ['A', 'b', 'c'] })
  expect(createdTrigger('CREATE TRIGGER x BEFORE DELETE ON t EXECUTE FUNCTION f()')).toMatchObject({
    events: ['delete'],
  })
  expect(createdView('CREATE MATERIALIZED VIEW a.m AS SELECT * FROM t')).toEqual({
    name: { schema: 'a', name: 'm' },
    materialized: true,
    filled: true,
  })
  expect(createdView('CREATE MATERIALIZED VIEW m AS SELECT 1 WITH NO DATA')).toMatchObject({ filled: false })
  expect(droppedObjects('DROP STATISTICS a, b.c')).toEqual([
    { schema: null, name: 'a' },
    { schema: 'b', name: 'c' },
  ])
  expect(optionsOf('VACUUM FULL t')).toMatchObject({ full: true })
  expect(optionsOf('VACUUM (FULL off) t')).toMatchObject({ full: false })
  expect(optionsOf("COPY t FROM '/x'")).toMatchObject({ copiesFrom: true })
  expect(optionsOf('REFRESH MATERIALIZED VIEW CONCURRENTLY m')).toMatchObject({ concurrently: true })
  expect(optionsOf('DROP TYPE a CASCADE')).toMatchObject({ cascade: true })
})

it('knows what a query names', () => {
  const named = namedIn('SELECT t.a, u.* FROM t JOIN s.u ON t.b = u.b')
  expect(named?.relations).toEqual([
    { schema: null, name: 't' },
    { schema: 's', name: 'u' },
  ])
  expect([...(named?.columns ?? [])].sort()).toEqual(['*', 'a', 'b'])
  expect(namedIn('SELEC')).toBeNull()
})
