// What a run survives: `npm run faults -- [--only "server"] [--seed N] [--cases N] [--binaries DIR]`, after `npm run build`. Every fault of
// test/faults/faults.ts at every message of a plan with a step of each kind, forth and back, and the run after it; prints step
// kinds by faults, with counts. `--cases` takes so many of each fault, by the seed. Exit code 1 where one was not survived.
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string' },
    cases: { type: 'string', default: 'all' },
    binaries: { type: 'string' },
  },
})

if (values.cases !== 'all' && !/^[1-9]\d*$/.test(values.cases)) {
  process.stderr.write(`--cases takes a number, not ${values.cases}\n`)
  process.exit(2)
}

const root = resolve(import.meta.dirname, '..')
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project=postgres',
    '--reporter=./test/faults/fault-reporter.ts',
    'test/faults.postgres.test.ts',
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      LOCKSTEP_FAULTS: values.cases,
      ...(values.only === undefined ? {} : { LOCKSTEP_FAULT: values.only }),
      ...(values.seed === undefined ? {} : { LOCKSTEP_SEED: values.seed }),
      ...(values.binaries === undefined ? {} : { LOCKSTEP_TEST_BINARIES: resolve(values.binaries) }),
    },
  },
)
process.exitCode = status ?? 2
