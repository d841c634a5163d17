/**
 * The worked example from the last 1.x on: plans/2.x.json is what the planner writes for migrations/2.x, byte for byte,
 * ends where the stock migrations end, and lets the 1.x application insert until its gate.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadRowsSql } from '../src/demo/load-rows.ts'
import type { Migration } from '../src/model/migration.ts'
import { runReport } from '../src/model/outcome.ts'
import { splitPending } from '../src/source/pending.ts'
import { readMigrations } from '../src/source/read-migrations.ts'
import { packageFolder, runMigrate } from './cli/run-migrate.ts'
import { createTestDatabase, type TestDatabase } from './support/database.ts'
import { describeDatabase } from './support/describe-database.ts'

const boundary = '20220801000300'
/** The rows of the demonstration are those of 1.0. */
const firstRelease = '20190617000200'
const folders = ['migrations/1.x', 'migrations/2.x']

function readAll() {
  const files = folders.flatMap((folder) =>
    readdirSync(join(packageFolder, folder))
      .filter((name) => name.endsWith('.sql'))
      .map((name) => ({
        path: `${folder}/${name}`,
        text: readFileSync(join(packageFolder, folder, name), 'utf8'),
      })),
  )
  const read = readMigrations(files, { layout: 'ory', transaction: null })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  return read.value
}

function migrations(): { base: readonly Migration[]; pending: readonly Migration[] } {
  const split = splitPending(readAll().up, { through: boundary })
  if (!split.ok) throw new Error(split.problems.map(({ message }) => message).join('\n'))
  return split.value
}

async function run(database: TestDatabase, part: readonly Migration[]): Promise<void> {
  for (const { text, transaction } of part) {
    if (text.split('\n').every((line) => line.trim() === '' || line.startsWith('--'))) continue
    await database.session.execute(transaction === 'file' ? `BEGIN; ${text}; COMMIT` : text)
  }
}

async function described(database: TestDatabase): Promise<unknown> {
  const ask = (sql: string) => database.session.query<object>(sql)
  return describeDatabase(ask, { exceptSchemas: ['lockstep'], columnOrder: false })
}

/** Needs no value of the network: the 1.x application knows nothing of it. */
const oldInsert = `INSERT INTO hydra_oauth2_jti_blacklist (signature, expires_at) VALUES ('kept', now());
  INSERT INTO hydra_oauth2_authentication_session (id, authenticated_at, subject) VALUES ('old-application', now(), 's')`

describe('plans/2.x.json', () => {
  it('is what the planner writes, byte for byte', async () => {
    const out = mkdtempSync(join(tmpdir(), 'lockstep-plan-'))
    try {
      const path = join(out, '2.x.json')
      const command = `plan ${folders.join(' ')} --through ${boundary} --id 2.x --server-version 15 --out ${path}`
      const ended = await runMigrate(command.split(' '))
      expect(ended.stderr).toContain('proved on PostgreSQL 15')
      expect(readFileSync(path, 'utf8')).toBe(readFileSync(join(packageFolder, 'plans/2.x.json'), 'utf8'))
    } finally {
      rmSync(out, { recursive: true })
    }
  })
})

describe('migrations/2.x-merge', () => {
  it('is refused, with a way that is open', async () => {
    const command = `plan migrations/1.x migrations/2.x-merge --through ${boundary} --server-version 15 --no-proof`
    const ended = await runMigrate(command.split(' '))
    expect(ended.code).not.toBe(0)
    expect(ended.stderr).toContain('blue-green')
    await expect(ended.stderr).toMatchFileSnapshot('golden/2.x-merge.txt')
  })
})

describe('applied to a database with rows', () => {
  let stock: TestDatabase
  let planned: TestDatabase
  let before: unknown

  beforeAll(async () => {
    const { base, pending } = migrations()
    stock = await createTestDatabase()
    planned = await createTestDatabase()
    for (const database of [stock, planned]) {
      await run(
        database,
        base.filter(({ version }) => version <= firstRelease),
      )
      for (const statement of loadRowsSql(500)) await database.session.execute(statement)
      await run(
        database,
        base.filter(({ version }) => version > firstRelease),
      )
    }
    before = await described(stock)
    await run(stock, pending)
  })
  afterAll(async () => {
    await stock.drop()
    await planned.drop()
  })

  it('lets the 1.x application insert at its gate, and ends in the stock schema', async () => {
    const path = join(packageFolder, 'plans/2.x.json')
    const apply = (...more: readonly string[]) =>
      runMigrate(['apply', path, '--database-url', planned.url, '--format', 'json', '--unproved', ...more])
    const first = await apply()
    expect(first.code, first.stderr).toBe(0)
    const stopped = runReport.parse(JSON.parse(first.stdout))
    expect(stopped.status).toBe('at-gate')
    await planned.session.execute(oldInsert)
    const gate = stopped.steps.find(({ outcome }) => outcome.status === 'waiting-at-gate')
    const second = await apply('--confirm', gate?.step ?? '')
    expect(second.code, second.stderr).toBe(0)
    expect(runReport.parse(JSON.parse(second.stdout)).status).toBe('done')
    expect(await described(planned)).toEqual(await described(stock))
    const [orphans] = await planned.session.query<{ count: string }>(
      `SELECT count(*) FROM hydra_oauth2_authentication_session
       WHERE nid IS DISTINCT FROM (SELECT id FROM networks)`,
    )
    expect(orphans?.count).toBe('0')
  })

  it('goes back to 1.x by its down files', async () => {
    await run(
      stock,
      readAll().down.filter(({ version }) => version > boundary),
    )
    expect(await described(stock)).toEqual(before)
  })
})
