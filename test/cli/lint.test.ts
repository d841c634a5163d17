/** `migrate lint` as a CI job meets it: exit codes, what goes where, and messages for input that is not as it should be. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lintReport } from '../../src/model/finding.ts'
import { runMigrate } from './run-migrate.ts'

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

  it('refuses bytes that are not UTF-8, and names the file', async () => {
    write({ 'migrations/001_latin.sql': new Uint8Array([0x2d, 0x2d, 0x20, 0xe9, 0x0a]) })
    const ended = await runMigrate(['lint'], { cwd: folder })
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('migrations/001_latin.sql is not UTF-8')
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
})

describe('migrate explain', () => {
  it('prints the page of a rule, and lists all without one', async () => {
    const page = await runMigrate(['explain', 'create-index-blocking'])
    expect(page.code).toBe(0)
    expect(page.stdout).toContain('# create-index-blocking')
    expect((await runMigrate(['explain'])).stdout).toContain('\nset-not-null-scan ')
  })

  it('exits 2 on a rule that is not', async () => {
    expect(await runMigrate(['explain', 'nonsense'])).toMatchObject({ code: 2, stdout: '' })
  })
})
