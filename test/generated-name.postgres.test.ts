/** The names we foretell against those that a server gives, with long names and characters of several bytes. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { indexColumnNames } from '../src/sql/index-column-names.ts'
import { loadParser } from '../src/sql/parser.ts'
import {
  checkName,
  excludeName,
  foreignKeyName,
  indexName,
  notNullName,
  primaryKeyName,
  uniqueName,
} from '../src/postgres/generated-name.ts'
import { quoteIdentifier } from '../src/postgres/identifier.ts'
import { type TestDatabase, createTestDatabase } from './support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  await loadParser()
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.drop()
})

/** All names of relations and constraints in the schema: each statement must add the one we foretold. */
async function namesInUse(): Promise<Set<string>> {
  const rows = await database.session.query<{ name: string }>(
    `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
     UNION SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace`,
  )
  return new Set(rows.map(({ name }) => name))
}

const tables = [
  't',
  'x'.repeat(63),
  'é'.repeat(31),
  `a${'é'.repeat(31)}`,
  '😀'.repeat(15),
  `ab${'😀'.repeat(15)}`,
  'Mixed Case',
]
const columnPairs: readonly (readonly [string, string])[] = [
  ['a', 'b'],
  ['c'.repeat(63), 'd'],
  [`é${'ß'.repeat(30)}`, '€'.repeat(21)],
  ['h'.repeat(40), 'i'.repeat(40)],
]

it.each(tables.flatMap((table) => columnPairs.map(([one, other]) => [table, one, other] as const)))(
  'on table %s with columns %s and %s',
  async (table, one, other) => {
    const { session } = database
    await session.execute('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
    const [t, a, b] = [table, one, other].map(quoteIdentifier)
    await session.execute(`CREATE TABLE ${t} (${a} int, ${b} int, "lone" int4range)`)

    const add = async (sql: string, foretell: (isTaken: (name: string) => boolean) => string) => {
      const before = await namesInUse()
      const foretold = foretell((name) => before.has(name))
      await session.execute(sql)
      const added = [...(await namesInUse())].filter((name) => !before.has(name))
      expect({ sql, added }).toMatchObject({ added: expect.arrayContaining([foretold]) })
      expect(added.filter((name) => name !== foretold && !name.endsWith('_not_null'))).toEqual([])
    }

    // Twice and more: the later ones meet names that are taken.
    for (let round = 0; round < 3; round++) {
      await add(`CREATE INDEX ON ${t} (${a}, ${b})`, (isTaken) => indexName(table, [one, other], isTaken))
      await add(`CREATE INDEX ON ${t} (${a}) INCLUDE (${b})`, (isTaken) =>
        indexName(table, [one, other], isTaken),
      )
      await add(`CREATE INDEX ON ${t} (${a}, ${a}, ${a})`, (isTaken) =>
        indexName(table, [one, one, one], isTaken),
      )
      await add(`CREATE INDEX ON ${t} ((${a} + 1), (${b} + 1), abs(${a}))`, (isTaken) =>
        indexName(table, [null, null, 'abs'], isTaken),
      )
      await add(`ALTER TABLE ${t} ADD UNIQUE (${a}, ${b})`, (isTaken) =>
        uniqueName(table, [one, other], isTaken),
      )
      await add(`ALTER TABLE ${t} ADD UNIQUE (${a}) INCLUDE (${b})`, (isTaken) =>
        uniqueName(table, [one, other], isTaken),
      )
      await add(`ALTER TABLE ${t} ADD CHECK (${a} > ${round} AND ${a} < 100)`, (isTaken) =>
        checkName(table, [one, one], isTaken),
      )
      await add(`ALTER TABLE ${t} ADD CHECK (${a} > ${b} + ${round})`, (isTaken) =>
        checkName(table, [one, other], isTaken),
      )
      await add(`ALTER TABLE ${t} ADD EXCLUDE USING gist ("lone" WITH &&)`, (isTaken) =>
        excludeName(table, ['lone'], isTaken),
      )
    }
    await add(`ALTER TABLE ${t} ADD PRIMARY KEY (${a})`, (isTaken) => primaryKeyName(table, isTaken))
    for (let round = 0; round < 2; round++) {
      await add(`ALTER TABLE ${t} ADD FOREIGN KEY (${a}) REFERENCES ${t} (${a})`, (isTaken) =>
        foreignKeyName(table, [one], isTaken),
      )
    }
    if (session.serverVersionNum >= 180_000) {
      await add(`ALTER TABLE ${t} ALTER ${b} SET NOT NULL`, (isTaken) => notNullName(table, other, isTaken))
    }
  },
)

it.each([
  '(lower(a))',
  '(pg_catalog.lower(a)) INCLUDE (b)',
  '((a || a))',
  '(((b + 1)::text))',
  '(CAST(lower(a) AS varchar(3)))',
  "(((j ->> 'x')::int))",
  "((j ->> 'x'))",
  '((CASE WHEN b > 1 THEN 1 ELSE 2 END))',
  '((CASE WHEN b > 1 THEN a ELSE lower(a) END))',
  '((CASE WHEN b > 1 THEN 1 ELSE 2::int8 END))',
  "(coalesce(a, 'x'), nullif(a, 'x'), greatest(b, 1), least(b, 1))",
  '((ARRAY[b, 1]), (m[1]), ((m)[1:2]), (a COLLATE "C"))',
  '(lower(a) COLLATE "C", lower(a), b)',
  '((b IS NULL), (NOT b > 1), (b = 1), b)',
  "(extract(epoch FROM t), (t AT TIME ZONE 'UTC'), date_trunc('day', t))",
  "(substring(a FROM 1 FOR 2), trim(a), position('x' IN a), overlay(a PLACING 'x' FROM 1))",
  '(((c).x), ((c).x + 1))',
  '(("Odd Name"), ("Odd Name" + 1))',
])('an index on %s', async (on) => {
  const { session } = database
  await session.execute(`
    DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TYPE pair AS (x int, y int);
    CREATE TABLE names (a text, b int, j jsonb, m int[], t timestamp, c pair, "Odd Name" int)`)
  const sql = `CREATE INDEX ON names ${on}`
  await session.execute(sql)
  const [row] = await session.query<{ name: string }>(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'names'::regclass",
  )
  expect(row?.name).toBe(quoteIdentifier(indexName('names', indexColumnNames(sql), () => false)))
})
