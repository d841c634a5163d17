// How long `migrate plan` takes over 500 migrations of mixed kinds, without the proof, and what memory: `npm run
// bench:plan`, after `npm run build`. With a folder of real migrations (`npm run bench:plan -- FOLDER [--layout ory]
// [--through VERSION]`) over what is pending there. The times of 125, 250 and 500 files show how it grows.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const migrate = resolve(import.meta.dirname, '../bin/migrate.js')
const rounds = 3
const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'))
try {
  const [given, ...options] = process.argv.slice(2)
  if (given !== undefined) report(given, [given, ...options])
  else for (const count of [125, 250, 500]) report(`${count} migrations`, generated(count))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A tenth of the tables is applied and in use; what comes to them must be rewritten, what comes to new ones need not. */
function generated(count) {
  const path = join(folder, String(count))
  mkdirSync(path)
  const tables = Math.ceil(count / 10)
  const inUse = Array.from({ length: tables }, (_, at) => newTable(`used_${at}`)).join('\n')
  writeFileSync(join(path, '0000_base.sql'), inUse)
  for (let at = 0; at < count; at += 1)
    writeFileSync(join(path, `${String(at + 1).padStart(4, '0')}_step.sql`), migration(at, tables))
  return [path, '--through', '0000']
}

function newTable(name) {
  return `CREATE TABLE ${name} (id bigint PRIMARY KEY, name text, state varchar(20), owner_id bigint, size integer, seen timestamptz DEFAULT now());`
}

/** No two of one kind for one table: each column, index and constraint comes once. */
function migration(at, tables) {
  const table = `used_${at % tables}`
  const nth = Math.floor(at / tables)
  const shapes = [
    `${newTable(`new_${at}`)}\nCREATE INDEX new_${at}_name ON new_${at} (name);`,
    `ALTER TABLE ${table} ADD COLUMN note_${nth} text;\nCREATE INDEX ${table}_name ON ${table} (name);`,
    `ALTER TABLE ${table} ADD COLUMN kind text;\nUPDATE ${table} SET kind = 'none';\nALTER TABLE ${table} ALTER COLUMN kind SET NOT NULL;`,
    `ALTER TABLE ${table} ADD CONSTRAINT ${table}_owner FOREIGN KEY (owner_id) REFERENCES used_0 (id);`,
    `ALTER TABLE ${table} ADD CONSTRAINT ${table}_size CHECK (size >= 0);\nUPDATE ${table} SET name = lower(name) WHERE name IS NOT NULL;`,
    `ALTER TABLE ${table} RENAME COLUMN seen TO seen_at;`,
    `ALTER TABLE ${table} ALTER COLUMN size TYPE bigint;`,
    `CREATE VIEW ${table}_names AS SELECT id, name FROM ${table};\nCOMMENT ON VIEW ${table}_names IS 'names';\nGRANT SELECT ON ${table}_names TO PUBLIC;`,
    `CREATE FUNCTION ${table}_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note_1 := 'x'; RETURN NEW; END $$;\nCREATE TRIGGER ${table}_touch BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_touch();`,
    `ALTER TABLE ${table} DROP COLUMN state;`,
  ]
  return `${shapes[nth % shapes.length]}\n`
}

function report(label, given) {
  const out = join(folder, 'plan.json')
  const seconds = []
  const used = []
  let peak = 0
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now()
    const { cpuSeconds, peakMegabytes } = run(['plan', ...given, '--no-proof', '--id', 'bench', '--out', out])
    seconds.push((performance.now() - began) / 1000)
    used.push(cpuSeconds)
    peak = Math.max(peak, peakMegabytes)
  }
  const { sources, stages } = JSON.parse(readFileSync(out, 'utf8'))
  const steps = stages.flatMap(({ phases }) => phases.flatMap((phase) => phase.steps))
  console.log(
    `${label}: ${sources.length} files, ${steps.length} steps, ${stages.length} stages; median ${median(seconds)} s ` +
      `(${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}), of the processor ${median(used)} s, ` +
      `${peak} MB at most`,
  )
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)].toFixed(2)
}

/** What it used, which says more than the clock on a busy machine. What cannot be planned is trouble of the benchmark. */
function run(args) {
  const atExit = `process.on('exit', () => process.stderr.write('\\n' + JSON.stringify(process.resourceUsage())))`
  const command = ['--import', `data:text/javascript,${atExit}`, migrate, ...args]
  const { status, stderr } = spawnSync(process.execPath, command, {
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`migrate ${args.slice(0, 2).join(' ')} exited ${status}: ${stderr}`)
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(stderr.split('\n').at(-1))
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMegabytes: Math.round(maxRSS / 1024) }
}
