// How fast rows are changed in batches, and what it costs the application: `npm run bench:backfill -- [--rows 1000000] [--pairs 7]
// [--more 4000000]`, after `npm run build`. A column of a table with two more indexes gets another type, so that a trigger keeps both
// columns alike while `migrate apply` fills the new one. Its batches, cut by time, beside batches of one size: the best of
// several sizes, found first, then in interleaved pairs, each on a fresh copy of the same database.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { startEmbeddedServer } from '../dist/database/embedded-server.js'
import { connect } from '../dist/database/session.js'
import { readPlan } from '../dist/plan/plan-file.js'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '7' },
    more: { type: 'string', default: '4000000' },
  },
})
const root = resolve(import.meta.dirname, '..')
const migrate = join(root, 'bin/migrate.js')
const sizes = [500, 2_000, 5_000, 10_000, 50_000]
const load = { connections: 8, perSecond: 800, seconds: 12 }
const rows = Number(values.rows)

const schema = `CREATE TABLE orders (
  id bigint PRIMARY KEY, customer bigint NOT NULL, amount integer NOT NULL, state text NOT NULL, note text NOT NULL);
CREATE INDEX orders_customer ON orders (customer);
CREATE INDEX orders_state ON orders (state, id);
`
const change = 'ALTER TABLE orders ALTER COLUMN amount TYPE bigint;\n'

const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-backfill-'))
const server = must(
  await startEmbeddedServer({
    durable: true,
    settings: { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '1h', autovacuum: 'off' },
  }),
)
try {
  const { step } = planned()
  await expanded('start', rows)
  const best = await bestSize(step)
  await pairs(step, best)
  await besideApplication()
  await server.dropDatabase('start')
  await longRun(Number(values.more), step, best)
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** The plan that `migrate plan` makes, and its step in batches. */
function planned() {
  mkdirSync(join(folder, 'migrations'))
  writeFileSync(join(folder, 'migrations/001_orders.sql'), schema)
  writeFileSync(join(folder, 'migrations/002_amount.sql'), change)
  const asked = [
    'plan',
    'migrations',
    '--through',
    '001',
    '--id',
    'amount',
    '--no-proof',
    '--server-version',
    String(server.major),
  ]
  const { status, stderr } = spawnSync(process.execPath, [migrate, ...asked], { cwd: folder })
  if (status !== 0) throw new Error(String(stderr))
  const plan = must(readPlan(readFileSync(join(folder, 'plans/amount.json'), 'utf8'), 'plans/amount.json'))
  const step = plan.stages
    .flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
    .find(({ kind }) => kind === 'in-batches')
  if (step === undefined) throw new Error('the plan fills nothing')
  return { plan, step }
}

/** A database with rows in which the column and the trigger are there already, and nothing is filled. */
async function expanded(name, count) {
  await server.createDatabase(name)
  await inDatabase(name, async (session) => {
    await session.execute(schema)
    await session.execute(`INSERT INTO orders SELECT i, i % 50000, i % 1000, 'state ' || i % 20, repeat('x', 40)
      FROM generate_series(1, ${count}) i`)
  })
  await apply(name, ['--phase', 'expand'])
  await inDatabase(name, async (session) => {
    await session.execute('VACUUM (FREEZE, ANALYZE) orders')
    await session.execute('CHECKPOINT')
  })
}

async function bestSize(step) {
  const tried = []
  for (const size of sizes) {
    const { rowsPerSecond } = await onCopy((name) => fixed(name, step, size))
    tried.push({ size, rowsPerSecond })
    console.log(`batches of ${String(size).padStart(6)} rows: ${perSecond(rowsPerSecond)}`)
  }
  return tried.toSorted((one, other) => other.rowsPerSecond - one.rowsPerSecond)[0].size
}

async function pairs(step, size) {
  const ratios = []
  const all = { ours: [], fixed: [] }
  for (let pair = 1; pair <= Number(values.pairs); pair += 1) {
    const runs = {}
    // Whoever comes second finds a warmer machine: they take turns.
    for (const who of pair % 2 === 0 ? ['ours', 'fixed'] : ['fixed', 'ours']) {
      runs[who] = await onCopy((name) => (who === 'ours' ? ours(name) : fixed(name, step, size)))
      all[who].push(runs[who])
    }
    ratios.push(runs.ours.rowsPerSecond / runs.fixed.rowsPerSecond)
    process.stderr.write(
      `pair ${pair}: ${perSecond(runs.ours.rowsPerSecond)} beside ${perSecond(runs.fixed.rowsPerSecond)}\n`,
    )
  }
  const of = (who, what) => median(all[who].map((run) => run[what]))
  const sorted = ratios.toSorted((one, other) => one - other)
  console.log(
    `by time: ${perSecond(of('ours', 'rowsPerSecond'))}; best size, ${size} rows: ${perSecond(of('fixed', 'rowsPerSecond'))}`,
  )
  console.log(
    `ratio in ${ratios.length} interleaved pairs: median ${percent(median(ratios))}, from ${percent(sorted[0])} to ${percent(sorted.at(-1))}`,
  )
  console.log(
    `WAL: ${of('ours', 'walPerRow').toFixed(0)} bytes a row, best size ${of('fixed', 'walPerRow').toFixed(0)}`,
  )
  console.log(
    `memory of the runner: ${Math.max(...all.ours.map(({ memoryMb }) => memoryMb)).toFixed(0)} MB at most`,
  )
}

/** Also beside a process that only keeps a core busy: what any work at all costs on this machine. */
async function besideApplication() {
  const idle = await onCopy((name) => applicationBeside(name, () => pause(load.seconds * 1000)))
  const core = await onCopy((name) => applicationBeside(name, busyCore))
  const filled = await onCopy((name) => applicationBeside(name, () => ours(name)))
  const said = ({ p99, max, failed, count }) =>
    `p99 ${p99.toFixed(1)} ms (${(p99 / idle.p99).toFixed(2)} ×), max ${max.toFixed(0)} ms, ${failed} of ${count} failed`
  console.log(`application, ${load.perSecond} transactions a second, alone: ${said(idle)}`)
  console.log(`  beside a core that is busy with nothing: ${said(core)}`)
  console.log(`  beside the backfill: ${said(filled)}`)
}

async function applicationBeside(name, work) {
  const running = startApplication(name)
  await work()
  return running.stop()
}

async function busyCore() {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  await pause(load.seconds * 1000)
  child.kill()
}

/** Does it slow down as it goes? By quarters of the rows, beside batches of the best size, whose indexes grow likewise. */
async function longRun(count, step, size) {
  await expanded('start', count)
  const run = await onCopy((name) => ours(name))
  const beside = await onCopy((name) => fixed(name, step, size, count))
  const said = ({ rowsPerSecond, quarters }) =>
    `${perSecond(rowsPerSecond)}; by quarters ${quarters.map(perSecond).join(', ')}`
  console.log(`${count} rows, by time: ${said(run)}; memory ${run.memoryMb.toFixed(0)} MB`)
  console.log(`  batches of ${size}: ${said(beside)}`)
}

/** As the controller does it, less its own care: the rows of the next range, the change, a commit. */
async function fixed(name, step, size, count = rows) {
  return inDatabase(name, async (session) => {
    const from = await walOf(session)
    const began = performance.now()
    let last = null
    let changed = 0
    const marks = [{ at: began, done: 0 }]
    for (;;) {
      const after = last === null ? '' : 'WHERE id > $1::text::bigint'
      const [edge] = await session.query(
        `SELECT min(id)::text AS first, max(id)::text AS last FROM (SELECT id FROM orders ${after} ORDER BY id LIMIT ${size}) batch`,
        last === null ? [] : [last],
      )
      if (edge.last === null) break
      const { rowsAffected } = await session.change(step.sql, [edge.first, edge.last])
      changed += rowsAffected
      last = edge.last
      if (changed >= (marks.length * count) / 4) marks.push({ at: performance.now(), done: changed })
    }
    const seconds = (performance.now() - began) / 1000
    const quarters = marks
      .slice(1)
      .map(({ at, done }, mark) => ((done - marks[mark].done) / (at - marks[mark].at)) * 1000)
    return {
      rowsPerSecond: changed / seconds,
      walPerRow: ((await walOf(session)) - from) / changed,
      quarters,
    }
  })
}

async function ours(name) {
  const from = await inDatabase(name, walOf)
  const { events, memoryMb } = await apply(name, ['--phase', 'backfill'])
  const to = await inDatabase(name, walOf)
  const steps = events.filter(({ event }) => event.kind === 'step-ended' && event.outcome.rows > 0)
  const ended = steps.toSorted((one, other) => other.event.outcome.rows - one.event.outcome.rows)[0]
  if (ended === undefined) throw new Error('nothing was filled')
  const { step, outcome } = ended.event
  const began = events.find(({ event }) => event.kind === 'step-started' && event.step === step).at
  const progress = events.filter(({ event }) => event.kind === 'progress' && event.step === step)
  const reached = (share) =>
    share === 0
      ? { at: began, done: 0 }
      : pick(progress.find(({ event }) => event.done >= outcome.rows * share))
  const quarters = [0, 0.25, 0.5, 0.75].map((share) => {
    const [one, other] = [reached(share), share === 0.75 ? pick(progress.at(-1)) : reached(share + 0.25)]
    return ((other.done - one.done) / (other.at - one.at)) * 1000
  })
  return {
    rowsPerSecond: (outcome.rows / outcome.ms) * 1000,
    walPerRow: (to - from) / outcome.rows,
    quarters,
    memoryMb,
  }
}

function pick({ at, event }) {
  return { at, done: event.done }
}

/** The built command, with its events and the most memory that it took. */
async function apply(name, args) {
  const atExit = `process.on('exit', () => process.stderr.write('{"peak":' + process.resourceUsage().maxRSS + '}\\n'))`
  const child = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${atExit}`,
      migrate,
      'apply',
      'plans/amount.json',
      '--unproved',
      '--log-format',
      'json',
      '--database-url',
      server.url(name),
      ...args,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const events = []
  let memoryMb = 0
  let said = ''
  createInterface({ input: child.stderr }).on('line', (line) => {
    said = line
    if (!line.startsWith('{')) return
    const value = JSON.parse(line)
    if (value.peak !== undefined) memoryMb = value.peak / 1024
    else if (value.event !== undefined) events.push({ at: performance.now(), event: value.event })
  })
  const code = await new Promise((done, reject) => {
    child.once('error', reject)
    child.once('close', done)
  })
  if (code !== 0) throw new Error(`migrate apply exited ${code}: ${said}`)
  return { events, memoryMb }
}

/** Point reads and writes by key, due at a fixed rate; a latency counts from when its transaction was due. */
function startApplication(name) {
  const state = { stopped: false, failed: 0, latencies: [] }
  const began = performance.now()
  let due = 0
  const worker = async () => {
    const session = must(await connect(server.url(name), { applicationName: 'shop' }))
    while (!state.stopped) {
      const at = began + (due++ * 1000) / load.perSecond
      await pause(Math.max(0, at - performance.now()))
      const id = String(1 + Math.floor(Math.random() * rows))
      try {
        if (Math.random() < 0.7) await session.query('SELECT * FROM orders WHERE id = $1::text::bigint', [id])
        else await session.change('UPDATE orders SET amount = amount + 1 WHERE id = $1::text::bigint', [id])
      } catch {
        state.failed += 1
      }
      state.latencies.push(performance.now() - at)
    }
    await session.close()
  }
  const workers = Array.from({ length: load.connections }, worker)
  return {
    async stop() {
      state.stopped = true
      await Promise.all(workers)
      const sorted = state.latencies.toSorted((one, other) => one - other)
      const count = sorted.length
      return { p99: sorted[Math.floor(count * 0.99)], max: sorted.at(-1), failed: state.failed, count }
    },
  }
}

async function onCopy(work) {
  await server.createDatabase('run', 'start')
  try {
    await inDatabase('run', (session) => session.execute('CHECKPOINT'))
    return await work('run')
  } finally {
    await server.dropDatabase('run')
  }
}

async function walOf(session) {
  const [row] = await session.query(`SELECT (pg_current_wal_insert_lsn() - '0/0')::float8 AS bytes`)
  return row.bytes
}

async function inDatabase(name, work) {
  const session = must(await connect(server.url(name), { applicationName: 'bench' }))
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

function median(all) {
  return all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)]
}

function perSecond(value) {
  return `${Math.round(value).toLocaleString('en')} rows/s`
}

function percent(value) {
  return `${(value * 100).toFixed(0)} %`
}

function must(result) {
  if (result.ok) return result.value
  throw new Error(result.problems.map(({ message }) => message).join('\n'))
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms))
}
