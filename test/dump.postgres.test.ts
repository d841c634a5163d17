/**
 * A schema-only pg_dump tells what the database tells that it is restored into. The fixture is what pg_dump 15.18 wrote of a
 * schema of ours; the two commands for psql in it are of the minor releases since August 2025.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Catalog } from '../src/catalog/catalog.ts'
import { snapshotOf, startBatch } from '../src/catalog/replay.ts'
import { readCatalog } from '../src/database/read-catalog.ts'
import { dumpedCatalog } from '../src/lint/dumped-catalog.ts'
import type { CatalogSnapshot } from '../src/model/catalog.ts'
import { formatRelation } from '../src/postgres/relation-name.ts'
import { parseScript } from '../src/sql/parse-script.ts'
import { loadParser } from '../src/sql/parser.ts'
import { comparable } from './support/comparable-catalog.ts'
import { createTestDatabase, type TestDatabase } from './support/database.ts'

const dump = readFileSync(join(import.meta.dirname, 'dumps/pg_dump-15.sql'), 'utf8')

let database: TestDatabase

beforeAll(async () => {
  await loadParser()
  database = await createTestDatabase()
  const [me] = await database.session.query<{ name: string }>('SELECT quote_ident(current_user) AS name')
  for (const { text } of parseScript(dump, 'dump.sql').statements) {
    // As --no-owner does it, where the server's superuser has another name.
    await database.session.execute(text.replace(/ OWNER TO postgres$/, ` OWNER TO ${me?.name ?? ''}`))
  }
})
afterAll(() => database.drop())

function replayed(text: string): Catalog {
  const read = dumpedCatalog(text, 'dump.sql', {
    searchPath: ['public'],
    serverVersion: { min: 14, max: 18 },
  })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  return read.value
}

describe('a dump', () => {
  it('tells of tables, columns, constraints, indexes and triggers what a server tells that has it', async () => {
    const read = await readCatalog(database.session)
    const names = Object.keys(comparable(read))
    expect(names).toEqual(expect.arrayContaining(['Press.Orders', 'public.events_2025_a', 'public.counts']))
    expect(comparable(snapshotOf(replayed(dump)))).toEqual(comparable(read))
  })

  it('tells of types, domains and views, and which names are taken', async () => {
    const kinds = ['domain', 'materialized-view', 'type', 'view']
    const namesIn = ({ objects }: CatalogSnapshot, wanted: readonly string[]) =>
      objects
        .filter(({ kind }) => wanted.includes(kind))
        .map(({ kind, identity }) => `${kind} ${identity}`)
        .sort()
    const read = await readCatalog(database.session)
    expect(namesIn(snapshotOf(replayed(dump)), kinds)).toEqual(namesIn(read, kinds))
    expect(namesIn(read, kinds)).toHaveLength(5)
    // That of an identity column has no CREATE SEQUENCE, and a replay does not tell of it.
    const names = [
      { schema: 'public', name: 'loose' },
      { schema: 'Press', name: 'Orders_Id_seq' },
    ]
    expect(read.objects.map(({ kind, identity }) => `${kind} ${identity}`)).toEqual(
      expect.arrayContaining(names.map((name) => `sequence ${formatRelation(name)}`)),
    )
    expect(names.map(({ schema, name }) => replayed(dump).isRelationNameTaken(schema, name))).toEqual([
      'yes',
      'yes',
    ])
  })

  it('leaves nothing open: what it does not create is not there', () => {
    const catalog = replayed(dump)
    expect(catalog.table({ schema: 'public', name: 'nowhere' })).toBe('absent')
    expect(catalog.isProvedNotNull({ schema: 'Press', name: 'Orders' }, 'note')).toBe('yes')
    expect(catalog.isProvedNotNull({ schema: 'Press', name: 'Orders' }, 'amount')).toBe('no')
    expect(catalog.isNew({ schema: 'public', name: 'customers' })).toBe(true)
    expect(startBatch(catalog).isNew({ schema: 'public', name: 'customers' })).toBe(false)
  })
})
