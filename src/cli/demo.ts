import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startEmbeddedServer } from '../database/embedded-server.ts'
import { runDemo } from '../demo/run-demo.ts'
import { configDefaults } from '../model/config-defaults.ts'
import type { DemoReport } from '../model/demo.ts'
import { demoTable } from '../report/demo-table.ts'
import { readPlanAt, trouble } from './apply.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { failure } from './failure.ts'
import { packageFolder } from './package-folder.ts'
import { readPlanSource } from './plan-source.ts'
import type { Terminal } from './terminal.ts'

interface DemoCommandOptions {
  readonly rows: string
  readonly rate: string
  readonly out?: string
}

const boundary = '20190617000200'

export async function demo(options: DemoCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const tokens = wholeNumber(options.rows)
  const rate = wholeNumber(options.rate)
  if (tokens === null || rate === null || tokens < 1000) {
    const { problems } = failure('demo-options', '--rows takes 1000 or more, --rate a whole number', null)
    return trouble(problems, terminal)
  }
  const out = options.out === undefined ? null : resolve(options.out)
  // The worked example ships with the package, wherever that stands. Paths in plans and messages are relative to the folder that the example stands in.
  process.chdir(packageFolder)
  const plan = readPlanAt('plans/1.x.json')
  if (!plan.ok) return trouble(plan.problems, terminal)
  const source = readPlanSource(['migrations/1.x'], configDefaults, 'ory', {
    from: 'through',
    version: boundary,
  })
  if (!source.ok) return trouble(source.problems, terminal)
  const server = await startEmbeddedServer({
    major: plan.value.server.major,
    durable: true,
    settings: { shared_buffers: '512MB', max_wal_size: '4GB' },
  })
  if (!server.ok) return trouble(server.problems, terminal)
  try {
    const report = await runDemo({
      server: server.value,
      loadProcess: join(packageFolder, 'dist/demo/load-process.js'),
      ...source.value,
      plan: plan.value,
      tokens,
      transactionsPerSecond: rate,
      connections: 16,
      random: Math.random,
      now: () => performance.now(),
      say: (line) => terminal.err(`${line}\n`),
    })
    if (out !== null) writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`)
    terminal.out(demoTable(report, terminal.outColored))
    return passed(report) ? exitCode.done : exitCode.findings
  } finally {
    await server.value.stop()
  }
}

/** The promise that the demo makes: our plan fails no transaction, and nobody waits for it beyond the stall budget. */
function passed({ runs }: DemoReport): boolean {
  const planned = runs.find(({ name }) => name === 'lockstep plan')
  return (
    planned !== undefined &&
    planned.completed &&
    planned.load.failed === 0 &&
    (planned.longestWaitOfUpgrade?.ms ?? 0) <= configDefaults.stallBudgetMs &&
    planned.invariants.every(({ held }) => held)
  )
}

function wholeNumber(text: string): number | null {
  const number = Number(text)
  return Number.isSafeInteger(number) && number > 0 ? number : null
}
