import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../../catalog/catalog.ts'
import { emptyCatalog } from '../../catalog/replay.ts'
import { walk } from '../../effects/walk.ts'
import type { Action, ActionOf } from '../../model/statement.ts'
import { parseScript } from '../../sql/parse-script.ts'
import { loadParser } from '../../sql/parser.ts'
import { foldConstants, type Folded } from './fold.ts'

let catalog: Catalog
beforeAll(async () => {
  await loadParser()
  catalog = catalogAfter(base)
})

const serverVersion = { min: 15, max: 15 }

const base = `
  CREATE TABLE networks (id uuid PRIMARY KEY, name text);
  CREATE TABLE "T" (id bigint PRIMARY KEY, o text);
  CREATE TABLE heard (id bigint PRIMARY KEY);
  CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER hear BEFORE UPDATE ON heard FOR EACH ROW EXECUTE FUNCTION hear();`

function catalogAfter(sql: string) {
  const { statements } = parseScript(sql, 'base.sql')
  const empty = emptyCatalog({ complete: true, searchPath: ['public'] })
  return walk(statements, { transaction: 'file', catalog: empty, serverVersion }).catalog
}

function folded(...texts: readonly string[]): Folded {
  return foldConstants({
    files: texts.map((text, at) => {
      const script = parseScript(text, `${at + 1}.sql`)
      expect(script.problems).toEqual([])
      return { script, transaction: 'file' as const }
    }),
    catalog,
    serverVersion,
  })
}

function sqlOf({ scripts }: Folded): readonly string[] {
  return scripts.flatMap(({ statements }) =>
    statements.flatMap(({ actions }) => actions.map(({ sql }) => sql)),
  )
}

describe('what folds', () => {
  it.each([
    {
      name: 'over three files',
      texts: [
        'ALTER TABLE "T" ADD COLUMN c text NULL',
        'UPDATE "T" SET c = \'x\'',
        'ALTER TABLE "T" ALTER c SET NOT NULL',
      ],
      sql: [
        `ALTER TABLE "T" ADD COLUMN c text NOT NULL DEFAULT 'x'`,
        'ALTER TABLE public."T" ALTER COLUMN c DROP DEFAULT',
      ],
    },
    {
      name: 'a default that is there already, and NOT NULL',
      texts: [`ALTER TABLE "T" ADD COLUMN c text DEFAULT 'x'; ALTER TABLE "T" ALTER c SET NOT NULL`],
      sql: [`ALTER TABLE "T" ADD COLUMN c text NOT NULL DEFAULT 'x'`],
    },
    {
      name: 'NULLs that are left to fill, and the author’s own last word on the default',
      texts: [
        `ALTER TABLE "T" ADD COLUMN c integer; UPDATE "T" SET c = 1 WHERE c IS NULL;
         ALTER TABLE "T" ALTER c SET NOT NULL, ALTER c SET DEFAULT 1`,
      ],
      sql: ['ALTER TABLE "T" ADD COLUMN c integer NOT NULL DEFAULT 1'],
    },
    {
      name: 'another default than the value',
      texts: [
        `ALTER TABLE "T" ADD COLUMN c integer DEFAULT 5; UPDATE "T" SET c = 1; ALTER TABLE "T" ALTER c SET NOT NULL`,
      ],
      sql: [
        'ALTER TABLE "T" ADD COLUMN c integer NOT NULL DEFAULT 1',
        'ALTER TABLE public."T" ALTER COLUMN c SET DEFAULT 5',
      ],
    },
    {
      name: 'one column of an UPDATE, and leaves the other',
      texts: [`ALTER TABLE "T" ADD COLUMN c integer; UPDATE "T" SET o = upper(o), c = 1, o2 = o`],
      sql: ['ALTER TABLE "T" ADD COLUMN c integer DEFAULT 1', 'UPDATE "T" SET o = upper(o), o2 = o'],
    },
    {
      name: 'functions that are the same for ever',
      texts: [`ALTER TABLE "T" ADD COLUMN c text; UPDATE "T" SET c = lower('A') || 'b'`],
      sql: [`ALTER TABLE "T" ADD COLUMN c text DEFAULT (lower('A') || 'b')`],
    },
    {
      name: 'a constraint and an index on the column in between',
      texts: [
        `ALTER TABLE "T" ADD COLUMN c uuid REFERENCES networks, ADD CHECK (c IS NULL OR c <> o::uuid);
         CREATE INDEX ON "T" (c);
         UPDATE "T" SET c = '0b6f3b0e-8f6b-4d2a-9d5c-3d4c1f0e7a11'::uuid WHERE true`,
      ],
      sql: [
        `ALTER TABLE "T" ADD COLUMN c uuid REFERENCES networks DEFAULT '0b6f3b0e-8f6b-4d2a-9d5c-3d4c1f0e7a11'::uuid`,
        'ALTER TABLE "T" ADD CHECK (c IS NULL OR c <> o::uuid)',
        'CREATE INDEX ON "T" (c)',
      ],
    },
    {
      name: 'inside of one transaction, the default outlasts it',
      texts: [
        `BEGIN; ALTER TABLE "T" ADD COLUMN c integer; UPDATE "T" SET c = 1; ALTER TABLE "T" ALTER c SET NOT NULL;
         COMMIT; CREATE INDEX ON "T" (c)`,
      ],
      sql: [
        'BEGIN',
        'ALTER TABLE "T" ADD COLUMN c integer NOT NULL DEFAULT 1',
        'COMMIT',
        'ALTER TABLE public."T" ALTER COLUMN c DROP DEFAULT',
        'CREATE INDEX ON "T" (c)',
      ],
    },
    {
      name: 'where the author wants no triggers to hear of it',
      texts: [
        'ALTER TABLE heard ADD COLUMN c integer;\n-- lockstep: triggers suppress because nothing to say\nUPDATE heard SET c = 1',
      ],
      sql: ['ALTER TABLE heard ADD COLUMN c integer DEFAULT 1'],
    },
  ])('$name', ({ texts, sql }) => {
    const result = folded(...texts)
    expect(sqlOf(result)).toEqual(sql)
    expect(result.notes.length).toBeGreaterThan(0)
  })

  it('says which triggers do not hear of it', () => {
    const sql =
      'ALTER TABLE heard ADD COLUMN c int;\n-- lockstep: triggers suppress because so\nUPDATE heard SET c = 1'
    expect(folded(sql).notes.join()).toContain('without writing one, so that hear never hears of it')
  })

  it('a value that a query finds, once for all columns that it is for', () => {
    const result = folded(
      'ALTER TABLE "T" ADD COLUMN c uuid; ALTER TABLE heard ADD COLUMN c uuid',
      `UPDATE "T" SET c = (SELECT n.id FROM networks AS n LIMIT 1);
       -- lockstep: triggers suppress because nothing to say
       UPDATE heard SET c = (SELECT n.id FROM networks AS n FETCH FIRST 1 ROW ONLY)`,
      'ALTER TABLE "T" ALTER c SET NOT NULL; ALTER TABLE heard ALTER c SET NOT NULL',
    )
    expect(result.captures.map(({ query }) => query.sql)).toEqual(['SELECT n.id FROM networks AS n'])
    const [literal] = result.captures.map((capture) => capture.literal)
    expect(sqlOf(result)).toEqual([
      `ALTER TABLE "T" ADD COLUMN c uuid NOT NULL DEFAULT ${literal}`,
      `ALTER TABLE heard ADD COLUMN c uuid NOT NULL DEFAULT ${literal}`,
      'ALTER TABLE public."T" ALTER COLUMN c DROP DEFAULT',
      'ALTER TABLE public.heard ALTER COLUMN c DROP DEFAULT',
    ])
  })

  it('is a query of its own where the table changes between the two', () => {
    const result = folded(
      'ALTER TABLE "T" ADD COLUMN c text; UPDATE "T" SET c = (SELECT name FROM networks)',
      "UPDATE networks SET name = 'other'",
      'ALTER TABLE "T" ADD COLUMN d text; UPDATE "T" SET d = (SELECT name FROM networks)',
    )
    expect(result.captures).toHaveLength(2)
    expect(new Set(result.captures.map(({ literal }) => literal)).size).toBe(2)
  })

  it('keeps what it puts in place of a value apart from all that the author wrote', () => {
    const result = folded(
      `ALTER TABLE "T" ADD COLUMN c text; UPDATE "T" SET o = 'lockstep captures 1', c = (SELECT name FROM networks)`,
    )
    expect(result.captures.map(({ literal }) => literal)).toEqual([`'lockstep captures_ 1'`])
  })
})

describe('what does not fold', () => {
  const add = 'ALTER TABLE "T" ADD COLUMN c text;'
  it.each([
    {
      sql: `${add} ALTER TYPE mood ADD VALUE 'x'; UPDATE "T" SET c = 'x'`,
      because: 'a type of which it may be a value is made or changed',
    },
    { sql: `${add} UPDATE "T" SET c = 'x' WHERE o IS NULL`, because: 'its WHERE leaves rows out' },
    { sql: `${add} UPDATE "T" SET c = 'x' WHERE false`, because: 'its WHERE leaves rows out' },
    { sql: `${add} UPDATE "T" SET c = 'x', o = 'y' WHERE c IS NULL`, because: 'its WHERE leaves rows out' },
    { sql: `${add} UPDATE "T" SET c = 'x', o = c`, because: 'it reads c to set another column' },
    { sql: `${add} UPDATE "T" SET (c, o) = ('x', 'y')`, because: 'more than UPDATE' },
    { sql: `${add} UPDATE ONLY "T" SET c = 'x'`, because: 'more than UPDATE' },
    { sql: `${add} UPDATE "T" SET c = 'x' FROM networks`, because: 'more than UPDATE' },
    { sql: `${add} UPDATE "T" SET c = 'x' RETURNING id`, because: 'more than UPDATE' },
    { sql: `${add} UPDATE "T" SET c = NULL`, because: 'it sets NULL' },
    { sql: `${add} UPDATE "T" SET c = DEFAULT`, because: 'it sets the default' },
    { sql: `${add} UPDATE "T" SET c = now()`, because: 'now() may give another value' },
    {
      sql: `${add} UPDATE "T" SET c = gen_random_uuid()`,
      because: 'gen_random_uuid() may give another value',
    },
    { sql: `${add} UPDATE "T" SET c = current_user`, because: 'current_user() may give another value' },
    { sql: `${add} UPDATE "T" SET c = public.lower('X')`, because: 'public.lower() may give another value' },
    { sql: `${add} UPDATE "T" SET c = (SELECT max(name) FROM networks)`, because: 'max() in its query' },
    {
      sql: `${add} UPDATE "T" SET c = (SELECT o FROM "T" LIMIT 1)`,
      because: 'its query reads public."T" itself',
    },
    { sql: `${add} UPDATE "T" SET c = (SELECT name FROM networks WHERE name = o)`, because: 'may read o' },
    { sql: `${add} UPDATE "T" SET c = (SELECT "T".o FROM networks)`, because: 'may read o' },
    {
      sql: `${add} UPDATE "T" SET c = (SELECT name FROM networks LIMIT 2)`,
      because: 'more than a plain query',
    },
    {
      sql: `${add} UPDATE "T" SET c = (SELECT name FROM networks FOR UPDATE)`,
      because: 'more than a plain query',
    },
    { sql: `${add} UPDATE "T" SET c = (SELECT * FROM networks)`, because: 'more than a plain query' },
    {
      sql: `${add} INSERT INTO networks VALUES (gen_random_uuid()); UPDATE "T" SET c = (SELECT name FROM networks)`,
      because: 'public.networks may have other rows when the column is added',
    },
    {
      sql: `ALTER TABLE "T" ADD COLUMN c uuid REFERENCES networks; INSERT INTO networks VALUES ('0b6f3b0e-8f6b-4d2a-9d5c-3d4c1f0e7a11');
            UPDATE "T" SET c = '0b6f3b0e-8f6b-4d2a-9d5c-3d4c1f0e7a11'`,
      because: 'public.networks may have other rows when the column is added',
    },
    {
      sql: `${add} INSERT INTO "T" VALUES (1, 'o', 'c'); UPDATE "T" SET c = 'x'`,
      because: 'rows are inserted',
    },
    {
      sql: `${add} UPDATE "T" SET o = c; UPDATE "T" SET c = 'x'`,
      because: 'another UPDATE reads the column',
    },
    { sql: `${add} DELETE FROM "T" WHERE c IS NULL; UPDATE "T" SET c = 'x'`, because: 'a DELETE' },
    { sql: `${add} CREATE TABLE u AS TABLE "T"; UPDATE "T" SET c = 'x'`, because: 'made of the table' },
    { sql: `${add} DO 'BEGIN PERFORM 1; END'; UPDATE "T" SET c = 'x'`, because: 'DO' },
    {
      sql: `${add} ALTER TABLE "T" ALTER c TYPE varchar; UPDATE "T" SET c = 'x'`,
      because: 'changed in another way',
    },
    {
      sql: `${add} BEGIN; UPDATE "T" SET c = 'x'; DELETE FROM heard; COMMIT`,
      because: 'transaction of its own',
    },
    {
      sql: `ALTER TABLE heard ADD COLUMN c text; UPDATE heard SET c = 'x'`,
      because: 'triggers of the table fire',
    },
  ])('$sql', ({ sql, because }) => {
    const result = folded(sql)
    const given = parseScript(sql, '1.sql').statements.flatMap(({ actions }) => actions.map((one) => one.sql))
    expect(sqlOf(result)).toEqual(given)
    expect(result.notes.join('\n')).toContain(because)
  })

  it('is not spoken of where each row gets a value of its own', () => {
    expect(folded(`${add} UPDATE "T" SET c = o`)).toMatchObject({ notes: [], captures: [] })
  })
})

describe('any history of a column', () => {
  const value = fc.constantFrom("'x'", "'y'", "'z'")
  const statement = fc.oneof(
    value.map((v) => `UPDATE "T" SET c = ${v}`),
    value.map((v) => `UPDATE "T" SET c = ${v} WHERE c IS NULL`),
    value.map((v) => `UPDATE "T" SET c = ${v}, o = ${v}`),
    value.map((v) => `ALTER TABLE "T" ALTER c SET DEFAULT ${v}`),
    fc.constantFrom(
      'ALTER TABLE "T" ALTER c SET NOT NULL',
      'ALTER TABLE "T" ALTER c DROP DEFAULT',
      'ALTER TABLE "T" ALTER c DROP NOT NULL',
      'UPDATE "T" SET o = c',
      'UPDATE "T" SET o = \'o\'',
      `INSERT INTO "T" (id) VALUES (9)`,
      `INSERT INTO "T" (id, c) VALUES (9, 'own')`,
      'CREATE INDEX ON "T" (c)',
      'ALTER TABLE "T" ALTER c SET DEFAULT \'x\', ALTER c SET NOT NULL',
    ),
  )
  const history = fc
    .tuple(
      fc.constantFrom(
        'ALTER TABLE "T" ADD COLUMN c text',
        'ALTER TABLE "T" ADD COLUMN c text NULL',
        'ALTER TABLE "T" ADD COLUMN c text DEFAULT \'x\'',
        'ALTER TABLE "T" ADD COLUMN c text NOT NULL DEFAULT \'y\'',
      ),
      fc.array(statement, { maxLength: 7 }),
    )
    .map(([add, more]) => [add, ...more])

  it('ends in the same rows and the same column', { timeout: 30_000 }, () => {
    const met = { same: 0, folded: 0 }
    fc.assert(
      fc.property(history, (statements) => {
        const stock = played(actionsOf(statements.join(';\n')))
        if (stock === null) return
        const result = folded(...statements)
        const ours = played(
          result.scripts.flatMap((script) => script.statements.flatMap(({ actions }) => actions)),
          result.dropAtOnce.size > 0,
        )
        expect(ours).toEqual(stock)
        met.same += 1
        if (sqlOf(result).join() !== statements.join()) met.folded += 1
      }),
      { numRuns: 400 },
    )
    expect(met.folded).toBeGreaterThan(50)
    expect(met.same).toBeGreaterThan(met.folded)
  })

  it('is all there: each action as it was, or in a note with its place', () => {
    fc.assert(
      fc.property(history, (statements) => {
        const files = statements.map((text, at) => ({
          script: parseScript(text, `${at + 1}.sql`),
          transaction: 'file' as const,
        }))
        const result = foldConstants({ files, catalog, serverVersion })
        const kept = new Set(
          result.scripts.flatMap((script) => script.statements.flatMap(({ actions }) => actions)),
        )
        const lost = files.filter(({ script }) =>
          script.statements
            .flatMap(({ actions }) => actions)
            .some((action) => !kept.has(action) && action.kind !== 'add-column'),
        )
        const notes = result.notes.join('\n')
        expect(lost.filter(({ script }) => !notes.includes(`(${script.path}:1)`))).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('has nothing left to fold when it has been folded', () => {
    fc.assert(
      fc.property(history, (statements) => {
        const once = sqlOf(folded(...statements))
        expect(sqlOf(folded(...once))).toEqual(once)
      }),
      { numRuns: 150 },
    )
  })
})

function actionsOf(text: string): readonly Action[] {
  return parseScript(text, 'a.sql').statements.flatMap(({ actions }) => actions)
}

interface Row {
  readonly c: string | null
  readonly o: string | null
}

/** PostgreSQL in small: two rows, and what each statement makes of them. Null: the server would refuse it. */
function played(actions: readonly Action[], dropsAtOnce = false) {
  let rows: readonly Row[] = [
    { c: null, o: null },
    { c: null, o: 'old' },
  ]
  const column = { notNull: false, default: null as string | null }
  for (const action of actions) {
    if (action.kind === 'add-column') {
      column.default = action.column.default?.sql ?? null
      column.notNull = action.column.notNull
      rows = rows.map((row) => ({ ...row, c: column.default }))
      if (dropsAtOnce) column.default = null
    } else if (action.kind === 'set-default') column.default = action.default.sql
    else if (action.kind === 'drop-default') column.default = null
    else if (action.kind === 'set-not-null') column.notNull = true
    else if (action.kind === 'drop-not-null') column.notNull = false
    else if (action.kind === 'insert') {
      rows = [...rows, { c: action.sql.includes('own') ? "'own'" : column.default, o: null }]
    } else if (action.kind === 'update') {
      const { where, set } = action
      rows = rows.map((row) => (where !== null && row.c !== null ? row : updated(row, set)))
    }
    if (column.notNull && rows.some(({ c }) => c === null)) return null
  }
  return { rows, ...column }
}

function updated(row: Row, set: ActionOf<'update'>['set']): Row {
  return set.reduce((next, { column, expression }) => {
    const given = expression.sql === 'c' ? row.c : expression.sql
    return column === 'c' ? { ...next, c: given } : { ...next, o: given }
  }, row)
}
