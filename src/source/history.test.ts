import { describe, expect, it } from 'vitest'
import { historyRowOf, historyTableOf } from './history.ts'
import { marked } from './layouts.ts'
import { readMigrations } from './read-migrations.ts'

function rowFor(layout: string, path: string, text = '') {
  const read = readMigrations([{ path, text }], { layout, transaction: null })
  const [migration] = read.ok ? read.value.up : []
  if (migration === undefined) throw new Error(`${path} is not read`)
  const row = historyRowOf(migration)
  return row === null ? null : Object.fromEntries(row.row.map(({ column, value }) => [column, value]))
}

describe('historyRowOf', () => {
  it.each([
    ['ory', '20240101_a.up.sql', '', { version: '20240101' }],
    ['diesel', '2024-01-01_a/up.sql', '', { version: '20240101' }],
    ['goose', '00012_a.sql', '-- +goose Up\n', { version_id: '12', is_applied: 'true' }],
    ['supabase', '20240101_a_b.sql', '', { version: '20240101', name: 'a_b' }],
  ])('is what %s reads', (layout, path, text, row) => {
    expect(rowFor(layout, path, text)).toEqual(row)
  })

  it.each([
    ['atlas', '1_a.sql'],
    ['flyway', 'V1__a.sql'],
    ['golang-migrate', '1_a.up.sql'],
    ['prisma', 'm/1_a/migration.sql'],
    ['sqlx', '1_a.sql'],
    ['plain', '1_a.sql'],
  ])('is not guessed where the row holds more than we can know: %s', (layout, path) => {
    expect(rowFor(layout, path)).toBeNull()
  })
})

it('knows tables of layouts only, and no two by the same name', () => {
  const tables = marked.flatMap(({ name }) => historyTableOf(name) ?? [])
  const names = tables.map(({ table }) => `${table.schema ?? ''}.${table.name}`)
  expect(new Set(names).size).toBe(names.length)
  expect(tables).toHaveLength(7)
})
