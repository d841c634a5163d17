/** Our list of immutable functions against a server's own catalog. */
import { expect, it } from 'vitest'
import { immutableNames } from '../src/postgres/immutable.ts'
import { createTestDatabase } from './support/database.ts'

it('names functions of which every overload is immutable', async () => {
  const database = await createTestDatabase()
  try {
    const rows = await database.session.query<{ name: string; volatility: string }>(
      `SELECT DISTINCT proname::text AS name, provolatile::text AS volatility FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ($1::text[])`,
      [[...immutableNames]],
    )
    expect(rows.filter(({ volatility }) => volatility !== 'i')).toEqual([])
    const found = new Set(rows.map(({ name }) => name))
    expect(immutableNames.filter((name) => !found.has(name))).toEqual([])
  } finally {
    await database.drop()
  }
})
