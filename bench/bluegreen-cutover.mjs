// How long writers are paused by a blue-green cut-over: `npm run bench:cutover [-- --runs 30 --writers 8 --through plain]`, after
// `npm run build`. Each run: two databases on two durable servers, writers in a process of their own, a cut-over under them,
// and every acknowledged write looked for. In the same run, with the same locks, the wait for confirmed_flush_lsn that others
// go by. Once over plain connections, and once through pgbouncer where it is installed.
import { fork, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { attachGreen } from '../dist/bluegreen/attach.js'
import { cutOver } from '../dist/bluegreen/cutover.js'
import { finishRun } from '../dist/bluegreen/end-run.js'
import { replicationNames } from '../dist/bluegreen/names.js'
import { roundTrip } from '../dist/bluegreen/marker.js'
import { withPair } from '../dist/bluegreen/pair.js'
import { startRun } from '../dist/bluegreen/start.js'
import { startEmbeddedServer } from '../dist/database/embedded-server.js'
import { connect } from '../dist/database/session.js'
import { bluegreenFile } from '../dist/model/bluegreen.js'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '30' },
    writers: { type: 'string', default: '8' },
    through: { type: 'string', default: 'plain,pgbouncer' },
    warmup: { type: 'string', default: '1200' },
  },
})
const runs = Number(values.runs)
const pgbouncer = '/usr/sbin/pgbouncer'

const blueSql = `CREATE TABLE accounts (id serial PRIMARY KEY, name text NOT NULL UNIQUE, balance numeric(12,2) NOT NULL, city text);
CREATE TABLE transfers (id serial PRIMARY KEY, account int NOT NULL, amount numeric(12,2) NOT NULL);
INSERT INTO accounts (name, balance, city) SELECT 'a' || n, n, 'c' || n % 9 FROM generate_series(1, 20000) n;`
const greenSql = `CREATE TABLE accounts (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, cents bigint NOT NULL);
CREATE TABLE cities (account bigint PRIMARY KEY, city text NOT NULL);
CREATE TABLE transfers (id bigserial PRIMARY KEY, account bigint NOT NULL, amount numeric(12,2) NOT NULL);`

function fileOf(name, flip) {
  return bluegreenFile.parse({
    formatVersion: 1,
    name,
    targets: [
      {
        table: 'public.accounts',
        key: ['id'],
        columns: { id: 'id', name: 'name', cents: '(balance * 100)::bigint' },
        sources: [{ table: 'public.accounts' }],
      },
      {
        table: 'public.cities',
        key: ['account'],
        columns: { account: 'id', city: 'city' },
        where: 'city IS NOT NULL',
        sources: [{ table: 'public.accounts', keys: 'SELECT changed.id' }],
      },
    ],
    back: [
      {
        table: 'public.accounts',
        key: ['id'],
        columns: { id: 'a.id', name: 'a.name', balance: 'a.cents / 100.0', city: 'c.city' },
        from: 'accounts a LEFT JOIN cities c ON c.account = a.id',
        sources: [{ table: 'public.accounts' }, { table: 'public.cities', keys: 'SELECT changed.account' }],
      },
    ],
    sequences: { margin: 100_000 },
    flip,
  })
}

const folder = mkdtempSync(join(tmpdir(), 'lockstep-cutover-'))
chmodSync(folder, 0o755)
const settings = {
  wal_level: 'logical',
  max_replication_slots: '20',
  max_wal_senders: '20',
  // Else a worker that is to start may wait five seconds for its turn.
  wal_retrieve_retry_interval: '100ms',
  shared_buffers: '256MB',
}
const servers = await Promise.all([1, 2].map(() => startEmbeddedServer({ durable: true, settings })))
const [blueServer, greenServer] = servers.map((one) => {
  if (!one.ok) throw new Error(JSON.stringify(one.problems))
  return one.value
})

try {
  for (const through of values.through.split(',')) {
    if (through === 'pgbouncer' && !existsSync(pgbouncer)) {
      process.stdout.write(`pgbouncer is not at ${pgbouncer}: not measured\n`)
      continue
    }
    const figures = []
    for (let run = 1; run <= runs; run += 1) {
      figures.push(await one(through, run))
      process.stderr.write(`${through} ${run}: ${JSON.stringify(figures.at(-1))}\n`)
    }
    print(through, figures)
  }
} finally {
  await Promise.all([blueServer.stop(), greenServer.stop()])
  rmSync(folder, { recursive: true, force: true })
}

async function one(through, run) {
  const name = `${through}_${run}`
  await blueServer.createDatabase(name)
  await greenServer.createDatabase(name)
  const urls = { blueUrl: blueServer.url(name), greenUrl: greenServer.url(name) }
  const blue = await open(urls.blueUrl)
  const green = await open(urls.greenUrl)
  await blue.execute(blueSql)
  await green.execute(greenSql)
  const side = join(folder, `${name}.side`)
  writeFileSync(side, 'blue')
  const pooler = through === 'pgbouncer' ? await startPooler(name) : null
  const flip = [
    ...(pooler === null ? [] : [pooler.flip]),
    { kind: 'file', path: side, content: { blue: 'blue', green: 'green' } },
  ]
  const file = fileOf(`bench_${run}`, flip)
  const command = (work) => must({ ...urls, file }, work)
  await command((pair) => startRun(pair, []))
  await command(attachGreen)
  const writers = await startWriters({
    ...(pooler === null ? urls : { blueUrl: pooler.url, greenUrl: pooler.url }),
    side,
    count: Number(values.writers),
  })
  await new Promise((resolve) => setTimeout(resolve, Number(values.warmup)))
  // It takes seconds where nothing else is written: some runs are enough.
  const lsnMs = run % 6 === 1 ? await flushedWait(urls.blueUrl, file.name) : null
  await new Promise((resolve) => setTimeout(resolve, 300))
  await command((pair) => roundTrip(pair, pair.blue, pair.green, 60_000))
  const began = Date.now()
  const report = await command((pair) => cutOver(pair, { unverified: true }))
  await new Promise((resolve) => setTimeout(resolve, 500))
  const { acknowledged, commits, fenced, misled, failures } = await writers.stop()
  const [found] = await green.query(
    `SELECT (SELECT count(*)::int FROM unnest($1::text[]) AS n (name) WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.name = n.name)) AS lost,
            (SELECT count(*)::int FROM (SELECT FROM transfers t JOIN accounts a ON a.id = t.account WHERE a.name LIKE 'written%' GROUP BY a.name HAVING count(*) > 1) d) AS doubled`,
    [acknowledged],
  )
  await command(finishRun)
  pooler?.stop()
  await blue.close()
  await green.close()
  await blueServer.dropDatabase(name)
  await greenServer.dropDatabase(name)
  const during = commits.filter((at) => at > began - 200)
  const gap = Math.max(...during.slice(1).map((at, index) => at - during[index]))
  const perSecond = Math.round((commits.length * 1000) / (commits.at(-1) - commits[0]))
  return {
    pauseMs: report.pauseMs,
    gap,
    lsnMs,
    attempts: report.attempts,
    perSecond,
    fenced,
    misled,
    failures,
    ...found,
    steps: report.steps.map(({ name, ms }) => `${name} ${ms.toFixed(1)}`).join(', '),
  }
}

async function open(url) {
  const connected = await connect(url, { applicationName: 'bench' })
  if (!connected.ok) throw new Error(JSON.stringify(connected.problems))
  return connected.value
}

async function must(options, work) {
  const done = await withPair(
    { ...options, observer: () => undefined, now: () => performance.now(), random: Math.random },
    work,
  )
  if (done.ok) return done.value
  throw new Error(JSON.stringify(done.problems))
}

/** Under the same locks: until the slot's confirmed_flush_lsn is where the WAL was when the last writer had committed. */
async function flushedWait(url, run) {
  const session = await open(url)
  const began = performance.now()
  await session.execute(`BEGIN; LOCK TABLE accounts, transfers IN SHARE ROW EXCLUSIVE MODE`)
  const [{ lsn }] = await session.query('SELECT pg_current_wal_lsn()::text AS lsn')
  for (;;) {
    const [row] = await session.query(
      'SELECT confirmed_flush_lsn >= $1::pg_lsn AS there FROM pg_replication_slots WHERE slot_name = $2',
      [lsn, replicationNames(run).forward],
    )
    if (row?.there) break
  }
  await session.execute('ROLLBACK')
  const ms = performance.now() - began
  await session.close()
  return ms
}

async function startWriters(options) {
  const child = fork(new URL('bluegreen-writers.mjs', import.meta.url), [JSON.stringify(options)])
  await message(child)
  return {
    stop: async () => {
      const figures = message(child)
      child.send('stop')
      return figures
    },
  }
}

function message(child) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`the writers ended with ${code}`)))
  })
}

async function startPooler(database) {
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const home = mkdtempSync(join(folder, 'pgbouncer-'))
  const target = (server) => {
    const url = new URL(server.url(database))
    return `host=127.0.0.1 port=${url.port} dbname=${database} user=${url.username} password=${decodeURIComponent(url.password)}`
  }
  const entry = join(home, 'database.ini')
  const main = join(home, 'pgbouncer.ini')
  writeFileSync(entry, `[databases]\napp = ${target(blueServer)}\n`)
  writeFileSync(join(home, 'users.txt'), '"app" ""\n"admin" ""\n')
  writeFileSync(
    main,
    `%include ${entry}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
auth_file = ${join(home, 'users.txt')}
admin_users = admin
pool_mode = transaction
default_pool_size = 20
ignore_startup_parameters = extra_float_digits
`,
  )
  const asRoot = process.getuid() === 0
  const id = (flag) => Number(spawnSync('id', [flag, 'postgres']).stdout.toString())
  const account = asRoot ? { uid: id('-u'), gid: id('-g') } : {}
  if (asRoot)
    for (const path of [home, entry, main, join(home, 'users.txt')]) chownSync(path, account.uid, account.gid)
  const child = spawn(pgbouncer, [main], {
    ...account,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { USER: userInfo().username },
  })
  await new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      if (chunk.toString().includes('process up')) resolve()
    })
    child.once('exit', () => reject(new Error('pgbouncer does not start')))
  })
  return {
    url: `postgres://app@127.0.0.1:${port}/app?sslmode=disable`,
    flip: {
      kind: 'pgbouncer',
      console: `postgres://admin@127.0.0.1:${port}/pgbouncer?sslmode=disable`,
      database: 'app',
      file: entry,
      target: { blue: target(blueServer), green: target(greenServer) },
    },
    stop: () => child.kill('SIGTERM'),
  }
}

function print(through, figures) {
  const line = (what, of) => {
    const sorted = figures
      .map(of)
      .filter((value) => value !== null)
      .toSorted((one, other) => one - other)
    const at = (share) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1).padStart(8)
    process.stdout.write(`  ${what.padEnd(44)} ${at(0.5)} ${at(0.95)} ${at(1)}\n`)
  }
  const sum = (of) => figures.reduce((all, one) => all + of(one), 0)
  process.stdout.write(
    `${through}: ${figures.length} runs, ${values.writers} writers, PostgreSQL ${blueServer.major} to ${greenServer.major}\n`,
  )
  process.stdout.write(`  ${''.padEnd(44)}   median      p95      max\n`)
  line('write pause, from the first lock or PAUSE, ms', (one) => one.pauseMs)
  line('longest time without a commit, ms', (one) => one.gap)
  line('wait for confirmed_flush_lsn alone, ms', (one) => one.lsnMs)
  line('transactions a second', (one) => one.perSecond)
  line('attempts', (one) => one.attempts)
  process.stdout.write(
    `  lost ${sum((one) => one.lost)}, doubled ${sum((one) => one.doubled)}, failed ${sum((one) => one.failures)}, told to go over by the fence ${sum((one) => one.fenced)}, by green's schema ${sum((one) => one.misled)}\n`,
  )
}
