// How fast `migrate lint` starts, beside `node -e 0`, and how it takes 1,000 small files, beside squawk: ratios of medians
// in one run, interleaved, on whatever machine this is. `npm run bench:lint`, after `npm run build`. With folders of real
// migrations (`npm run bench:lint -- FOLDER …`), 2,000 of their files too, and what memory they take.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const migrate = resolve(import.meta.dirname, '../bin/migrate.js')
const require = createRequire(import.meta.url)
const squawkPackage = require.resolve('squawk-cli/package.json')
const squawk = join(dirname(squawkPackage), require(squawkPackage).bin.squawk ?? 'js/bin/squawk')

const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'))
try {
  start()
  thousandFiles()
  if (process.argv.length > 2) realFiles(process.argv.slice(2))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function start() {
  const one = join(folder, 'one')
  mkdirSync(one)
  writeFileSync(join(one, '001_one.sql'), 'CREATE INDEX orders_customer ON orders (customer_id);\n')
  const times = interleaved(15, {
    'node -e 0': () => run(process.execPath, ['-e', '0']),
    'migrate lint, one file': () => run(process.execPath, [migrate, 'lint', one, '--format', 'json']),
  })
  report(times, 'node -e 0')
}

function thousandFiles() {
  const many = join(folder, 'many')
  mkdirSync(many)
  const names = Array.from({ length: 1000 }, (_, index) => `${String(index + 1).padStart(4, '0')}_step.sql`)
  for (const [index, name] of names.entries()) writeFileSync(join(many, name), smallFile(index))
  const times = interleaved(7, {
    squawk: () => run(process.execPath, [squawk, ...names.map((name) => join(many, name))]),
    'migrate lint, 1,000 files': () => run(process.execPath, [migrate, 'lint', many, '--format', 'json']),
  })
  report(times, 'squawk')
}

/** Repeated under other names where the folders hold fewer. Files of other products are none of ours. */
function realFiles(folders) {
  const count = 2000
  const found = folders.flatMap((one) =>
    readdirSync(one, { recursive: true })
      .filter((name) => name.endsWith('.sql') && !/mysql|sqlite|cockroach/.test(name))
      .sort()
      .map((name) => join(one, name)),
  )
  const many = join(folder, 'real')
  mkdirSync(many)
  const names = Array.from({ length: count }, (_, index) => `${String(index + 1).padStart(4, '0')}_real.sql`)
  for (const [index, name] of names.entries())
    copyFileSync(found[index % found.length] ?? '', join(many, name))
  const lint = [migrate, 'lint', many, '--format', 'json']
  const label = `migrate lint, ${count} real files`
  const times = interleaved(5, {
    squawk: () => run(process.execPath, [squawk, ...names.map((name) => join(many, name))]),
    [label]: () => run(process.execPath, lint, 2),
  })
  report(times, 'squawk')
  const atExit = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`
  const { stderr } = run(process.execPath, ['--import', `data:text/javascript,${atExit}`, ...lint], 2)
  const peak = /peak (\d+)/.exec(String(stderr))?.[1]
  console.log(
    `${label.padEnd(28)} ${Math.round(Number(peak) / 1024)} MB at most (${found.length} different files)`,
  )
}

/** Of the kinds that real folders hold: new tables, columns, indexes, keys, row changes. */
function smallFile(index) {
  const table = `t${Math.floor(index / 5)}`
  const shapes = [
    `CREATE TABLE ${table} (id bigint PRIMARY KEY, name text NOT NULL, owner_id bigint, created_at timestamptz DEFAULT now());`,
    `ALTER TABLE ${table} ADD COLUMN state text NOT NULL DEFAULT 'new';\nCREATE INDEX ${table}_state ON ${table} (state);`,
    `ALTER TABLE ${table} ADD CONSTRAINT ${table}_owner FOREIGN KEY (owner_id) REFERENCES ${table} (id);`,
    `UPDATE ${table} SET name = lower(name);\nALTER TABLE ${table} ALTER COLUMN owner_id SET NOT NULL;`,
    `-- lengths\nALTER TABLE ${table} ADD CONSTRAINT ${table}_name CHECK (length(name) < 200);\nDROP INDEX ${table}_state;`,
  ]
  return `${shapes[index % 5]}\n`
}

/** A linter that finds something exits 1, and with files that it cannot read 2; all else is trouble of the benchmark. */
function run(file, args, worst = 1) {
  const ended = spawnSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1 << 28 })
  if (ended.status === null || ended.status > worst)
    throw new Error(`${args.slice(0, 3).join(' ')} exited ${ended.status}: ${ended.stderr}`)
  return ended
}

function interleaved(rounds, contenders) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of Object.entries(contenders)) {
      const began = performance.now()
      work()
      times[name].push(performance.now() - began)
    }
  }
  return times
}

function report(times, base) {
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
  for (const [name, values] of Object.entries(times)) {
    const ratio = median(values) / median(times[base])
    console.log(
      `${name.padEnd(28)} median ${median(values).toFixed(0).padStart(5)} ms   ` +
        `min ${Math.min(...values).toFixed(0)} max ${Math.max(...values).toFixed(0)}   ${ratio.toFixed(2)} × ${base}`,
    )
  }
}
