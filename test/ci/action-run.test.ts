/**
 * The action's lint step and the hook as their runners run them: in a repository with a base branch, with the environment
 * that a runner gives, on the command that was built. What a runner does around them is not here.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const root = resolve(import.meta.dirname, '../..')
const action = z
  .looseObject({
    inputs: z.record(z.string(), z.looseObject({ default: z.string() })),
    runs: z.looseObject({
      steps: z.array(z.looseObject({ run: z.string(), env: z.record(z.string(), z.string()).optional() })),
    }),
  })
  .parse(parse(readFileSync(join(root, 'action.yml'), 'utf8')))
const hooks = z
  .array(z.looseObject({ entry: z.string() }))
  .parse(parse(readFileSync(join(root, '.pre-commit-hooks.yaml'), 'utf8')))

let folder = ''
let repository = ''
const inRepository = (name: string) => join(repository, 'server', 'migrations', name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-action-'))
  repository = join(folder, 'checkout')
  mkdirSync(join(repository, 'server', 'migrations'), { recursive: true })
  git('init', '-q', '-b', 'main')
  writeFileSync(
    inRepository('001_orders.sql'),
    'CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint);\n',
  )
  writeFileSync(inRepository('002_old.sql'), 'CREATE INDEX orders_old ON orders (id, customer);\n')
  git('add', '.')
  git('commit', '-qm', 'base')
  git('checkout', '-q', '-b', 'change')
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function git(...args: readonly string[]): void {
  const identity = ['-c', 'user.name=n', '-c', 'user.email=e@example.org', '-c', 'commit.gpgsign=false']
  execFileSync('git', [...identity, ...args], { cwd: repository })
}

function commit(name: string, sql: string): void {
  writeFileSync(inRepository(name), sql)
  git('add', '.')
  git('commit', '-qm', name)
}

/** The Lint step in `server/`, as `bash --noprofile --norc -eo pipefail` runs it on a runner. */
function lintStep(inputs: Readonly<Record<string, string>>) {
  const step = action.runs.steps.at(-1)
  const given = Object.entries(step?.env ?? {}).map(([name, value]) => {
    const input = /inputs\.([a-z-]+)/.exec(value)?.[1] ?? null
    return [name, input === null ? root : (inputs[input] ?? action.inputs[input]?.default ?? '')] as const
  })
  const summary = join(folder, 'summary.md')
  writeFileSync(summary, '')
  const ended = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''], {
    cwd: join(repository, 'server'),
    encoding: 'utf8',
    env: {
      ...Object.fromEntries(given),
      PATH: process.env['PATH'],
      HOME: folder,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: repository,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_OUTPUT: join(folder, 'output'),
    },
  })
  return { ...ended, summary: readFileSync(summary, 'utf8') }
}

it('annotates what a branch changes, writes the summary and the reports, and fails', () => {
  commit('003_index.sql', 'CREATE INDEX orders_customer ON orders (customer);\n')
  const { status, stdout, stderr, summary } = lintStep({
    since: 'main',
    paths: 'migrations',
    report: 'sarif=lint.sarif\njunit=lint.xml',
  })
  expect(stderr).toBe('')
  expect(status).toBe(1)
  const [annotation] = stdout.split('\n')
  expect(annotation).toMatch(
    /^::error file=server\/migrations\/003_index\.sql,line=1,.*title=create-index-blocking::/,
  )
  expect(stdout).not.toContain('002_old')
  expect(summary).toMatch(/^### migrate lint\n/)
  expect(summary).toContain('`create-index-blocking`')
  const sarif: unknown = JSON.parse(readFileSync(join(repository, 'server/lint.sarif'), 'utf8'))
  expect(sarif).toMatchObject({ runs: [{ results: [{ ruleId: 'create-index-blocking' }] }] })
  expect(readFileSync(join(repository, 'server/lint.xml'), 'utf8')).toContain('003_index.sql')
})

it('passes where the branch is clean, whatever the base has', () => {
  commit('003_comment.sql', `COMMENT ON TABLE orders IS 'what was ordered';\n`)
  expect(lintStep({ since: 'main', paths: 'migrations' })).toMatchObject({ status: 0, stderr: '' })
})

it('says in one line what to do about a clone that does not reach the base', () => {
  const { status, stderr } = lintStep({ since: 'origin/main', paths: 'migrations' })
  expect(status).toBe(2)
  expect(stderr).toContain('origin/main')
})

it('hooks into a commit: the named files alone', () => {
  commit('003_index.sql', 'CREATE INDEX orders_customer ON orders (customer);\n')
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(join(root, 'bin/migrate.js'), join(bin, 'lockstep'))
  const [command = '', ...args] = (hooks[0]?.entry ?? '').split(' ')
  const run = (file: string) =>
    spawnSync(command, [...args, `server/migrations/${file}`], {
      cwd: repository,
      encoding: 'utf8',
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder },
    })
  expect(run('001_orders.sql')).toMatchObject({ status: 0 })
  const found = run('003_index.sql')
  expect(found.status).toBe(1)
  expect(found.stdout).toContain('server/migrations/003_index.sql:1:1')
  expect(found.stdout).not.toContain('002_old')
})
