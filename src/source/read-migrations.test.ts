import { describe, expect, it } from 'vitest'
import { readMigrations } from './read-migrations.ts'

const file = (path: string, text = 'SELECT 1') => ({ path, text })
const auto = { layout: null, transaction: null }

function upPaths(paths: readonly string[]): readonly string[] {
  const read = readMigrations(
    paths.map((path) => file(path)),
    auto,
  )
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  return read.value.up.map(({ path }) => path)
}

function problems(paths: readonly string[], layout: string | null = null): readonly string[] {
  const read = readMigrations(
    paths.map((path) => file(path)),
    { layout, transaction: null },
  )
  return read.ok ? [] : read.problems.map(({ code, message }) => `${code}: ${message}`)
}

describe('plain', () => {
  it('goes by number, however it is written', () => {
    expect(upPaths(['m/10-c.sql', 'm/9_b.sql', 'm/0001_a.sql', 'm/README.md'])).toEqual([
      'm/0001_a.sql',
      'm/9_b.sql',
      'm/10-c.sql',
    ])
  })

  it('keeps numbers apart that are longer than a double is exact', () => {
    const versions = ['20240101000000000002', '20240101000000000001', '20240101000000000010']
    expect(upPaths(versions.map((version) => `${version}_x.sql`))).toEqual(
      [...versions].sort().map((version) => `${version}_x.sql`),
    )
  })

  it('refuses two files of one number and files without one, all at once', () => {
    expect(problems(['1_a.sql', '001_b.sql', 'schema.sql'])).toEqual([
      expect.stringContaining('migration-name: schema.sql'),
      expect.stringContaining('duplicate-version: 1_a.sql and 001_b.sql are both version 001'),
    ])
  })

  it('says name, version, checksum and the usual transaction', () => {
    const read = readMigrations([file('m/0002_add-é.sql', 'SELECT 2')], auto)
    expect(read).toMatchObject({
      ok: true,
      value: {
        layout: 'plain',
        up: [{ version: '0002', name: 'add-é', direction: 'up', transaction: 'file', text: 'SELECT 2' }],
        down: [],
      },
    })
    const [migration] = read.ok ? read.value.up : []
    expect(migration?.sha256).toBe('ebbb5b332060a3ede7047bd7528883b0a560e729848f9feb8ff742145e909b01')
  })
})

describe('up-down', () => {
  it('goes down newest first', () => {
    const read = readMigrations(
      ['1_a.up.sql', '1_a.down.sql', '2_b.up.sql', '2_b.down.sql'].map((path) => file(path)),
      auto,
    )
    expect(read).toMatchObject({ ok: true, value: { layout: 'up-down' } })
    expect(read.ok && read.value.down.map(({ path }) => path)).toEqual(['2_b.down.sql', '1_a.down.sql'])
  })

  it('names a file that has no direction', () => {
    expect(problems(['1_a.up.sql', '2_b.sql'])).toEqual([expect.stringContaining('migration-name: 2_b.sql')])
  })

  it('takes the transaction of the config', () => {
    const read = readMigrations([file('1_a.up.sql')], { layout: 'up-down', transaction: 'statement' })
    expect(read.ok && read.value.up.map(({ transaction }) => transaction)).toEqual(['statement'])
  })
})

describe('ory', () => {
  it('prefers the dialect, by any of its names, and leaves out those of others', () => {
    expect(
      upPaths([
        '1_a.up.sql',
        '1_a.pg.up.sql',
        '1_a.mysql.up.sql',
        '2_b.cockroach.up.sql',
        '3_c.up.sql',
        '3_c.sqlite3.up.sql',
        '4_d.postgresql.autocommit.up.sql',
        '4_d.up.sql',
      ]),
    ).toEqual(['1_a.pg.up.sql', '3_c.up.sql', '4_d.postgresql.autocommit.up.sql'])
  })

  it('chooses for each direction by itself', () => {
    const read = readMigrations(
      ['1_a.postgres.up.sql', '1_a.up.sql', '1_a.down.sql'].map((path) => file(path)),
      auto,
    )
    expect(read.ok && read.value.down.map(({ path }) => path)).toEqual(['1_a.down.sql'])
  })

  it('compares versions as texts', () => {
    expect(upPaths(['10_b.postgres.up.sql', '9_a.postgres.up.sql'])).toEqual([
      '10_b.postgres.up.sql',
      '9_a.postgres.up.sql',
    ])
  })

  it('takes autocommit at its word, whatever the config says', () => {
    const read = readMigrations([file('1_a.autocommit.up.sql'), file('2_b.up.sql')], {
      layout: null,
      transaction: 'file',
    })
    expect(read.ok && read.value.up.map(({ transaction }) => transaction)).toEqual(['statement', 'file'])
  })

  it('records a migration that is nothing but a comment', () => {
    const read = readMigrations([file('1_a.postgres.up.sql', '-- nothing to do\n')], auto)
    expect(read.ok && read.value.up).toHaveLength(1)
  })

  it('refuses a template where it stands, but not one of another dialect', () => {
    const text = '-- x\nSELECT {{ .name }};\n'
    const files = [file('1_a.up.sql', text), file('1_a.mysql.up.sql', text), file('2_b.mysql.up.sql', text)]
    expect(readMigrations(files, auto)).toEqual({
      ok: false,
      problems: [
        expect.objectContaining({
          code: 'template',
          position: { path: '1_a.up.sql', line: 2, column: 8, endLine: 2, endColumn: 10 },
          excerpt: 'SELECT {{ .name }};',
        }),
      ],
    })
  })

  it.each([
    ['an unknown dialect', ['1_a.oracle.up.sql', '2_b.pg.up.sql'], 'migration-name: 1_a.oracle.up.sql'],
    ['no version', ['a_b.up.sql', '2_b.pg.up.sql'], 'migration-name: a_b.up.sql'],
    ['two files of a dialect', ['1_a.pg.up.sql', '1_a.postgres.up.sql'], 'duplicate-version: 1_a.pg.up.sql'],
    ['two generic files', ['1_a.up.sql', '1_b.up.sql', '2_c.pg.up.sql'], 'duplicate-version: 1_a.up.sql'],
  ])('refuses %s', (_, paths, expected) => {
    expect(problems(paths)).toEqual([expect.stringContaining(expected)])
  })
})

it('says which layouts there are', () => {
  expect(problems(['1_a.sql'], 'rails')).toEqual(['unknown-layout: There is no layout rails'])
  expect(problems(['schema.sql'])).toEqual([expect.stringContaining('no-layout')])
  expect(problems([])).toEqual([expect.stringContaining('no-layout')])
})
