// Judges lockstep on a folder of real migrations: `npm run corpus -- PATH [--layout ory] [--from V | --applied FILE] [--to V |
// --wanted FILE] [--load] [--stalls] [--json FILE]`, after `npm run build`. A FILE names one version a line. Such folders are never
// part of this repository: fetch one beside it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { transformSync } from 'esbuild'
import { readAppliedFile } from '../dist/cli/plan-source.js'
import { readSources } from '../dist/cli/read-sources.js'
import { runCorpus } from '../dist/corpus/run-corpus.js'
import { installedMajor } from '../dist/database/embedded-binaries.js'
import { configDefaults } from '../dist/model/config-defaults.js'
import { corpusHolds, corpusTable } from '../dist/report/corpus-table.js'
import { readMigrations } from '../dist/source/read-migrations.js'
import { loadParser } from '../dist/sql/parser.js'
import { openShadow } from '../dist/verify/shadow.js'

const root = resolve(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    layout: { type: 'string' },
    from: { type: 'string' },
    applied: { type: 'string' },
    to: { type: 'string' },
    wanted: { type: 'string' },
    load: { type: 'boolean', default: false },
    stalls: { type: 'boolean', default: false },
    tokens: { type: 'string', default: '50000' },
    rate: { type: 'string', default: '200' },
    'limit-seconds': { type: 'string', default: '300' },
    json: { type: 'string' },
  },
})

await loadParser()
const [path, another] = positionals
if (path === undefined || another !== undefined)
  misuse([{ message: 'Name one folder of migrations.', hint: null }])
const [folder] = valueOf(readSources([path], process.cwd(), () => true))
const { layout, up } = valueOf(
  readMigrations(folder.files, { layout: values.layout ?? null, transaction: null }),
)
const shadow = valueOf(await openShadow({ shadowUrl: null, targetUrl: null, major: installedMajor() ?? 15 }))
const ran = await runCorpus({
  layout,
  migrations: up,
  boundary: { from: side(values.from, values.applied), to: side(values.to, values.wanted) },
  major: shadow.major,
  shadow,
  searchPath: configDefaults.searchPath,
  stallBudgetMs: configDefaults.stallBudgetMs,
  describe: await independentReader(),
  load: values.load
    ? {
        loadProcess: join(root, 'dist/demo/load-process.js'),
        tokens: Number(values.tokens),
        transactionsPerSecond: Number(values.rate),
        connections: 16,
      }
    : null,
  measuresStalls: values.stalls,
  limitMs: Number(values['limit-seconds']) * 1000,
  random: Math.random,
  now: () => performance.now(),
  say: (line) => process.stderr.write(`${line}\n`),
})
await shadow.close()
const report = valueOf(ran)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
process.stdout.write(corpusTable(report, process.stdout.isTTY === true))
process.exitCode = corpusHolds(report) ? 0 : 1

/** The reader of schemas that the tests judge by. It imports nothing, so that its text alone is a module. */
async function independentReader() {
  const text = readFileSync(join(root, 'test/support/describe-database.ts'), 'utf8')
  const { code } = transformSync(text, { loader: 'ts', format: 'esm' })
  const { describeDatabase } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  return (ask) => describeDatabase(ask, { columnOrder: false })
}

/** One side of the boundary: a version and all before it, or the versions that a file names. */
function side(through, file) {
  if (file !== undefined) return { applied: valueOf(readAppliedFile(file)) }
  return through === undefined ? null : { through }
}

function valueOf(result) {
  return result.ok ? result.value : misuse(result.problems)
}

function misuse(problems) {
  for (const { message, hint } of problems)
    process.stderr.write(`${message}${hint === null ? '' : `\n  → ${hint}`}\n`)
  process.exit(2)
}
