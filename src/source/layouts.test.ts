/** Each layout by files as its runner writes them: order, directions, transactions, markers, and input that it refuses. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Migration } from '../model/migration.ts'
import type { SourceFile } from './layout.ts'
import { marked } from './layouts.ts'
import { readMigrations } from './read-migrations.ts'

const fixtures = join(import.meta.dirname, '../../test/layouts')

/** All files of a layout's fixture, with paths relative to the folder of fixtures. */
function fixture(path: string): readonly SourceFile[] {
  return readdirSync(join(fixtures, path))
    .sort()
    .flatMap((name) => {
      const below = `${path}/${name}`
      if (statSync(join(fixtures, below)).isDirectory()) return fixture(below)
      return [{ path: below, text: readFileSync(join(fixtures, below), 'utf8') }]
    })
}

function read(files: readonly SourceFile[], layout: string | null = null) {
  const result = readMigrations(files, { layout, transaction: null })
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.value
}

const summary = ({ version, name, transaction }: Migration) => `${version} ${name} ${transaction}`

/** `code line:column`, or the code alone of what concerns a file as a whole. */
function problems(files: Readonly<Record<string, string>>, layout: string | null): readonly string[] {
  const sources = Object.entries(files).map(([path, text]) => ({ path, text }))
  const result = readMigrations(sources, { layout, transaction: null })
  if (result.ok) return []
  return result.problems.map(({ code, position }) =>
    position === null ? code : `${code} ${position.line}:${position.column}`,
  )
}

/** What is not blank of a migration's text, each line at its number. */
function linesLeft({ text }: Migration): Readonly<Record<number, string>> {
  const lines = text.split('\n').map((line, index) => [index + 1, line.trimEnd()] as const)
  return Object.fromEntries(lines.filter(([, line]) => line !== ''))
}

describe('the fixture of each layout', () => {
  it.each([
    {
      folder: 'atlas/migrations',
      layout: 'atlas',
      up: ['20240101120000 init file', '20240103090000 index statement', '20240104090000 function file'],
      down: [],
      passedOver: ['atlas/migrations/20240102000000_checkpoint.sql'],
    },
    {
      folder: 'dbmate/db/migrations',
      layout: 'dbmate',
      up: ['20240101120000 users file', '20240102120000 users_email message'],
      down: ['20240102120000 users_email message', '20240101120000 users file'],
      passedOver: [],
    },
    {
      folder: 'diesel/migrations',
      layout: 'diesel',
      up: [
        '00000000000000 diesel_initial_setup file',
        '20240101120000 users file',
        '202401021200000000 users_email message',
      ],
      down: [
        '202401021200000000 users_email message',
        '20240101120000 users file',
        '00000000000000 diesel_initial_setup file',
      ],
      passedOver: [],
    },
    {
      folder: 'drizzle/drizzle',
      layout: 'drizzle',
      up: ['0000 init file', '0001 users_email file'],
      down: [],
      passedOver: ['drizzle/drizzle/0002_left_out.sql'],
    },
    {
      folder: 'flyway/db/migration',
      layout: 'flyway',
      up: [
        '1 users unless-refused',
        '1.2 users_email statement',
        '1.10 orders unless-refused',
        '2024.01.05 orders_note file',
        'R__a_view a_view unless-refused',
        'R__users_view users_view unless-refused',
      ],
      down: ['1.10 orders unless-refused'],
      passedOver: ['flyway/db/migration/B2__all.sql', 'flyway/db/migration/afterMigrate.sql'],
    },
    {
      folder: 'golang-migrate/migrations',
      layout: 'golang-migrate',
      up: ['000001 users message', '000002 users_email message', '000010 orders message'],
      down: ['000010 orders message', '000001 users message'],
      passedOver: ['golang-migrate/migrations/seed.sql'],
    },
    {
      folder: 'goose/migrations',
      layout: 'goose',
      up: ['00001 users file', '00002 users_email statement', '00010 touch file'],
      down: ['00002 users_email statement', '00001 users file'],
      passedOver: ['goose/migrations/schema.sql'],
    },
    {
      folder: 'graphile-migrate/migrations',
      layout: 'graphile-migrate',
      up: ['000001  file', '000002 users-email message', 'current  file'],
      down: [],
      passedOver: [],
    },
    {
      folder: 'prisma/migrations',
      layout: 'prisma',
      up: ['20240101120000_init init message', '20240102120000_users_email users_email message'],
      down: [],
      passedOver: [],
    },
    {
      folder: 'sqlx/migrations',
      layout: 'sqlx',
      up: ['20240101120000 users file', '20240102120000 users_email message', '20240103120000 orders file'],
      down: ['20240103120000 orders file'],
      passedOver: ['sqlx/migrations/schema.sql'],
    },
    {
      folder: 'supabase/migrations',
      layout: 'supabase',
      up: ['20240101120000 users message', '20240102120000 users_email message'],
      down: [],
      passedOver: ['supabase/migrations/20210101000000_init.sql', 'supabase/migrations/notes.sql'],
    },
  ])(
    '$layout is known by itself, and read as its runner does',
    ({ folder, layout, up, down, passedOver }) => {
      const found = read(fixture(folder))
      expect({
        layout: found.layout,
        up: found.up.map(summary),
        down: found.down.map(summary),
        passedOver: found.passedOver,
      }).toEqual({ layout, up, down, passedOver })
    },
  )

  it('is there for every layout that has marks, but ory’s', () => {
    expect(readdirSync(fixtures).sort()).toEqual(
      marked
        .map(({ name }) => name)
        .filter((name) => name !== 'ory')
        .sort(),
    )
  })

  it('leaves no trace of the other direction, and every line where it was', () => {
    const { up, down } = read(fixture('goose/migrations'))
    expect(linesLeft(up[1] ?? fail())).toEqual({
      3: '-- +goose Up',
      4: 'CREATE INDEX CONCURRENTLY users_email ON users (email);',
    })
    expect(linesLeft(down[0] ?? fail())).toEqual({
      6: '-- +goose Down',
      7: 'DROP INDEX CONCURRENTLY users_email;',
    })
    const blocks = read(fixture('dbmate/db/migrations'))
    expect(linesLeft(blocks.up[1] ?? fail())).toEqual({
      3: '-- migrate:up transaction:false',
      4: 'CREATE INDEX CONCURRENTLY users_email ON users (email);',
    })
    expect(linesLeft(blocks.down[0] ?? fail())).toEqual({
      6: '-- migrate:down transaction:false',
      7: 'DROP INDEX CONCURRENTLY users_email;',
    })
  })
})

function fail(): never {
  throw new Error('there is no such migration')
}

describe('which layout it is', () => {
  it('asks where files have the marks of two', () => {
    const files = [
      {
        path: 'supabase/migrations/20240101120000_a.sql',
        text: '-- migrate:up\nSELECT 1;\n-- migrate:down\n',
      },
    ]
    const found = readMigrations(files, { layout: null, transaction: null })
    expect(found.ok ? [] : found.problems).toMatchObject([
      {
        code: 'ambiguous-layout',
        message: 'The files have marks of several layouts: dbmate and supabase',
        hint: expect.stringContaining('--layout dbmate or --layout supabase'),
      },
    ])
    expect(read(files, 'supabase').up.map(summary)).toEqual(['20240101120000 a message'])
  })

  it('takes files in pairs beside atlas.sum for golang-migrate’s, which Atlas writes for it', () => {
    const files = ['atlas.sum', '20240101120000_a.up.sql', '20240101120000_a.down.sql'].map((path) => ({
      path,
      text: '',
    }))
    expect(read(files).layout).toBe('golang-migrate')
    expect(read(files.slice(0, 1).concat({ path: '1_a.sql', text: '' })).layout).toBe('atlas')
    expect(read(files.slice(1)).layout).toBe('up-down')
  })

  it('does not take a string for a marker of another runner', () => {
    const text = "INSERT INTO notes VALUES ('see -- +goose Up and -- migrate:up');\n"
    expect(read([{ path: '1_a.sql', text }]).layout).toBe('plain')
  })

  it('lets the config speak for the default, not for a marker', () => {
    const found = readMigrations(fixture('sqlx/migrations'), { layout: null, transaction: 'statement' })
    expect(found.ok && found.value.up.map(({ transaction }) => transaction)).toEqual([
      'statement',
      'message',
      'statement',
    ])
  })
})

describe('versions', () => {
  it.each([
    ['golang-migrate', ['000001_a.up.sql', '1_b.up.sql']],
    ['sqlx', ['1_a.sql', '01_b.sql']],
    ['flyway', ['V1__a.sql', 'V1_0__b.sql']],
    ['supabase', ['20240101120000_a.sql', '20240101120000_b.sql']],
    ['atlas', ['20240101120000_a.sql', '20240101120000_b.sql']],
    ['prisma', ['m/20240101120000_a/migration.sql', 'n/20240101120000_a/migration.sql']],
    ['diesel', ['2024-01-01_a/up.sql', '20240101_b/up.sql']],
  ])('are not to be twice: %s', (layout, paths) => {
    expect(problems(Object.fromEntries(paths.map((path) => [path, ''])), layout)).toEqual([
      'duplicate-version',
    ])
  })

  it('are not to be twice: goose, dbmate, graphile-migrate', () => {
    const goose = '-- +goose Up\n'
    expect(problems({ '1_a.sql': goose, '01_b.sql': goose }, 'goose')).toEqual(['duplicate-version'])
    const dbmate = '-- migrate:up\n-- migrate:down\n'
    expect(problems({ '1_a.sql': dbmate, '1_b.sql': dbmate }, 'dbmate')).toEqual([
      'duplicate-version',
      'duplicate-version',
    ])
    const committed = '--! Previous: -\n--! Hash: sha1:1\n\n'
    expect(
      problems({ 'committed/1.sql': committed, 'committed/1-b.sql': committed }, 'graphile-migrate'),
    ).toEqual(['duplicate-version'])
  })

  it.each([
    ['golang-migrate', '1_a.down.sql'],
    ['sqlx', '1_a.down.sql'],
    ['diesel', '1_a/down.sql'],
    ['flyway', 'U1__a.sql'],
  ])('want their way up: %s', (layout, path) => {
    expect(problems({ [path]: '' }, layout)).toEqual(['missing-up'])
  })

  it('are named where a name would be passed over by a slip', () => {
    expect(problems({ 'V1_users.sql': '', 'V1.a__b.sql': '', 'V2__ok.sql': '' }, null)).toEqual([
      'migration-name',
      'migration-name',
    ])
    expect(problems({ 'first_a.sql': '' }, 'sqlx')).toEqual(['migration-name'])
  })
})

describe('goose', () => {
  it.each([
    ['no marker', 'SELECT 1;\n', ['marker-order 1:1']],
    ['an empty file', '\n', ['missing-marker']],
    ['SQL before Up', '-- words\nSELECT 1;\n-- +goose Up\n', ['marker-order 2:1', 'marker-order 3:1']],
    ['a second Up', '-- +goose Up\n-- +goose Up\n', ['marker-order 2:1']],
    ['a second Down', '-- +goose Up\n-- +goose Down\n-- +goose Down\n', ['marker-order 3:1']],
    ['Down first', '-- +goose Down\n-- +goose Up\n', ['marker-order 1:1', 'marker-order 2:1']],
    ['an open statement', '-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n', ['marker-order 2:1']],
    [
      'a statement open at Down',
      '-- +goose Up\n-- +goose StatementBegin\n-- +goose Down\n',
      ['marker-order 3:1', 'marker-order 2:1'],
    ],
    ['an end without a begin', '-- +goose Up\n-- +goose StatementEnd\n', ['marker-order 2:1']],
    ['an unknown annotation', '-- +goose Up\n-- +goose Sideways\n', ['marker-order 2:1']],
    ['an indented one', '-- +goose Up\n  -- +goose Down\n', ['marker-order 2:1']],
  ])('refuses %s', (_, text, expected) => {
    expect(problems({ '1_a.sql': text }, 'goose')).toEqual(expected)
  })

  it('reads markers as goose does: any case, a comment line anywhere, never within a line', () => {
    const text =
      "--+goose up\r\nSELECT '-- +goose Down';\r\n-- +GOOSE NO TRANSACTION\r\n-- +goose Down\r\nSELECT 2;\r\n".replace(
        '+GOOSE',
        '+goose',
      )
    const { up, down } = read([{ path: '1_a.sql', text }], 'goose')
    expect(up.map(summary)).toEqual(['1 a statement'])
    expect(up[0]?.text).toContain("SELECT '-- +goose Down';")
    expect(up[0]?.text).toHaveLength(text.length)
    expect(down[0]?.text.trim()).toBe('-- +goose Down\r\nSELECT 2;')
    expect(down[0]?.text.indexOf('SELECT 2')).toBe(text.indexOf('SELECT 2'))
  })
})

describe('dbmate', () => {
  it.each([
    ['no marker', 'SELECT 1;\n', ['missing-marker']],
    ['no way down', '-- migrate:up\nSELECT 1;\n', ['missing-marker']],
    ['SQL before it', 'SELECT 1;\n-- migrate:up\n-- migrate:down\n', ['marker-order 1:1']],
    ['down first', '-- migrate:down\n-- migrate:up\n', ['marker-order 1:1']],
    [
      'two blocks',
      '-- migrate:up\n-- migrate:down\n-- migrate:up\n-- migrate:down\n',
      ['several-sections 3:1'],
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(problems({ '1_a.sql': text }, 'dbmate')).toEqual(expected)
  })

  it('takes no line that is indented, or goes on, for a marker', () => {
    const text =
      '-- migrate:up\nSELECT 1;\n -- migrate:down\n-- migrate:downwards\n-- migrate:down\nSELECT 2;\n'
    expect(read([{ path: '1_a.sql', text }], 'dbmate').down[0]?.text.trim()).toBe(
      '-- migrate:down\nSELECT 2;',
    )
  })
})

describe('drizzle', () => {
  const journal = (text: string) => ({ 'drizzle/meta/_journal.json': text })
  it.each([
    ['a journal that is no JSON', journal('{'), ['journal-unreadable']],
    ['an entry without a tag', journal('{"dialect":"postgresql","entries":[{}]}'), ['journal-unreadable']],
    ['no journal', { 'drizzle/0000_a.sql': '' }, ['journal-missing']],
    ['a missing file', journal('{"entries":[{"tag":"0000_a"}]}'), ['file-missing']],
    ['another database', journal('{"dialect":"sqlite","entries":[]}'), ['other-database']],
  ])('refuses %s', (_, files, expected) => {
    expect(problems(files, 'drizzle')).toEqual(expected)
  })

  it('goes by the journal, and ends a statement at a breakpoint', () => {
    const text = 'CREATE TABLE a ()\n--> statement-breakpoint\nSELECT 1;--> statement-breakpoint\nSELECT 2\n'
    const files = [
      { path: '0001_b.sql', text },
      { path: '0000_a.sql', text: '' },
      { path: 'meta/_journal.json', text: '{"entries":[{"tag":"0001_b"},{"tag":"0000_a"}]}' },
    ]
    const { up } = read(files)
    expect(up.map(({ version }) => version)).toEqual(['0001', '0000'])
    expect(up[0]?.text).toBe(
      `CREATE TABLE a ()\n;${' '.repeat(23)}\nSELECT 1;--> statement-breakpoint\nSELECT 2\n`,
    )
  })
})

describe('atlas', () => {
  it('reads directives in the header only, and refuses modes that Atlas refuses', () => {
    const transaction = (text: string) => read([{ path: '1_a.sql', text }], 'atlas').up[0]?.transaction
    expect(transaction('-- atlas:txmode none\n\nSELECT 1;\n')).toBe('statement')
    expect(transaction('-- atlas:txmode none\nSELECT 1;\n')).toBe('file')
    expect(transaction('SELECT 1;\n-- atlas:txmode none\n')).toBe('file')
    expect(problems({ '1_a.sql': '-- atlas:txmode all\n\nSELECT 1;\n' }, 'atlas')).toEqual([
      'unknown-marker 1:1',
    ])
  })

  it('puts semicolons where the file has another delimiter, and moves nothing', () => {
    const text = '-- atlas:delimiter -- end\nSELECT 1\n-- end\nSELECT 2;\n-- end\n'
    expect(read([{ path: '1_a.sql', text }], 'atlas').up[0]?.text).toBe(
      '-- atlas:delimiter -- end\nSELECT 1\n;     \nSELECT 2;\n      \n',
    )
    const lines = '-- atlas:delimiter \\n\\n\nSELECT 1\n\nSELECT 2;\n\nSELECT 3\n'
    expect(problems({ '1_a.sql': lines }, 'atlas')).toEqual(['unended-statement 2:1'])
    expect(
      read([{ path: '1_a.sql', text: lines.replace('SELECT 1', 'SELECT 1;') }], 'atlas').up[0]?.text,
    ).toBe(lines.replace('SELECT 1', 'SELECT 1;'))
  })
})

describe('graphile-migrate', () => {
  const committed = (previous: string, hash: string) =>
    `--! Previous: ${previous}\n--! Hash: ${hash}\n\nSELECT 1;\n`

  it('refuses a migration without its hashes, and a chain that is broken', () => {
    expect(problems({ 'committed/1.sql': 'SELECT 1;' }, 'graphile-migrate')).toEqual(['missing-marker'])
    const files = { 'committed/1.sql': committed('-', 'a'), 'committed/2.sql': committed('b', 'c') }
    expect(problems(files, null)).toEqual(['broken-chain'])
    expect(problems({ ...files, 'committed/2.sql': committed('a', 'c') }, null)).toEqual([])
  })

  it('leaves out a current.sql in which nothing is written, and says what it does not know', () => {
    const first = { path: 'committed/1.sql', text: committed('-', 'a') }
    const withCurrent = (text: string) => [first, { path: 'current.sql', text }]
    expect(read(withCurrent('-- Enter migration here\n')).up).toHaveLength(1)
    expect(read(withCurrent('--! no-transaction\nSELECT 1;\n')).up.map(summary)).toEqual([
      '1  file',
      'current  message',
    ])
    expect(problems({ 'current.sql': 'SELECT 1;\n--!include views.sql\n' }, 'graphile-migrate')).toEqual([
      'include 2:1',
    ])
  })
})

describe('prisma and diesel', () => {
  it('know a folder of another database', () => {
    const files = { 'm/migration_lock.toml': 'provider = "mysql"\n', 'm/1_a/migration.sql': '' }
    expect(problems(files, null)).toEqual(['other-database'])
  })

  it('take a metadata file without the key for no transaction, as diesel does', () => {
    const transaction = (text: string) =>
      read([
        { path: 'm/1_a/up.sql', text: '' },
        { path: 'm/1_a/metadata.toml', text },
      ]).up[0]?.transaction
    expect(transaction('')).toBe('message')
    expect(transaction('run_in_transaction = true # as ever\n')).toBe('file')
    expect(transaction('# run_in_transaction = true\n')).toBe('message')
  })
})
