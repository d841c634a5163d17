/** `migrate plan` from files alone, and the command line as a whole. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readPlan } from '../../src/plan/plan-file.ts'
import { runMigrate, startMigrate, type Ended } from './run-migrate.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-cli-'))
  write({
    'migrations/001_orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n',
    'migrations/002_state.sql': 'ALTER TABLE orders ADD COLUMN state text;\n',
    'migrations/003_index.sql': 'CREATE INDEX orders_state ON orders (state);\n',
  })
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** Without a proof, which takes a server. */
function plan(...args: readonly string[]): Promise<Ended> {
  return runMigrate(['plan', '--no-proof', '--server-version', '15', ...args], { cwd: folder })
}

function read(path: string) {
  const result = readPlan(readFileSync(join(folder, path), 'utf8'), path)
  if (!result.ok) throw new Error(`${path} is not a plan`)
  return result.value
}

describe('migrate plan', () => {
  it('writes plans/ID.json, and says how much is in it', async () => {
    expect(await plan('--through', '001')).toEqual({
      code: 0,
      stdout: 'plans/migrations-003.json: 2 migrations, 2 steps, 1 stage, 0 gates\n',
      stderr: '',
    })
    expect(read('plans/migrations-003.json').base).toEqual({ from: 'through', versions: ['001'] })
  })

  it('says why each step stands where it stands, as text or as JSON, and writes no file', async () => {
    const text = await plan('--through', '001', '--explain-order')
    expect(text).toMatchObject({ code: 0, stderr: '' })
    expect(text.stdout).toContain('2 build-orders-state')
    expect(text.stdout).toContain('needs 1 add-orders-state: column public.orders.state')
    const json = await plan('--through', '001', '--explain-order', '--format', 'json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      formatVersion: 1,
      plan: 'migrations-003',
      steps: [{}, {}],
    })
    expect(existsSync(join(folder, 'plans'))).toBe(false)
    const refused = await plan('--explain-order', '--format', 'sql')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('The order of a plan is not explained as sql')
  })

  it.each([
    { format: 'json', begins: '{\n  "formatVersion": 1,\n' },
    { format: 'sql', begins: '-- lockstep plan migrations-003, for PostgreSQL 15\n' },
    { format: 'markdown', begins: '# Plan `migrations-003`\n' },
  ])('prints the plan as $format and nothing else, and writes no file', async ({ format, begins }) => {
    const ended = await plan('--through', '001', '--format', format)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout.slice(0, begins.length)).toBe(begins)
    expect(existsSync(join(folder, 'plans'))).toBe(false)
  })

  it('writes where --out says, in the format that is asked for', async () => {
    const json = await plan('--through', '001', '--out', 'deep/er/plan.json', '--id', 'release-7')
    expect(json.stdout).toContain('deep/er/plan.json: ')
    expect(read('deep/er/plan.json').id).toBe('release-7')
    await plan('--through', '001', '--out', 'plan.md', '--format', 'markdown')
    expect(readFileSync(join(folder, 'plan.md'), 'utf8')).toMatch(/^# Plan/)
    expect(readdirSync(folder)).toEqual(['deep', 'migrations', 'plan.md'])
  })

  it('tells every file’s mistakes at once, each with its place and caret, and writes nothing', async () => {
    write({
      'migrations/004_mistake.sql': 'ALTER TABEL orders ADD x int;\n',
      'migrations/005_again.sql': '-- an index\nREINDEX TABLE orders;\n',
      'migrations/006_type.sql': 'ALTER TABLE orders ALTER COLUMN state TYPE jsonb USING state::jsonb;\n',
    })
    const ended = await plan('--through', '001')
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toContain('  migrations/004_mistake.sql:1:7\n  1 | ALTER TABEL')
    expect(ended.stderr).toContain('  migrations/005_again.sql:2:1\n  2 | REINDEX TABLE orders')
    expect(ended.stderr).toContain('  migrations/006_type.sql:1:1\n  1 | ALTER TABLE orders ALTER')
    expect(ended.stderr.match(/^ {4}\| +\^+$/gm)).toHaveLength(3)
    expect(ended.stderr.match(/^ {2}→ /gm)).toHaveLength(3)
    expect(existsSync(join(folder, 'plans'))).toBe(false)
  })

  it('has nothing to do when everything is applied', async () => {
    expect(await plan('--through', '003')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'nothing to plan: every migration named in migrations is applied\n',
    })
  })

  it('warns of applied versions that no file bears', async () => {
    write({ 'applied.txt': '# from the history table\n000\n\n001\n' })
    const ended = await plan('--applied', 'applied.txt')
    expect(ended.code).toBe(0)
    expect(ended.stderr).toBe(
      'warning: applied, and not in migrations: 000. The plan knows nothing of them.\n',
    )
    expect(read('plans/migrations-003.json').base).toEqual({ from: 'applied-file', versions: ['001'] })
  })

  it('makes one plan a file with --each', async () => {
    const ended = await plan('--through', '001', '--each')
    expect(ended.code).toBe(0)
    expect(readdirSync(join(folder, 'plans'))).toEqual(['migrations-002.json', 'migrations-003.json'])
    expect(read('plans/migrations-003.json').base.versions).toEqual(['001', '002'])
  })

  it.each([
    { args: ['--through', '009'], says: ['No migration has version 009', 'Versions here are 001 to 003.'] },
    { args: ['--applied', 'none.txt'], says: ['There is no file none.txt'] },
    { args: ['--through', '001', '--applied', 'x'], says: ['cannot be used with option'] },
    { args: ['--each', '--out', 'one.json'], says: ['cannot be used with option'] },
    { args: ['--id', '../elsewhere'], says: ['../elsewhere cannot be the name of a plan', 'Use letters'] },
    { args: ['--server-version', 'new'], says: ['Give --server-version 14 to 18.'] },
    { args: ['elsewhere'], says: ['There is no elsewhere'] },
    { args: ['--out', 'migrations'], says: ['error file-error: EISDIR'] },
    { args: ['--format', 'xml'], says: ['Allowed choices are json, sql, markdown'] },
  ])('exits 2 on $args', async ({ args, says }) => {
    const ended = await plan(...args)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    for (const text of says) expect(ended.stderr).toContain(text)
    expect(existsSync(join(folder, 'plans'))).toBe(false)
  })
})

describe('migrate', () => {
  const commands = ['lint', 'plan', 'prove', 'apply', 'rollback', 'verify', 'status', 'explain', 'demo']

  it.each(commands)('%s --help has an example', async (command) => {
    const { code, stdout, stderr } = await runMigrate([command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`\nExample:\n  $ migrate ${command}`)
  })

  it('lists its commands, and what its exit codes mean', async () => {
    const { code, stdout } = await runMigrate(['--help'])
    expect(code).toBe(0)
    for (const command of commands) expect(stdout).toContain(`\n  ${command} `)
    expect(stdout).toContain('Exit codes: 0 ')
  })

  it.each([
    { args: [], says: 'Usage: migrate' },
    { args: ['lintt'], says: "unknown command 'lintt'\n(Did you mean lint?)" },
    { args: ['prove'], says: "missing required argument 'plan'" },
    { args: ['prove', 'none.json'], says: 'There is no plan none.json' },
    { args: ['demo', '--to', '3.x'], says: 'Allowed choices are 1.x, 2.x' },
  ])('exits 2 on $args', async ({ args, says }) => {
    const ended = await runMigrate(args, { cwd: folder })
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(says)
  })

  it('paints nothing when its output is no terminal, nor with NO_COLOR', async () => {
    const escape = String.fromCharCode(27)
    for (const NO_COLOR of ['', '1']) {
      const { stdout } = await runMigrate(['lint'], { cwd: folder, env: { NO_COLOR } })
      expect(stdout).toContain('create-index-blocking')
      expect(stdout).not.toContain(escape)
    }
  })

  it('ends quietly when nobody reads on', async () => {
    const running = startMigrate(['explain'])
    running.stopReading()
    expect((await running.ended).code).toBe(0)
    const linting = startMigrate(['lint'], { cwd: folder })
    linting.stopReading()
    expect((await linting.ended).code).toBe(1)
  })
})
