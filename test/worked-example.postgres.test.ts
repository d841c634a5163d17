/**
 * The worked example, whole: plans/1.x.json is what the planner writes for migrations/1.x, byte for byte, and applied to
 * a database with rows it ends where the stock migrations end. Equality is judged by a catalog reader that shares no
 * code with the planner, and by pg_dump where one of the server's release is installed.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { invariants, upgradedInvariants } from '../src/demo/invariants.ts'
import { loadRowsSql } from '../src/demo/load-rows.ts'
import { plan as planSchema, type Plan } from '../src/model/plan.ts'
import { runReport } from '../src/model/outcome.ts'
import type { Migration } from '../src/model/migration.ts'
import { readMigrations } from '../src/source/read-migrations.ts'
import { splitPending } from '../src/source/pending.ts'
import { packageFolder, runMigrate } from './cli/run-migrate.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from './support/database.ts'
import { describeDatabase } from './support/describe-database.ts'
import { dumpSchema } from './support/pg-dump.ts'

const boundary = '20190617000200'
const folder = join(packageFolder, 'migrations/1.x')
const planPath = join(packageFolder, 'plans/1.x.json')

function migrations(): { base: readonly Migration[]; pending: readonly Migration[] } {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => ({ path: `migrations/1.x/${name}`, text: readFileSync(join(folder, name), 'utf8') }))
  const read = readMigrations(files, { layout: 'ory', transaction: null })
  const split = read.ok ? splitPending(read.value.up, { through: boundary }) : read
  if (!split.ok) throw new Error(split.problems.map(({ message }) => message).join('\n'))
  return split.value
}

async function run(database: TestDatabase, part: readonly Migration[]): Promise<void> {
  for (const { text, transaction } of part) {
    if (text.split('\n').every((line) => line.trim() === '' || line.startsWith('--'))) continue
    await database.session.execute(transaction === 'file' ? `BEGIN; ${text}; COMMIT` : text)
  }
}

describe('plans/1.x.json', () => {
  it('is what the planner writes, byte for byte', async () => {
    const out = mkdtempSync(join(tmpdir(), 'lockstep-plan-'))
    try {
      const path = join(out, '1.x.json')
      const command = `plan migrations/1.x --through ${boundary} --id 1.x --server-version 15 --out ${path}`
      const ended = await runMigrate(command.split(' '))
      expect(ended.stderr).toContain('proved on PostgreSQL 15')
      expect(readFileSync(path, 'utf8')).toBe(readFileSync(planPath, 'utf8'))
    } finally {
      rmSync(out, { recursive: true })
    }
  })

  it('holds every pending statement, and no work that grows under a lock that stops anybody', () => {
    const plan = readPlan()
    const strong = new Set(['Share', 'ShareRowExclusive', 'Exclusive', 'AccessExclusive'])
    const steps = plan.stages.flatMap(({ phases }) => phases.flatMap((phase) => phase.steps))
    for (const step of steps.filter(({ kind }) => kind !== 'ddl')) {
      expect(
        step.locks.filter(({ mode }) => strong.has(mode)),
        step.id,
      ).toEqual([])
    }
    const working = steps.filter(({ kind }) => kind !== 'record-history')
    const sources = new Set(working.map(({ source }) => source?.path))
    const recorded = new Set(
      steps.filter((step) => !working.includes(step)).map(({ source }) => source?.path),
    )
    expect(recorded).toEqual(new Set(migrations().pending.map(({ path }) => path)))
    for (const { path, text } of migrations().pending) {
      const isEmpty = text.split('\n').every((line) => line.trim() === '' || line.startsWith('--'))
      // What folding has put into another step is said in a note.
      const isThere = sources.has(path) || plan.notes.some((note) => note.includes(path))
      expect(isThere, path).toBe(!isEmpty)
    }
  })
})

describe('applied to a database with rows', () => {
  let stock: TestDatabase
  let planned: TestDatabase
  let scratch: string
  const tokens = 1000

  beforeAll(async () => {
    const { base, pending } = migrations()
    scratch = mkdtempSync(join(tmpdir(), 'lockstep-plan-'))
    stock = await createTestDatabase()
    await run(stock, base)
    for (const statement of loadRowsSql(tokens)) await stock.session.execute(statement)
    await stock.session.close()
    planned = await createTestDatabase(stock.name)
    stock = { ...stock, session: await mustConnect(stock.url) }
    await run(stock, pending)
  })
  afterAll(async () => {
    await stock.drop()
    await planned.drop()
    rmSync(scratch, { recursive: true })
  })

  it('stops at its gate, goes on when it is confirmed, and ends in the stock schema', async () => {
    const path = await planFor(Math.floor(planned.session.serverVersionNum / 10_000), scratch)
    const apply = (...more: readonly string[]) =>
      runMigrate(['apply', path, '--database-url', planned.url, '--format', 'json', '--unproved', ...more])
    const first = await apply()
    expect(first.code, first.stderr).toBe(0)
    const stopped = runReport.parse(JSON.parse(first.stdout))
    expect(stopped.status).toBe('at-gate')
    const gate = stopped.steps.find(({ outcome }) => outcome.status === 'waiting-at-gate')
    const second = await apply('--confirm', gate?.step ?? '')
    expect(second.code, second.stderr).toBe(0)
    expect(runReport.parse(JSON.parse(second.stdout)).status).toBe('done')

    const options = { exceptSchemas: ['lockstep'], columnOrder: false }
    const ask = (database: TestDatabase) => (sql: string) => database.session.query<object>(sql)
    expect(await describeDatabase(ask(planned), options)).toEqual(await describeDatabase(ask(stock), options))
  })

  it('keeps every invariant, and what the mass UPDATEs meant', async () => {
    for (const { name, sql, expect: wanted } of [...invariants, ...upgradedInvariants]) {
      const [here] = await planned.session.query<{ value: string }>(sql)
      const [there] = await stock.session.query<{ value: string }>(sql)
      expect(here?.value, name).toBe(wanted === 'zero' ? '0' : there?.value)
    }
  })

  it('dumps the same, where a pg_dump of the release is installed', async () => {
    const [here, there] = [await dumped(planned), await dumped(stock)]
    console.log(
      here === null
        ? 'no pg_dump of this release: the catalog reader alone has judged'
        : `judged by ${here.by}`,
    )
    expect(here?.lines).toEqual(there?.lines)
  })
})

/** The dump without what lockstep itself keeps, as a set of lines: columns may stand in another order. */
async function dumped(database: TestDatabase): Promise<{ by: string; lines: readonly string[] } | null> {
  await database.session.execute('DROP SCHEMA IF EXISTS lockstep CASCADE')
  const dump = await dumpSchema(database.session, database.url)
  if (dump === null) return null
  const lines = dump.text.split('\n').map((line) => line.replace(/,$/, ''))
  return { by: dump.by, lines: lines.sort() }
}

function readPlan(): Plan {
  return planSchema.parse(JSON.parse(readFileSync(planPath, 'utf8')))
}

/** The committed plan where it is for this server's major; else one made for it, which only this run has proved. */
async function planFor(major: number, scratch: string): Promise<string> {
  if (major === readPlan().server.major) return planPath
  const path = join(scratch, '1.x.json')
  const command = `plan migrations/1.x --through ${boundary} --server-version ${major} --no-proof --out ${path}`
  expect((await runMigrate(command.split(' '))).code).toBe(0)
  return path
}
