// What a strong lock costs the application: `npm run bench:locks -- [--rate 600] [--rounds 3]`, after `npm run build`. OAuth transactions go
// on at a fixed rate; a reader sits on the hottest table for six seconds; meanwhile a column is added to it: by a plan, and
// by what other tools do, replayed here in the same run. Prints for each how long a lock was asked for and held at most, and
// how long a statement of the application waited for it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readSources } from '../dist/cli/read-sources.js'
import { startEmbeddedServer } from '../dist/database/embedded-server.js'
import { connect } from '../dist/database/session.js'
import { firstRelease, loadRowsSql } from '../dist/demo/load-rows.js'
import { startLoad } from '../dist/demo/start-load.js'
import { startWaitSampler } from '../dist/demo/wait-sampler.js'
import { applyPlan } from '../dist/execute/apply.js'
import { readPlan } from '../dist/plan/plan-file.js'
import { readMigrations } from '../dist/source/read-migrations.js'
import { loadParser } from '../dist/sql/parser.js'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '600' },
    rounds: { type: 'string', default: '3' },
    tokens: { type: 'string', default: '50000' },
  },
})
const root = resolve(import.meta.dirname, '..')
const table = 'hydra_oauth2_access'
const change = `ALTER TABLE ${table} ADD COLUMN note text;`
const readerMs = 6_000
const quietMs = 2_000
const tokens = Number(values.tokens)
await loadParser()
const [source] = must(readSources([join(root, 'migrations/1.x')], root, () => true))
const base = must(readMigrations(source.files, { layout: null, transaction: null }))
  .up.filter(({ version }) => version <= firstRelease)
  .map(({ text }) => text)

const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-locks-'))
const server = must(
  await startEmbeddedServer({ durable: true, settings: { shared_buffers: '512MB', max_wal_size: '4GB' } }),
)
try {
  await buildStart()
  const plan = planned()
  const contenders = {
    'idle control': null,
    'lockstep plan': (url) => byPlan(url, plan),
    'lock_timeout 500 ms, back-off': (url) =>
      byTrying(url, (attempt) => Math.min(1000 * 2 ** (attempt - 1), 10_000), 20),
    'lock_timeout 500 ms, 5 fixed tries': (url) => byTrying(url, () => 1000, 5),
    'no lock_timeout': (url) => byTrying(url, () => 0, 1, 0),
  }
  const runs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const [name, contender] of Object.entries(contenders)) {
      process.stderr.write(`round ${round}: ${name} …\n`)
      runs[name].push(await run(contender))
    }
  }
  report(runs)
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function buildStart() {
  await server.createDatabase('start')
  const session = must(await connect(server.url('start'), { applicationName: 'bench' }))
  for (const text of base) await session.execute(text)
  for (const statement of loadRowsSql(tokens)) await session.execute(statement)
  await session.execute('VACUUM ANALYZE')
  await session.execute('CHECKPOINT')
  await session.close()
}

/** What `migrate plan` makes of the change. */
function planned() {
  mkdirSync(join(folder, 'migrations'))
  writeFileSync(join(folder, 'migrations/001_start.sql'), base.join(';\n'))
  writeFileSync(join(folder, 'migrations/002_note.sql'), `${change}\n`)
  const asked = [
    'plan',
    'migrations',
    '--through',
    '001',
    '--id',
    'note',
    '--no-proof',
    '--server-version',
    String(server.major),
  ]
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin/migrate.js'), ...asked], {
    cwd: folder,
  })
  if (status !== 0) throw new Error(String(stderr))
  return must(readPlan(readFileSync(join(folder, 'plans/note.json'), 'utf8'), 'plans/note.json'))
}

async function run(contender) {
  const database = 'run'
  await server.createDatabase(database, 'start')
  const url = server.url(database)
  const session = must(await connect(url, { applicationName: 'bench' }))
  const load = await startLoad(join(root, 'dist/demo/load-process.js'), {
    url,
    applicationName: 'oauth-server',
    application: '1.0',
    connections: 16,
    transactionsPerSecond: Number(values.rate),
    scale: { tokens },
    seed: 1,
  })
  const sampler = startWaitSampler(session, { application: 'oauth-server', upgrade: 'lockstep/' })
  try {
    await pause(quietMs)
    const reader = must(await connect(url, { applicationName: 'report' }))
    await reader.execute(`BEGIN; SELECT count(*) FROM ${table}`)
    const released = pause(readerMs).then(() => reader.execute('COMMIT'))
    const began = performance.now()
    const done = contender === null ? null : await contender(url)
    const tookMs = performance.now() - began
    await released
    await reader.close()
    await pause(quietMs)
    const figures = await load.stop()
    const { ofUpgrade } = await sampler.stop()
    return { done, tookMs, figures, waitMs: ofUpgrade?.ms ?? 0 }
  } finally {
    load.kill()
    await session.close()
    await server.dropDatabase(database)
  }
}

async function byPlan(url, plan) {
  const report = must(
    await applyPlan(plan, url, {
      through: 'all-gates',
      observer: () => undefined,
      random: Math.random,
      now: () => performance.now(),
    }),
  )
  const outcomes = report.steps.map(({ outcome }) => outcome).filter(({ status }) => status === 'applied')
  return {
    completed: report.status === 'done',
    attempts: Math.max(...outcomes.map(({ attempts }) => attempts)),
    lockMs: Math.max(...outcomes.map(({ longestLockMs }) => longestLockMs ?? 0)),
  }
}

/** Blind: nobody looks who is in the way. The lock is asked for, and let go at the end or when the time is over. */
async function byTrying(url, pauseMs, attemptsMax, lockTimeoutMs = 500) {
  const session = must(await connect(url, { applicationName: 'lockstep/replayed' }))
  let lockMs = 0
  try {
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const asked = performance.now()
      const failure = await session
        .execute(`BEGIN; SET LOCAL lock_timeout = ${lockTimeoutMs}; ${change} COMMIT`)
        .then(
          () => null,
          (error) => error,
        )
      lockMs = Math.max(lockMs, performance.now() - asked)
      if (failure === null) return { completed: true, attempts: attempt, lockMs }
      await session.execute('ROLLBACK')
      await pause(pauseMs(attempt))
    }
    return { completed: false, attempts: attemptsMax, lockMs }
  } finally {
    await session.close()
  }
}

function report(runs) {
  const rows = Object.entries(runs).map(([name, all]) => {
    const most = (of) => Math.max(...all.map(of))
    const sum = (of) => all.reduce((total, one) => total + of(one), 0)
    const ms = (value) => (value >= 1000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(0)} ms`)
    const isIdle = all.every(({ done }) => done === null)
    return [
      name,
      isIdle ? '–' : `${all.filter(({ done }) => done.completed).length} of ${all.length}`,
      isIdle ? '–' : String(most(({ done }) => done.attempts)),
      isIdle ? '–' : ms(most(({ done }) => done.lockMs)),
      ms(most(({ waitMs }) => waitMs)),
      isIdle ? '–' : ms(most(({ tookMs }) => tookMs)),
      String(sum(({ figures }) => figures.failed)),
      String(sum(({ figures }) => figures.slowerThan100Ms)),
      ms(most(({ figures }) => figures.latencyMs.p99)),
      ms(most(({ figures }) => figures.latencyMs.max)),
      String(sum(({ figures }) => figures.transactions)),
    ]
  })
  const head = [
    '',
    'completed',
    'tries',
    'lock asked for to released',
    'application waited for it',
    'took',
    'failed',
    'over 100 ms',
    'p99',
    'max',
    'transactions',
  ]
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((cells) => cells[at].length)))
  for (const cells of [head, ...rows]) {
    console.log(
      cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  '),
    )
  }
  console.log(
    `the worst of ${values.rounds} rounds each; ${values.rate} OAuth transactions a second over 16 connections, ${tokens} tokens, a reader for ${readerMs} ms`,
  )
}

function must(result) {
  if (result.ok) return result.value
  throw new Error(result.problems.map(({ message }) => message).join('\n'))
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms))
}
