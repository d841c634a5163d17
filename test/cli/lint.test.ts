/** `migrate lint` as a CI job meets it: exit codes, what goes where, and messages for input that is not as it should be. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lintReport, ruleManual } from '../../src/model/finding.ts'
import { packageFolder, runMigrate } from './run-migrate.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-cli-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function write(files: Readonly<Record<string, string | Uint8Array>>): void {
  mkdirSync(join(folder, 'migrations'), { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
}

describe('migrate lint', () => {
  it('exits 0 and says so where nobody waits', async () => {
    write({ 'migrations/001_orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY);\n' })
    expect(await runMigrate(['lint'], { cwd: folder })).toEqual({
      code: 0,
      stdout: '0 errors, 0 warnings in 1 statement of 1 file\n',
      stderr: '',
    })
  })

  it('exits 1 on a stall, with the contract on stdout and nothing beside it', async () => {
    write({
      'migrations/001_orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);\n',
      'migrations/002_index.sql': '-- é\nCREATE INDEX orders_customer ON orders (customer_id);\n',
    })
    const ended = await runMigrate(['lint', 'migrations', '--format', 'json'], { cwd: folder })
    expect(ended).toMatchObject({ code: 1, stderr: '' })
    const report = lintReport.parse(JSON.parse(ended.stdout))
    expect(report.files[1]?.statements).toEqual([
      {
        index: 0,
        line: 2,
        column: 1,
        kind: 'create-index',
        locks: [{ relation: 'public.orders', mode: 'Share' }],
        rewrites: [],
        scans: ['public.orders'],
        stalls: 'writes',
      },
    ])
    expect(report.files[1]?.findings.map(({ rule }) => rule)).toContain('create-index-blocking')
  })

  it('reports a named file only, in the context of those before it', async () => {
    write({
      'migrations/001_orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY);\n',
      'migrations/002_more.sql': 'ALTER TABLE orders ADD COLUMN note text;\n',
    })
    const ended = await runMigrate(['lint', 'migrations/002_more.sql', '--format', 'json'], { cwd: folder })
    const report = lintReport.parse(JSON.parse(ended.stdout))
    expect(report.files.map(({ path }) => path)).toEqual(['migrations/002_more.sql'])
  })

  it('shows a syntax error with its caret, and lints the other statements', async () => {
    write({
      'migrations/001_mixed.sql':
        'CREATE TABLE a (id int);\nALTER TABEL a ADD b int;\nCREATE INDEX ON old_table (x);\n',
    })
    const ended = await runMigrate(['lint'], { cwd: folder })
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('migrations/001_mixed.sql:2:7')
    expect(ended.stdout).toContain('  2 | ALTER TABEL a ADD b int;\n    |       ^^^^^')
    expect(ended.stdout).toContain('create-index-blocking')
  })

  it.each([
    { what: 'a path that is not there', args: ['nowhere'], says: 'There is no nowhere' },
    { what: 'an unknown option', args: ['--quick'], says: "unknown option '--quick'" },
    { what: 'an unknown format', args: ['--format', 'xml'], says: 'Allowed choices are pretty, json' },
    { what: 'an unknown layout', args: ['--layout', 'rails'], says: 'rails' },
    { what: 'a threshold that is none', args: ['--max-warnings', '-1'], says: 'It takes a whole number' },
    { what: 'a config that is not there', args: ['-c', 'no.json'], says: 'There is no config file no.json' },
  ])('exits 2 on $what', async ({ args, says }) => {
    write({ 'migrations/001_a.sql': 'SELECT 1;\n' })
    const ended = await runMigrate(['lint', ...args], { cwd: folder })
    expect(ended.stderr).toContain(says)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
  })

  it('says everything that is wrong with a config at once', async () => {
    write({
      'migrations/001_a.sql': 'SELECT 1;\n',
      'lockstep.config.json': '{ "stallBudgetMs": -1, "rules": { "x": "fatal" }, "colour": true }',
    })
    const { code, stderr } = await runMigrate(['lint'], { cwd: folder })
    expect(code).toBe(2)
    for (const key of ['stallBudgetMs', 'rules.x', 'colour']) expect(stderr).toContain(key)
  })

  it('lets the config turn a rule off and the threshold be moved', async () => {
    write({
      'migrations/001_index.sql':
        "SET lock_timeout = '1s';\nCREATE INDEX orders_customer ON orders (customer_id);\n",
      'lockstep.config.json': '{ "rules": { "create-index-blocking": "warning" } }',
    })
    expect((await runMigrate(['lint'], { cwd: folder })).code).toBe(0)
    expect((await runMigrate(['lint', '--fail-on', 'warning'], { cwd: folder })).code).toBe(1)
  })

  it.each([
    { what: 'Latin 1', bytes: [0x2d, 0x2d, 0x0a, 0x2d, 0x2d, 0xe9, 0x0a], at: '2:3', says: 'the byte 0xE9' },
    { what: 'UTF-16', bytes: [0xff, 0xfe, 0x2d, 0, 0x2d, 0], at: '1:1', says: 'it is UTF-16' },
    { what: 'a character cut off', bytes: [0x2d, 0x2d, 0xc3, 0xa9, 0xe2, 0x82], at: '1:4', says: '0xE2' },
    { what: 'an overlong form', bytes: [0x2d, 0x2d, 0xc0, 0xaf, 0x0a], at: '1:3', says: '0xC0' },
  ])('says where a file stops being UTF-8 ($what), exits 2, and lints the others', async (one) => {
    write({
      'migrations/001_other.sql': new Uint8Array(one.bytes),
      'migrations/002_index.sql': 'CREATE INDEX orders_customer ON orders (customer_id);\n',
    })
    const ended = await runMigrate(['lint'], { cwd: folder })
    expect(ended).toMatchObject({ code: 2, stderr: '' })
    expect(ended.stdout).toContain('migrations/001_other.sql is not UTF-8')
    expect(ended.stdout).toContain(`migrations/001_other.sql:${one.at}\n`)
    expect(ended.stdout).toContain(one.says)
    expect(ended.stdout).toContain('create-index-blocking')
  })

  it('says of an empty file that it is', async () => {
    write({ 'migrations/001_empty.sql': '', 'migrations/002_more.sql': 'SELECT 1;\n' })
    const ended = await runMigrate(['lint'], { cwd: folder })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toContain('migrations/001_empty.sql:1:1')
    expect(ended.stdout).toContain('warning empty-file')
  })

  it('lints the other folders where one follows no layout, and exits 2', async () => {
    write({ 'migrations/001_index.sql': 'CREATE INDEX orders_customer ON orders (customer_id);\n' })
    mkdirSync(join(folder, 'other'))
    write({ 'other/whatever it is.sql': 'SELECT 1;\n' })
    const ended = await runMigrate(['lint', 'migrations', 'other'], { cwd: folder })
    expect(ended.code).toBe(2)
    expect(ended.stdout).toContain('create-index-blocking')
    expect(ended.stderr).toContain('other/whatever it is.sql')
  })

  it('names the statement of a psql script, a template or another product, and lints the rest', async () => {
    write({
      'migrations/001_mixed.sql': [
        '\\i other.sql',
        'ALTER TABLE {{ table }} ADD a int;',
        'CREATE TABLE `a` (b int);',
        'ALTER TABLE :t ADD a int;',
        'CREATE INDEX orders_customer ON orders (customer_id);',
      ].join('\n'),
    })
    const ended = await runMigrate(['lint', '--format', 'json'], { cwd: folder })
    expect(ended).toMatchObject({ code: 1, stderr: '' })
    const [file] = lintReport.parse(JSON.parse(ended.stdout)).files
    expect(file?.problems.map(({ code, position }) => `${code} ${position?.line}`)).toEqual([
      'psql-command 1',
      'template 2',
      'other-dialect 3',
      'psql-variable 4',
    ])
    expect(file?.findings.map(({ rule }) => rule)).toContain('create-index-blocking')
  })

  it('knows the tables of --schema', async () => {
    write({
      'schema.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY, note text NOT NULL);\n',
      'migrations/001_not_null.sql': 'ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\n',
    })
    const blind = await runMigrate(['lint', '--format', 'json'], { cwd: folder })
    const seeing = await runMigrate(['lint', '--format', 'json', '--schema', 'schema.sql'], { cwd: folder })
    const stalls = (text: string) => lintReport.parse(JSON.parse(text)).files[0]?.statements[0]?.stalls
    expect([stalls(blind.stdout), stalls(seeing.stdout)]).toEqual(['reads', null])
  })

  it('takes what is pending for one release where --through or --applied says what is applied', async () => {
    write({
      'migrations/001_orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n',
      'migrations/002_lines.sql': 'CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint);\n',
      'migrations/003_index.sql':
        'CREATE INDEX lines_order ON lines (order_id);\nCREATE INDEX orders_note ON orders (note);\n',
      'applied.txt': '001\n',
    })
    const found = async (...args: readonly string[]) => {
      const ended = await runMigrate(['lint', '--format', 'json', ...args], { cwd: folder })
      return lintReport
        .parse(JSON.parse(ended.stdout))
        .files.map(({ path, findings }) => [
          path,
          findings.filter(({ rule }) => rule === 'create-index-blocking').map(({ line }) => line),
        ])
    }
    const release = [
      ['migrations/002_lines.sql', []],
      ['migrations/003_index.sql', [2]],
    ]
    expect(await found('--through', '001')).toEqual(release)
    expect(await found('--applied', 'applied.txt')).toEqual(release)
    expect(await found('--through', '002')).toEqual([['migrations/003_index.sql', [1, 2]]])
    expect(await found('migrations/003_index.sql', '--through', '001')).toEqual([
      ['migrations/003_index.sql', [2]],
    ])
  })

  it('takes --schema for what the applied migrations have made', async () => {
    write({
      'schema.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY, note text NOT NULL);\n',
      'migrations/001_orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY);\n',
      'migrations/002_note.sql': 'ALTER TABLE orders ALTER note SET NOT NULL;\n',
    })
    const args = ['lint', '--format', 'json', '--through', '001']
    const blind = await runMigrate(args, { cwd: folder })
    const seeing = await runMigrate([...args, '--schema', 'schema.sql'], { cwd: folder })
    const stalls = (text: string) =>
      lintReport.parse(JSON.parse(text)).files.map(({ statements }) => statements[0]?.stalls)
    expect([stalls(blind.stdout), stalls(seeing.stdout)]).toEqual([['reads'], [null]])
  })
})

describe('migrate explain', () => {
  it('prints the page of a rule, and lists all without one', async () => {
    const page = await runMigrate(['explain', 'create-index-blocking'])
    expect(page.code).toBe(0)
    expect(page.stdout).toContain('# create-index-blocking')
    expect((await runMigrate(['explain'])).stdout).toContain('\nset-not-null-scan ')
  })

  it('prints a manual as data', async () => {
    const one = await runMigrate(['explain', 'create-index-blocking', '--format', 'json'])
    expect(ruleManual.parse(JSON.parse(one.stdout))).toMatchObject({ id: 'create-index-blocking' })
    const all = await runMigrate(['explain', '--format', 'json'])
    expect(z.array(ruleManual).parse(JSON.parse(all.stdout)).length).toBeGreaterThan(40)
  })

  it('knows what lint finds by itself', async () => {
    const page = await runMigrate(['explain', 'unused-suppression'])
    expect(page.stdout).toContain('# unused-suppression')
  })

  it.each([
    ['nonsense', 'migrate explain lists them all'],
    ['create-index-bloking', 'Did you mean create-index-blocking?'],
  ])('exits 2 on a rule that is not: %s', async (rule, says) => {
    const ended = await runMigrate(['explain', rule])
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(says)
  })
})

describe('the layouts of other runners', () => {
  const layouts = join(packageFolder, 'test/layouts')
  const concurrent = async (args: readonly string[]) => {
    const ended = await runMigrate(['lint', ...args, '--format', 'json'], { cwd: layouts })
    const { files } = lintReport.parse(JSON.parse(ended.stdout))
    return {
      stderr: ended.stderr,
      problems: files.flatMap((file) => file.problems),
      inTransaction: files
        .filter(({ findings }) => findings.some(({ rule }) => rule === 'concurrent-in-transaction'))
        .map(({ path }) => path),
      index: files.flatMap(({ path, statements }) =>
        statements.filter(({ kind }) => kind === 'create-index').map(({ line }) => `${path}:${line}`),
      ),
    }
  }

  it.each([
    ['atlas/migrations', 'atlas/migrations/20240103090000_index.sql:4', /note: atlas .*checkpoint/],
    ['dbmate', 'dbmate/db/migrations/20240102120000_users_email.sql:4', /^$/],
    ['diesel', 'diesel/migrations/2024-01-02-120000-0000_users_email/up.sql:1', /^$/],
    ['drizzle', 'drizzle/drizzle/0001_users_email.sql:1', /note: drizzle .*0002_left_out/],
    ['flyway', 'flyway/db/migration/V1_2__users_email.sql:2', /note: flyway .*B2__all.sql and 1 more/],
    ['golang-migrate', 'golang-migrate/migrations/000002_users_email.up.sql:1', /seed.sql: passed over/],
    ['goose', 'goose/migrations/00002_users_email.sql:4', /schema.sql: passed over/],
    ['graphile-migrate', 'graphile-migrate/migrations/committed/000002-users-email.sql:6', /^$/],
    ['prisma', 'prisma/migrations/20240102120000_users_email/migration.sql:2', /^$/],
    ['sqlx', 'sqlx/migrations/20240102120000_users_email.sql:2', /schema.sql: passed over/],
    ['supabase', 'supabase/migrations/20240102120000_users_email.sql:1', /notes.sql|init.sql/],
  ])('reads %s, and finds no concurrent build in a transaction', async (path, index, note) => {
    const linted = await concurrent([path])
    expect(linted).toMatchObject({ problems: [], inTransaction: [], index: [index] })
    expect(linted.stderr).toMatch(note)
  })

  it('takes a folder or a file of one migration for a part of the history around it', async () => {
    const index = 'prisma/migrations/20240102120000_users_email/migration.sql'
    for (const named of [index, 'prisma/migrations/20240102120000_users_email']) {
      expect(await concurrent([named])).toMatchObject({ index: [`${index}:2`], problems: [] })
    }
  })

  it('reads a named file that its runner passes over as it is', async () => {
    write({
      'migrations/000001_a.up.sql': 'CREATE TABLE a (id bigint PRIMARY KEY);\n',
      'migrations/seed.sql': 'CREATE INDEX a_id ON a (id);\n',
    })
    const ended = await runMigrate(['lint', 'migrations/seed.sql', '--format', 'json'], { cwd: folder })
    const { files } = lintReport.parse(JSON.parse(ended.stdout))
    expect(files.map(({ path, statements }) => [path, statements.length])).toEqual([
      ['migrations/seed.sql', 1],
    ])
  })

  it('asks where two layouts fit', async () => {
    write({
      'migrations/1_a.sql': '-- +goose Up\nSELECT 1;\n',
      'migrations/2_b.sql': '-- no-transaction\nSELECT 1;\n',
    })
    expect(await runMigrate(['lint'], { cwd: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--layout goose or --layout sqlx'),
    })
  })
})
