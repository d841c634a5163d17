/** `migrate lint` at home in a pipeline: reports to files, baselines, git, thresholds. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { baseline } from '../../src/model/baseline.ts'
import { lintReport } from '../../src/model/finding.ts'
import { codeQuality } from '../report/code-quality.ts'
import { junitDocument } from '../report/junit-document.ts'
import { readXml } from '../report/read-xml.ts'
import { sarifLog } from '../report/sarif-log.ts'
import { workflowCommand } from '../report/workflow-command.ts'
import { runMigrate, type Ended } from './run-migrate.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-ci-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function write(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const json = (name: string): unknown => JSON.parse(read(name))

const lint = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  runMigrate(['lint', ...args], {
    cwd: folder,
    env: { GITHUB_WORKSPACE: '', GITHUB_STEP_SUMMARY: '', ...env },
  })

/** `path rule` of what is counted. */
async function found(args: readonly string[]): Promise<readonly string[]> {
  const ended = await lint([...args, '--format', 'json'])
  expect(ended.stderr).toBe('')
  return lintReport
    .parse(JSON.parse(ended.stdout))
    .files.flatMap(({ path, findings }) => findings.map(({ rule }) => `${path} ${rule}`))
}

const index = "SET lock_timeout = '1s';\nCREATE INDEX orders_customer ON orders (customer_id);\n"

describe('reports', () => {
  it('go to stdout and to files in one run', async () => {
    write({ 'migrations/001_index.sql': index })
    const files = ['sarif=out/a.sarif', 'gitlab=out/gl.json', 'junit=out/junit.xml', 'markdown=out/c.md']
    const ended = await lint(['--format', 'json', ...files.flatMap((file) => ['--report', file])])
    expect(ended).toMatchObject({ code: 1, stderr: '' })
    expect(lintReport.parse(JSON.parse(ended.stdout)).summary.errors).toBe(1)
    expect(sarifLog.parse(json('out/a.sarif')).runs[0]?.results).toHaveLength(1)
    expect(codeQuality.parse(json('out/gl.json'))).toHaveLength(1)
    expect(junitDocument(readXml(read('out/junit.xml'))).attributes.failures).toBe(1)
    expect(read('out/c.md')).toContain('`create-index-blocking`')
  })

  it('annotate a workflow of a folder within the repository, and write its step summary', async () => {
    write({ 'migrations/001_index.sql': index, 'summary.md': 'before\n' })
    const ended = await lint(['--format', 'github'], {
      GITHUB_WORKSPACE: dirname(folder),
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
    })
    const [command] = ended.stdout.split('\n').map(workflowCommand)
    const name = folder.slice(dirname(folder).length + 1)
    expect(command).toMatchObject({
      name: 'error',
      properties: { file: `${name}/migrations/001_index.sql`, line: '2', title: 'create-index-blocking' },
    })
    expect(read('summary.md')).toMatch(/^before\n### migrate lint\n/)
  })

  it.each([
    { args: ['--report', 'sarif'], says: 'It takes FORMAT=FILE' },
    { args: ['--report', 'xml=a'], says: 'pretty, json, github, sarif, gitlab, junit, markdown' },
    { args: ['--report', 'json=migrations'], says: 'migrations cannot be written' },
  ])('exits 2 on $args', async ({ args, says }) => {
    write({ 'migrations/001_index.sql': index })
    const ended = await lint(args)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain(says)
  })
})

describe('--baseline', () => {
  it('takes what was there out of the count, and says what is gone', async () => {
    write({ 'migrations/001_index.sql': index })
    expect(await lint(['--write-baseline', 'known.json'])).toMatchObject({ code: 0, stderr: '' })
    expect(baseline.parse(json('known.json')).findings).toMatchObject([
      {
        path: 'migrations/001_index.sql',
        rule: 'create-index-blocking',
        line: 'CREATE INDEX orders_customer ON orders (customer_id);',
      },
    ])
    write({ 'migrations/001_index.sql': `-- moved\n\n${index}` })
    expect(await lint(['--baseline', 'known.json'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 in the baseline'),
    })
    write({ 'migrations/001_index.sql': 'SELECT 1;\n' })
    const ended = await lint(['--baseline', 'known.json'])
    expect(ended.code).toBe(0)
    expect(ended.stdout).toContain('stale create-index-blocking')
  })

  it.each([
    { content: null, says: 'There is no baseline known.json' },
    { content: 'no', says: 'known.json is not JSON' },
    { content: '{ "formatVersion": 1, "findings": [{ "path": 1 }] }', says: 'findings[0].path' },
  ])('exits 2 where $says', async ({ content, says }) => {
    write({ 'migrations/001_index.sql': index, ...(content === null ? {} : { 'known.json': content }) })
    const ended = await lint(['--baseline', 'known.json'])
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(says)
  })
})

describe('--since and --changed', () => {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: folder,
      stdio: 'pipe',
    })
  const commit = (name: string) => {
    git('add', '-A')
    git('commit', '-q', '-m', name)
  }
  const rule = 'create-index-blocking'

  /** main: 001, 002. The branch left it at 001 and has 003 and 004; 005 is not committed, 006 not known to git. */
  function repository(): void {
    git('init', '-q', '-b', 'main')
    write({ 'db/001_orders.sql': index })
    commit('one')
    git('switch', '-q', '-c', 'feature')
    write({ 'db/003_über, "a b".sql': index, 'db/004_gone.sql': index })
    commit('two')
    git('switch', '-q', 'main')
    write({ 'db/002_main.sql': index })
    commit('three')
    git('switch', '-q', 'feature')
    write({ 'db/005_staged.sql': index })
    git('add', '-A')
    rmSync(join(folder, 'db/004_gone.sql'))
    write({ 'db/006_new.sql': index })
  }

  it('report what this branch changed, committed or not', async () => {
    repository()
    expect(await found(['db', '--since', 'main'])).toEqual([
      `db/003_über, "a b".sql ${rule}`,
      `db/005_staged.sql ${rule}`,
      `db/006_new.sql ${rule}`,
    ])
    expect(await found(['db', '--changed'])).toEqual([`db/005_staged.sql ${rule}`, `db/006_new.sql ${rule}`])
    expect(await found([join(folder, 'db'), '--changed'])).toHaveLength(2)
  })

  it('see a statement in the light of files that have not changed', async () => {
    git('init', '-q', '-b', 'main')
    write({ 'db/001_orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL);\n' })
    commit('one')
    write({ 'db/002_state.sql': 'SET lock_timeout = 1;\nALTER TABLE orders ALTER state SET NOT NULL;\n' })
    expect(await found(['db', '--changed'])).toEqual([])
  })

  it('count what is there before the first commit', async () => {
    git('init', '-q')
    write({ 'db/001_orders.sql': index, 'db/002_more.sql': index })
    git('add', 'db/001_orders.sql')
    expect(await found(['db', '--changed'])).toHaveLength(2)
  })

  it('work in a folder of the repository, whatever diffs are configured to be', async () => {
    git('init', '-q', '-b', 'main')
    git('config', 'diff.relative', 'true')
    git('config', 'diff.external', 'false')
    write({ 'server/readme': '', 'db/001_orders.sql': 'SELECT 1;' })
    commit('one')
    write({ 'db/001_orders.sql': index })
    const ended = await runMigrate(['lint', '../db', '--changed'], { cwd: join(folder, 'server') })
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('../db/001_orders.sql:2:1') })
  })

  it('say what git cannot answer', async () => {
    write({ 'migrations/001_index.sql': index })
    const says = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const ended = await lint(args, env)
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      return ended.stderr
    }
    // Above the temporary folder there may be a repository.
    const alone = { GIT_CEILING_DIRECTORIES: dirname(folder) }
    expect(await says(['--changed'], alone)).toContain('not-a-repository')
    expect(await says(['--changed'], { PATH: '' })).toContain('git-missing')
    git('init', '-q', '-b', 'main')
    commit('one')
    expect(await says(['--since', 'nowhere'])).toContain('git knows no revision nowhere')
    expect(await says(['--since', '--output=x'])).toContain('git knows no revision --output=x')
    git('switch', '-q', '--orphan', 'other')
    write({ 'migrations/001_index.sql': index })
    commit('two')
    expect(await says(['--since', 'main'])).toContain('no commit in common')
    expect(await says(['--since', 'main', '--changed'])).toContain('cannot be used with')
  })

  it('say that a clone is too shallow, and how to deepen it', async () => {
    repository()
    commit('four')
    const shallow = join(folder, 'shallow')
    git('clone', '-q', '--depth', '1', '--no-single-branch', `file://${folder}`, shallow)
    const ended = await runMigrate(['lint', 'db', '--since', 'origin/main'], { cwd: shallow })
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('too shallow')
    expect(ended.stderr).toContain('fetch-depth: 0')
  })
})

describe('the config', () => {
  const config = (value: object) => ({ 'lockstep.config.json': JSON.stringify(value) })

  it('takes files in and leaves files out, named or not', async () => {
    write({
      'migrations/001_index.sql': index,
      'migrations/seeds/001_rows.sql': new Uint8Array([0xff]),
      ...config({ exclude: ['**/seeds/**'] }),
    })
    expect(await found([])).toEqual(['migrations/001_index.sql create-index-blocking'])
    expect(await found(['migrations/seeds/001_rows.sql'])).toEqual([])
    write(config({ include: ['**/0?2_*.sql'], exclude: ['**/seeds/**'] }))
    expect(await found([])).toEqual([])
  })

  it('says other severities and transactions for some paths, the last that matches', async () => {
    const carried = 'ALTER TABLE orders ADD COLUMN a int;\nSELECT count(*) FROM orders;\n'
    write({ 'old/001_index.sql': index, 'new/001_index.sql': index, 'new/002_carried.sql': carried })
    const rules = (severity: string) => ({ 'create-index-blocking': severity })
    write(
      config({
        rules: { 'missing-lock-timeout': 'off', ...rules('warning') },
        overrides: [
          { files: ['{old,new}/**'], rules: rules('off') },
          { files: ['new/**'], rules: rules('error') },
        ],
      }),
    )
    const inOneTransaction = await found(['old', 'new'])
    expect(inOneTransaction).toContain('new/001_index.sql create-index-blocking')
    expect(inOneTransaction.filter((line) => line.startsWith('old/'))).toEqual([])
    const concurrently = 'CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);\n'
    write({ 'new/002_carried.sql': concurrently })
    expect(await found(['new'])).toContain('new/002_carried.sql concurrent-in-transaction')
    write(config({ overrides: [{ files: ['**/002_*'], transaction: 'statement' }] }))
    expect(await found(['new'])).not.toContain('new/002_carried.sql concurrent-in-transaction')
  })

  it('says everything that is wrong with rules by name, and which was meant', async () => {
    write({
      'migrations/001_index.sql': index,
      ...config({
        rules: { 'create-index-bloking': 'off' },
        overrides: [{ files: ['**'], rules: { nonsense: 'off' } }],
      }),
    })
    const ended = await lint([])
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('Did you mean create-index-blocking?')
    expect(ended.stderr).toContain('nonsense, to which the config gives a severity (overrides[0].rules)')
  })

  it('may be TypeScript where Node can load it, and else says what to do', async () => {
    write({
      'migrations/001_index.sql': index,
      'lockstep.config.ts':
        "const rules: Record<string, string> = { 'create-index-blocking': 'off' }\nexport default { rules }\n",
    })
    const ended = await lint([])
    const knowsTypes = Boolean(Reflect.get(process.features, 'typescript'))
    const saysWhatToDo = ended.stderr.includes('name it lockstep.config.js')
    expect([ended.code, saysWhatToDo]).toEqual(knowsTypes ? [0, false] : [2, true])
  })
})

describe('--max-warnings', () => {
  it('fails from one more on; the config may say it too', async () => {
    write({ 'migrations/001_empty.sql': '', 'migrations/002_empty.sql': '' })
    expect(await lint([])).toMatchObject({ code: 0, stderr: '' })
    expect(await lint(['--max-warnings', '2'])).toMatchObject({ code: 0, stderr: '' })
    expect(await lint(['--max-warnings', '1'])).toMatchObject({
      code: 1,
      stderr: '2 warnings, and at most 1 are allowed\n',
    })
    write({ 'lockstep.config.json': '{ "maxWarnings": 0 }' })
    expect((await lint([])).code).toBe(1)
    expect((await lint(['--max-warnings', '5'])).code).toBe(0)
  })
})
