// How many rows and bytes a second a server scans, indexes, rewrites and changes: `npm run bench:rates [-- --rows N]`, after
// `npm run build`. On an embedded server that syncs to its disk, with everything in memory; the quickest of three runs, for
// what disturbs only slows. The figures are the defaults of `rates` in src/model/config-defaults.ts. Then what lint says by
// those defaults of statements on a narrow and on a wide table, beside what they take.
import { parseArgs } from 'node:util'
import { catalogOf, startBatch } from '../dist/catalog/replay.js'
import { startEmbeddedServer } from '../dist/database/embedded-server.js'
import { readCatalog } from '../dist/database/read-catalog.js'
import { connect } from '../dist/database/session.js'
import { walk } from '../dist/effects/walk.js'
import { workOf } from '../dist/effects/work-time.js'
import { configDefaults } from '../dist/model/config-defaults.js'
import { workInWords } from '../dist/report/work-words.js'
import { parseScript } from '../dist/sql/parse-script.js'
import { loadParser } from '../dist/sql/parser.js'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '500000' } } })
const rows = Number(values.rows)
const runs = 3

/** `before` puts the table into the state that `work` is timed in. */
const works = {
  scan: {
    before:
      'ALTER TABLE t DROP CONSTRAINT IF EXISTS c; ALTER TABLE t ADD CONSTRAINT c CHECK (n >= 0) NOT VALID',
    work: 'ALTER TABLE t VALIDATE CONSTRAINT c',
  },
  build: { before: 'DROP INDEX IF EXISTS i', work: 'CREATE INDEX i ON t (n)' },
  rewrite: {
    // The heap alone: its indexes count as builds.
    before: 'DROP INDEX IF EXISTS i; ALTER TABLE t DROP COLUMN IF EXISTS r',
    work: 'ALTER TABLE t ADD COLUMN r double precision DEFAULT random()',
  },
  update: { before: indexed('SELECT * FROM t'), work: `UPDATE u SET state = 'paid'`, table: 'u' },
  insert: { before: indexed('SELECT * FROM t LIMIT 0'), work: 'INSERT INTO u SELECT * FROM t' },
  delete: { before: indexed('SELECT * FROM t'), work: 'DELETE FROM u', table: 'u' },
}

/** Table `u` with two indexes. */
function indexed(query) {
  return `DROP TABLE IF EXISTS u; CREATE TABLE u AS ${query}; ALTER TABLE u ADD PRIMARY KEY (id);
          CREATE INDEX ON u (n); VACUUM ANALYZE u; CHECKPOINT`
}

const server = valueOf(
  await startEmbeddedServer({
    durable: true,
    settings: { autovacuum: 'off', shared_buffers: '512MB', max_wal_size: '8GB' },
  }),
)
try {
  const session = valueOf(await connect(server.url(), { applicationName: 'lockstep rates' }))
  await session.execute(`CREATE TABLE t AS
    SELECT i AS id, (hashint8(i)::bigint + 2147483648) AS n, md5(i::text) AS token, 'new' AS state, now() AS at, repeat('x', 40) AS note
      FROM generate_series(1::bigint, ${rows}) i`)
  await session.execute('VACUUM ANALYZE t')
  const [{ version }] = await session
    .query('SHOW server_version')
    .then((one) => one.map((r) => ({ version: r.server_version })))
  console.log(`PostgreSQL ${version}, ${rows} rows, the quickest of ${runs} runs`)
  for (const [name, { before, work, table = 't' }] of Object.entries(works)) {
    let bestMs = Infinity
    let bytes = 0
    for (let run = 0; run < runs; run++) {
      for (const statement of before.split(';')) await session.execute(statement)
      const [size] = await session.query(`SELECT pg_relation_size('${table}')::float8 AS bytes`)
      bytes = size.bytes
      const start = performance.now()
      await session.execute(work)
      bestMs = Math.min(bestMs, performance.now() - start)
    }
    const perSecond = (amount) => Math.round((amount / bestMs) * 1000)
    console.log(
      `${name.padEnd(8)} ${perSecond(rows)} rows/s  ${perSecond(bytes)} bytes/s  (${Math.round(bestMs)} ms, ${Math.round(bytes / rows)} bytes a row)`,
    )
  }
  await predict(session)
  await session.close()
} finally {
  await server.stop()
}

async function predict(session) {
  await loadParser()
  await session.execute(
    `CREATE TABLE narrow AS SELECT i AS id, i % 1000 AS n FROM generate_series(1, ${rows}) i`,
  )
  await session.execute(
    `CREATE TABLE wide AS SELECT i AS id, i % 1000 AS n, repeat(md5(i::text), 30) AS text FROM generate_series(1, ${rows / 5}) i`,
  )
  for (const table of ['narrow', 'wide']) {
    await session.execute(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`)
    await session.execute(`VACUUM ANALYZE ${table}`)
    for (const statement of [
      `ALTER TABLE ${table} ALTER n SET NOT NULL`,
      `CREATE INDEX ON ${table} (n)`,
      `UPDATE ${table} SET n = n + 1`,
      `ALTER TABLE ${table} ALTER n TYPE bigint`,
      `DELETE FROM ${table}`,
    ]) {
      const catalog = startBatch(catalogOf(await readCatalog(session, { sizes: true })))
      const serverVersion = { min: 15, max: 15 }
      const { statements } = parseScript(statement, 'rates.sql')
      const [judged] = walk(statements, { transaction: 'statement', catalog, serverVersion }).judged
      const said = workInWords(workOf(judged.action, judged.effect, judged.catalog, configDefaults.rates))
      const start = performance.now()
      await session.execute(statement)
      console.log(`${statement}: ${said}; it took ${Math.round(performance.now() - start)} ms`)
      await session.execute('CHECKPOINT')
    }
  }
}

function valueOf(result) {
  if (result.ok) return result.value
  throw new Error(result.problems.map(({ message }) => message).join('\n'))
}
