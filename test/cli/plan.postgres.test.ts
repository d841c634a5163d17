/** `migrate plan` and `migrate prove` against servers: the proof, the shadow, and what a database knows as applied. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import { proof as proofSchema } from '../../src/model/proof.ts'
import { readPlan } from '../../src/plan/plan-file.ts'
import { openShop, type Shop } from './shop.ts'

let shop: Shop

beforeAll(async () => {
  shop = await openShop({ proof: false })
})
afterAll(() => shop.close())

/** On the test's own server in place of an embedded one. */
function shadow(): readonly string[] {
  return ['--shadow-url', inject('serverUrl'), '--server-version', String(shop.major)]
}

function planAt(path: string): Plan {
  const read = readPlan(readFileSync(join(shop.folder, path), 'utf8'), path)
  if (!read.ok) throw new Error(`${path} is not a plan`)
  return read.value
}

describe('migrate plan', () => {
  it('takes what a finished plan has brought as applied, and the schema from the database', async () => {
    const database = await shop.database()
    try {
      await shop.migrate(['apply', shop.path, '--unproved', '--through-gates'], database.url)
      const nothing = await shop.migrate(['plan'], database.url)
      expect(nothing).toEqual({
        code: 0,
        stdout: '',
        stderr: 'nothing to plan: every migration named in migrations is applied\n',
      })

      shop.write({
        'migrations/004_note.sql': `UPDATE orders SET note = '' WHERE note IS NULL;\n`,
        'migrations/005_more.sql': 'ALTER TABLE customers ADD COLUMN name text;\n',
        'migrations/006_most.sql': 'CREATE INDEX customers_name ON customers (name);\n',
      })
      const each = await shop.migrate(['plan', 'migrations', '--each', '--no-proof'], database.url)
      expect(each).toMatchObject({ code: 0, stderr: '' })
      expect(each.stdout.split('\n').map((line) => line.split(':')[0])).toEqual([
        'plans/migrations-004.json',
        'plans/migrations-005.json',
        'plans/migrations-006.json',
        '',
      ])
      const last = planAt('plans/migrations-006.json')
      expect(last.base).toEqual({ from: 'database', versions: ['001', '002', '003', '004', '005'] })
      expect(last.server.major).toBe(shop.major)
      expect(planAt('plans/migrations-004.json').relations).toEqual(['public.orders'])
    } finally {
      await database.drop()
    }
  })

  it('does not prove a plan on the database that it is for', async () => {
    const database = await shop.database()
    try {
      const args = ['plan', '--through', '001', '--shadow-url', database.url, '--out', 'plans/never.json']
      const ended = await shop.migrate(args, database.url)
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      expect(ended.stderr).toContain('The shadow is the target')
      expect(existsSync(join(shop.folder, 'plans/never.json'))).toBe(false)
    } finally {
      await database.drop()
    }
  })

  it('says where the rows for the proof are broken, and writes nothing', async () => {
    shop.write({ 'rows.sql': `INSERT INTO customers VALUES (1, 'a');\nINSERT INTO nowhere VALUES (1);\n` })
    const out = ['--through', '002', '--out', 'plans/never.json']
    const broken = await shop.migrate(['plan', ...out, ...shadow(), '--rows', 'rows.sql'])
    expect(broken).toMatchObject({ code: 1, stdout: '' })
    expect(broken.stderr).toContain(
      'the rows cannot be loaded: rows.sql:2:13: relation "nowhere" does not exist',
    )
    expect(broken.stderr).toContain('\nno plan is written\n')
    expect(existsSync(join(shop.folder, 'plans/never.json'))).toBe(false)
  })
})

describe('migrate prove', () => {
  it('proves a plan again, records the proof when told to, and refuses sources that have changed', async () => {
    const args = ['prove', shop.path, '--shadow-url', inject('serverUrl')]
    const proved = await shop.migrate([...args, '--format', 'json'])
    expect(proved.code).toBe(0)
    expect(proofSchema.parse(JSON.parse(proved.stdout)).verdict).toBe('proved')
    expect(planAt(shop.path)).toEqual(shop.plan)

    const recorded = await shop.migrate([...args, '--record'])
    expect(recorded.code).toBe(0)
    expect(recorded.stdout).toMatch(
      /^proved on PostgreSQL .*: the same schema and rows \(\d+ rows in 2 tables/,
    )
    expect(recorded.stderr).toContain(`the proof is written into ${shop.path}\n`)
    const { proof, stages } = planAt(shop.path)
    expect(proof?.verdict).toBe('proved')
    expect(stages[0]?.phases[0]?.fingerprint).toMatch(/^[0-9a-f]{64}$/)

    const source = 'migrations/002_orders.sql'
    shop.write({ [source]: `${readFileSync(join(shop.folder, source), 'utf8')}-- later\n` })
    const changed = await shop.migrate(args)
    expect(changed).toMatchObject({ code: 1, stdout: '' })
    expect(changed.stderr).toContain(`${source} has changed since the plan was made`)
  })
})
