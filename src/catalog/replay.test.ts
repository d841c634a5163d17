import { beforeAll, describe, expect, it } from 'vitest'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import type { Catalog } from './catalog.ts'
import { hasExtension } from './dependents.ts'
import {
  catalogOf,
  emptyCatalog,
  endSession,
  endTransaction,
  replay,
  snapshotOf,
  startBatch,
} from './replay.ts'
import { sequencesOf } from './sequences.ts'

beforeAll(() => loadParser())

const known = () => emptyCatalog({ complete: true, searchPath: ['public'] })
const unknown = () => emptyCatalog({ complete: false, searchPath: ['public'] })

function after(start: Catalog, sql: string): Catalog {
  const script = parseScript(sql, 'test.sql')
  expect(script.problems).toEqual([])
  return script.statements.flatMap(({ actions }) => actions).reduce(replay, start)
}

const t = { schema: null, name: 't' }

it('words a foreign key as pg_get_constraintdef does, with the columns that ON DELETE sets', () => {
  const made = after(
    known(),
    `CREATE TABLE u (d int, e int, UNIQUE (d, e)); CREATE TABLE t (a int, b int,
       CONSTRAINT k FOREIGN KEY (a, b) REFERENCES u (d, e) MATCH FULL ON DELETE SET NULL (b) DEFERRABLE)`,
  )
  expect(made.constraint(t, 'k')).toMatchObject({
    definition: 'FOREIGN KEY (a, b) REFERENCES public.u(d, e) MATCH FULL ON DELETE SET NULL (b) DEFERRABLE',
  })
})

describe('three-valued answers', () => {
  it('know nothing of an unknown database, and everything of an empty one', () => {
    expect(unknown().table(t)).toBe('unknown')
    expect(known().table(t)).toBe('absent')
    expect(unknown().isProvedNotNull(t, 'a')).toBe('unknown')
    expect(unknown().isRelationNameTaken('public', 't')).toBe('unknown')
    expect(known().isRelationNameTaken('public', 't')).toBe('no')
    expect(unknown().index(t)).toBe('unknown')
    expect(known().index(t)).toBe('absent')
  })

  it('know what has been dropped', () => {
    const catalog = after(unknown(), 'DROP TABLE t; DROP INDEX i; ALTER TABLE u DROP COLUMN c')
    expect(catalog.table(t)).toBe('absent')
    expect(catalog.index({ schema: null, name: 'i' })).toBe('absent')
    expect(catalog.column({ schema: null, name: 'u' }, 'c')).toBe('absent')
    expect(catalog.column({ schema: null, name: 'u' }, 'd')).toBe('unknown')
  })

  it('keep in part a table that only ALTER TABLE has told of', () => {
    const catalog = after(unknown(), 'ALTER TABLE t ADD COLUMN c int; CREATE INDEX i ON t (c)')
    expect(catalog.table(t)).toBe('unknown')
    expect(catalog.column(t, 'c')).toMatchObject({ type: 'integer' })
    expect(catalog.column(t, 'd')).toBe('unknown')
    expect(catalog.index({ schema: 'public', name: 'i' })).toMatchObject({ table: { name: 't' } })
    expect(catalog.isNew(t)).toBe(false)
    expect(snapshotOf(catalog).tables).toEqual([])
  })

  it('prove NOT NULL on an unknown table by what the file itself has done', () => {
    const added = after(unknown(), 'ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID')
    expect(added.isProvedNotNull(t, 'a')).toBe('unknown')
    const validated = after(added, 'ALTER TABLE t VALIDATE CONSTRAINT c')
    expect(validated.isProvedNotNull(t, 'a')).toBe('yes')
    expect(after(validated, 'ALTER TABLE t DROP CONSTRAINT c').isProvedNotNull(t, 'a')).toBe('unknown')
    expect(
      after(validated, 'ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t DROP CONSTRAINT c').isProvedNotNull(
        t,
        'a',
      ),
    ).toBe('yes')
  })

  it.each([
    ['CHECK (a IS NOT NULL)', 'yes'],
    ['CHECK (a > 0 AND a IS NOT NULL)', 'yes'],
    ['CHECK (a > 0)', 'no'],
    ['CHECK (a > 0 OR a IS NOT NULL)', 'no'],
    ['CHECK (a IS NOT NULL) NOT VALID', 'no'],
    ['PRIMARY KEY (a)', 'yes'],
    ['UNIQUE (a)', 'no'],
  ])('on a known table, %s proves a: %s', (constraint, proved) => {
    const catalog = after(known(), `CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c ${constraint}`)
    expect(catalog.isProvedNotNull(t, 'a')).toBe(proved)
    expect(catalogOf(snapshotOf(catalog)).isProvedNotNull(t, 'a')).toBe(proved)
  })

  it('keep the proof over a rename of the column', () => {
    const catalog = after(
      known(),
      'CREATE TABLE t (a int, CHECK (a IS NOT NULL)); ALTER TABLE t RENAME a TO b',
    )
    expect(catalog.isProvedNotNull(t, 'b')).toBe('yes')
    expect(catalog.isProvedNotNull(t, 'a')).toBe('no')
  })

  it('leave columns unknown that only a query names', () => {
    const catalog = after(
      known(),
      'CREATE TABLE s (a int); CREATE TABLE t AS SELECT * FROM s; CREATE VIEW v AS SELECT * FROM s',
    )
    expect(catalog.column(t, 'a')).toBe('unknown')
    expect(catalog.table({ schema: null, name: 'v' })).toMatchObject({ kind: 'view' })
    expect(catalog.column({ schema: null, name: 'v' }, 'a')).toBe('unknown')
  })
})

describe('what is new', () => {
  it('is new until the batch ends, under any name', () => {
    const created = after(known(), 'CREATE TABLE t (a int); ALTER TABLE t RENAME TO u')
    expect(created.isNew({ schema: null, name: 'u' })).toBe(true)
    expect(created.isNew(t)).toBe(false)
    expect(startBatch(created).isNew({ schema: null, name: 'u' })).toBe(false)
    const aged = startBatch(created)
    expect(startBatch(aged)).toBe(aged)
  })

  it('is for ever where it is temporary, which hides the other table', () => {
    const catalog = startBatch(after(known(), 'CREATE TABLE t (a int); CREATE TEMP TABLE t (b int)'))
    expect(catalog.isNew(t)).toBe(true)
    expect(catalog.isNew({ schema: 'public', name: 't' })).toBe(false)
    expect(snapshotOf(catalog).tables.map(({ schema }) => schema)).toEqual(['public'])
  })
})

describe('sharing', () => {
  it.each([
    'INSERT INTO t VALUES (1)',
    'CREATE TABLE IF NOT EXISTS t (b text)',
    'CREATE INDEX IF NOT EXISTS i ON t (a)',
    'ALTER TABLE t ADD COLUMN IF NOT EXISTS a text',
    'DROP TABLE IF EXISTS no_such',
    'DROP INDEX IF EXISTS no_such',
    'ALTER TABLE t DROP CONSTRAINT IF EXISTS no_such',
    'ALTER TABLE t DROP COLUMN IF EXISTS no_such',
    'COMMENT ON TABLE t IS $$x$$',
    "SET lock_timeout = '1s'",
  ])('gives the same catalog back for %s', (sql) => {
    const catalog = after(known(), 'CREATE TABLE t (a int); CREATE INDEX i ON t (a)')
    expect(after(catalog, sql)).toBe(catalog)
  })

  it('shares the tables that an action does not touch, and leaves the old catalog alone', () => {
    const before = after(known(), 'CREATE TABLE t (a int); CREATE TABLE u (a int)')
    const later = after(before, 'ALTER TABLE t ADD COLUMN b int')
    expect(later.table({ schema: null, name: 'u' })).toBe(before.table({ schema: null, name: 'u' }))
    expect(before.column(t, 'b')).toBe('absent')
    expect(later.column(t, 'b')).toMatchObject({ name: 'b' })
  })
})

describe('the search path', () => {
  it('settles names by what is there, else by its first schema', () => {
    const catalog = after(known(), 'CREATE TABLE app.t (a int); SET search_path TO empty, app')
    expect(catalog.resolve(t)).toEqual({ schema: 'app', name: 't' })
    expect(catalog.resolve({ schema: null, name: 'u' })).toEqual({ schema: 'empty', name: 'u' })
  })

  it('is set for the transaction, the session, or back to what was configured', () => {
    const local = after(known(), 'SET LOCAL search_path TO app')
    expect(local.resolve(t).schema).toBe('app')
    expect(endTransaction(local).resolve(t).schema).toBe('public')
    const session = after(known(), 'SET search_path TO "App", b')
    expect(endTransaction(session).resolve(t).schema).toBe('App')
    expect(endSession(session).resolve(t).schema).toBe('public')
    expect(after(session, 'RESET search_path').resolve(t).schema).toBe('public')
  })
})

it('knows both ends of foreign keys, and partitions through the generations', () => {
  const catalog = after(
    known(),
    `CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE c (t_id int REFERENCES t);
     CREATE TABLE p (id int) PARTITION BY RANGE (id);
     CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (id);
     CREATE TABLE p11 PARTITION OF p1 FOR VALUES FROM (0) TO (5)`,
  )
  expect(catalog.foreignKeysTo(t)).toMatchObject([
    { table: { name: 'c' }, constraint: { name: 'c_t_id_fkey', references: { columns: ['id'] } } },
  ])
  expect(catalog.partitionsOf({ schema: null, name: 'p' }).map(({ name }) => name)).toEqual(['p1', 'p11'])
})

describe('a default of NULL', () => {
  it.each([
    'CREATE TABLE t (a varchar(9) DEFAULT NULL, b int DEFAULT NULL::int)',
    'CREATE TABLE t (); ALTER TABLE t ADD COLUMN a varchar(9) DEFAULT NULL::varchar, ADD COLUMN b int DEFAULT NULL',
    "CREATE TABLE t (a varchar(9) DEFAULT 'x', b int DEFAULT 1); ALTER TABLE t ALTER a SET DEFAULT NULL::varchar, ALTER b SET DEFAULT NULL",
  ])('is none: %s', (sql) => {
    const catalog = after(known(), sql)
    expect(catalog.column(t, 'a')).toMatchObject({ default: null })
    expect(catalog.column(t, 'b')).toMatchObject({ default: null })
  })

  it('is none as a database tells it', () => {
    const [table] = snapshotOf(after(known(), "CREATE TABLE t (a varchar(9), b text DEFAULT 'NULL')")).tables
    if (table === undefined) throw new Error('no table')
    const columns = table.columns.map((one) =>
      one.name === 'a' ? { ...one, default: 'NULL::character varying' } : one,
    )
    const catalog = catalogOf({ ...snapshotOf(known()), origin: 'database', tables: [{ ...table, columns }] })
    expect(catalog.column(t, 'a')).toMatchObject({ default: null })
    expect(catalog.column(t, 'b')).toMatchObject({ default: "'NULL'" })
  })
})

describe('sequences and extensions', () => {
  it('belong to their column by whatever name it has', () => {
    const catalog = after(known(), 'CREATE TABLE "T" (id serial, n int GENERATED ALWAYS AS IDENTITY)')
    const renamed = after(catalog, 'ALTER TABLE "T" RENAME id TO "Id"; ALTER TABLE "T" RENAME n TO m')
    const named = (column: string) => sequencesOf(renamed, { schema: null, name: 'T' }, column)
    expect(named('id')).toEqual([])
    expect(named('Id')).toEqual([{ name: { schema: 'public', name: 'T_id_seq' }, identity: false }])
    expect(named('m')).toEqual([{ name: { schema: 'public', name: 'T_n_seq' }, identity: true }])
  })

  it('are there from CREATE EXTENSION to DROP EXTENSION', () => {
    const made = after(known(), 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"')
    expect(hasExtension(known(), 'uuid-ossp')).toBe(false)
    expect(hasExtension(made, 'uuid-ossp')).toBe(true)
    expect(hasExtension(after(made, 'DROP EXTENSION "uuid-ossp"'), 'uuid-ossp')).toBe(false)
  })
})
