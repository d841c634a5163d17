// The recipes: `npm run replacements -- [--only R-25] [--binaries DIR] [--json]`. Runs the rules' own examples as
// test/replacements.postgres.test.ts does, each under two applications, killed at each step, and taken back from each phase, and
// prints for every recipe whether it is proved, or refused and why. A DIR holds bin/postgres of another major. Progress goes to
// stderr; exit code 1 where something failed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    binaries: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

if (values.only !== undefined && !/^R-\d\d$/.test(values.only))
  misuse(`--only takes a recipe, as in R-25, not ${values.only}`)
const program = process.platform === 'win32' ? 'postgres.exe' : 'postgres'
if (values.binaries !== undefined && !existsSync(join(values.binaries, 'bin', program)))
  misuse(`${values.binaries} holds no bin/${program}`)

const root = resolve(import.meta.dirname, '..')
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project=postgres',
    '--reporter=./test/replacements/recipe-reporter.ts',
    'test/replacements.postgres.test.ts',
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      LOCKSTEP_REPLACEMENTS: 'all',
      ...(values.only === undefined ? {} : { LOCKSTEP_RECIPE: values.only }),
      ...(values.binaries === undefined ? {} : { LOCKSTEP_TEST_BINARIES: resolve(values.binaries) }),
      ...(values.json ? { LOCKSTEP_TABLE: 'json' } : {}),
    },
  },
)
process.exitCode = status ?? 2

function misuse(message) {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
