import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startEmbeddedServer } from '../database/embedded-server.ts'
import { demoUpgrades } from '../demo/demo-upgrade.ts'
import { runDemo } from '../demo/run-demo.ts'
import { configDefaults } from '../model/config-defaults.ts'
import type { DemoReport, DemoTarget } from '../model/demo.ts'
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
  readonly to: DemoTarget
}

/** What ships with the package for each target: the folders of its history, and the plan that was made of them. */
const examples = {
  '1.x': { folders: ['migrations/1.x'], plan: 'plans/1.x.json' },
  '2.x': { folders: ['migrations/1.x', 'migrations/2.x'], plan: 'plans/2.x.json' },
} as const satisfies Record<DemoTarget, object>

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
  const example = examples[options.to]
  const plan = readPlanAt(example.plan)
  if (!plan.ok) return trouble(plan.problems, terminal)
  const source = readPlanSource(example.folders, configDefaults, 'ory', {
    from: 'through',
    version: demoUpgrades[options.to].through,
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
      to: options.to,
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
