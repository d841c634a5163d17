/** The action and the hook as those who run them read them; and that what they and docs/ci.md write is there to be used. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { runMigrate } from '../cli/run-migrate.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')

/** https://docs.github.com/actions/reference/metadata-syntax-for-github-actions */
const action = z.strictObject({
  name: z.string(),
  description: z.string(),
  branding: z.strictObject({ icon: z.string(), color: z.string() }),
  inputs: z.record(z.string(), z.strictObject({ description: z.string(), default: z.string() })),
  runs: z.strictObject({
    using: z.literal('composite'),
    steps: z.array(
      z.strictObject({
        name: z.string(),
        if: z.string().optional(),
        shell: z.literal('bash'),
        'working-directory': z.string(),
        env: z.record(z.string(), z.string()).optional(),
        run: z.string(),
      }),
    ),
  }),
})

/** https://pre-commit.com/#creating-new-hooks */
const hooks = z.array(
  z.strictObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    entry: z.string(),
    language: z.literal('node'),
    files: z.string(),
    require_serial: z.boolean(),
  }),
)

let help = ''
beforeAll(async () => {
  help = (await runMigrate(['lint', '--help'])).stdout
})

const longOptions = (text: string) =>
  [...text.matchAll(/(?<=[\s(`])--[a-z][a-z-]+/g)].map(([option]) => option)

describe('action.yml', () => {
  const { inputs, runs } = action.parse(parse(read('action.yml')))
  const [build, lint] = runs.steps

  it('uses every input it declares, and no other', () => {
    const used = [...read('action.yml').matchAll(/\binputs\.([a-z-]+)/g)].map(([, name]) => name)
    expect(new Set(used)).toEqual(new Set(Object.keys(inputs)))
  })

  it('lets no input into the text of a script', () => {
    expect(runs.steps.filter(({ run }) => run.includes('${{'))).toEqual([])
  })

  it('gives lint only options that it has', () => {
    const options = longOptions(lint?.run ?? '').filter((option) => option !== '--yes')
    expect(options.length).toBeGreaterThan(3)
    expect(options.filter((option) => !help.includes(`${option} `))).toEqual([])
  })

  it('hands on what it is given word by word', () => {
    const always = ['lint', '--format', 'github', '--fail-on', 'error']
    expect(run({ LOCKSTEP_PATHS: 'my migrations\n$(touch x)\n', LOCKSTEP_VERSION: '1.2.3' })).toEqual([
      'npx',
      '--yes',
      'lockstep@1.2.3',
      ...always,
      '--',
      'my migrations',
      '$(touch x)',
    ])
    expect(run({ LOCKSTEP_SINCE: 'origin/main', LOCKSTEP_REPORT: 'sarif=a b.sarif\njunit=c.xml' })).toEqual([
      'node',
      '/action/bin/migrate.js',
      ...always,
      '--since',
      'origin/main',
      '--report',
      'sarif=a b.sarif',
      '--report',
      'junit=c.xml',
      '--',
    ])
    expect(build?.if).toBe("inputs.version == ''")
  })

  /** The script of the step, with commands that only say what they were called with, a word a line. */
  function run(env: Readonly<Record<string, string>>): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-action-'))
    try {
      for (const name of ['npx', 'node']) {
        writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' ${name} "$@"\n`)
        chmodSync(join(folder, name), 0o755)
      }
      const defaults = Object.fromEntries(
        Object.entries(lint?.env ?? {}).map(([name, value]) => {
          const input = /inputs\.([a-z-]+)/.exec(value)?.[1] ?? ''
          return [name, inputs[input]?.default ?? '/action']
        }),
      )
      const out = execFileSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', lint?.run ?? ''], {
        cwd: folder,
        env: { ...defaults, ...env, PATH: `${folder}:/usr/bin:/bin` },
        encoding: 'utf8',
      })
      return out.trimEnd().split('\n')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
})

describe('.pre-commit-hooks.yaml', () => {
  it('runs a command of the package on SQL files', () => {
    const [hook, ...others] = hooks.parse(parse(read('.pre-commit-hooks.yaml')))
    expect(others).toEqual([])
    const bins = z
      .looseObject({ bin: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')))
    const [command = '', ...args] = (hook?.entry ?? '').split(' ')
    expect(Object.keys(bins.bin)).toContain(command)
    expect(args).toEqual(['lint'])
    expect(new RegExp(hook?.files ?? '').test('migrations/001_a.sql')).toBe(true)
    expect(new RegExp(hook?.files ?? '').test('migrations/001_a.sqlite')).toBe(false)
  })
})

describe('docs/ci.md', () => {
  const text = read('docs/ci.md')
  const blocks = [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, block = '']) => block)

  it('shows YAML that is some', () => {
    expect(blocks.length).toBeGreaterThan(4)
    for (const block of blocks) expect(() => parse(block)).not.toThrow()
  })

  it('names only options, formats and inputs that there are', () => {
    // Those of GitHub's own command are its.
    const lines = text.split('\n').filter((line) => !line.includes('gh pr '))
    const options = longOptions(lines.join('\n'))
    expect(options.length).toBeGreaterThan(8)
    expect(options.filter((option) => !help.includes(`${option} `))).toEqual([])
    const formats = [...text.matchAll(/--report ([a-z]+)=/g)].map(([, format = '']) => format)
    expect(formats.filter((format) => !help.includes(`"${format}"`))).toEqual([])
    const { inputs } = action.parse(parse(read('action.yml')))
    for (const name of Object.keys(inputs)) expect(text).toContain(`\`${name}\``)
  })
})
