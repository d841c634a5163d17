/** `migrate lint` at home in a pipeline: reports to files, baselines, git, thresholds. */
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
