/** Our list of key words against a server's own; older servers have fewer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteIdentifier, quoteLiteral } from '../src/postgres/identifier.ts'
import { keywordCategory, keywords } from '../src/postgres/keyword.ts'
import { type TestDatabase, createTestDatabase } from './support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.drop()
})

const categories = { U: 'unreserved', C: 'column-name', T: 'type-or-function-name', R: 'reserved' } as const

describe('key words', () => {
  it('are in the categories that pg_get_keywords() gives', async () => {
    const rows = await database.session.query<{ word: string; catcode: keyof typeof categories }>(
      'SELECT word, catcode::text FROM pg_get_keywords()',
    )
    expect(rows.length).toBeGreaterThan(400)
    // A word that 18 has no more (`recheck`) needs no quotes, if it never did.
    const differing = rows.filter(
      ({ word, catcode }) => (keywordCategory(word) ?? 'unreserved') !== categories[catcode],
    )
    expect(differing).toEqual([])
    const words = new Set(rows.map(({ word }) => word))
    const missing = keywords.filter((word) => !words.has(word))
    // Ours are those of 18: older servers lack some, 18 none.
    expect(database.session.serverVersionNum < 180_000 || missing.length === 0).toBe(true)
  })
})

describe('quoting', () => {
  const names = [
    'a',
    'A',
    'a b',
    'a"b',
    'é',
    '1a',
    'a$',
    '_',
    "it's",
    'a\\b',
    'select',
    'uescape',
    '😀',
    ...keywords,
  ]

  it('is that of quote_ident() for every key word the server knows', async () => {
    const known = await database.session.query<{ name: string; quoted: string }>(
      'SELECT name, quote_ident(name) AS quoted FROM unnest($1::text[]) AS name',
      [names],
    )
    const words = await database.session.query<{ word: string }>('SELECT word FROM pg_get_keywords()')
    const onServer = new Set(words.map(({ word }) => word))
    const newer = new Set(keywords.filter((word) => !onServer.has(word)))
    const differing = known.filter(({ name, quoted }) => !newer.has(name) && quoteIdentifier(name) !== quoted)
    expect(differing).toEqual([])
  })

  it('is read back by a server as the same name or text', async () => {
    const list = names.map((name) => `${quoteLiteral(name)} AS ${quoteIdentifier(name)}`)
    const [row] = await database.session.query<Record<string, string>>(`SELECT ${list.join(', ')}`)
    expect(row).toEqual(Object.fromEntries(names.map((name) => [name, name])))
  })
})
