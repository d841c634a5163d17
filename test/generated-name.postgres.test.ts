/** The names we foretell against those that a server gives, with long names and characters of several bytes. */
import { afterAll, beforeAll, expect, it } from 'vitest'
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
