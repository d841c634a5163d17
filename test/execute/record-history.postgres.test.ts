/** The row that Ory's runner looks for, written with the plan, once, and taken back with it when it was ours. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { ddlStep, gateStep, planOf } from './plan-fixture.ts'
import { majorOf, must, options, outcomeOf } from './run-fixture.ts'

let database: TestDatabase

const runnersTable = `
  CREATE TABLE schema_migration (version varchar(48) NOT NULL, version_self int NOT NULL DEFAULT 0);
  CREATE UNIQUE INDEX schema_migration_version_idx ON schema_migration (version)`

function recordStep(version: string): Step {
  return {
    kind: 'record-history',
    id: `record-${version}`,
    title: `Tell the migration runner that ${version} is applied`,
    rule: null,
    source: null,
    touches: { creates: [], reads: [], changes: ['rows public.schema_migration'], drops: [] },
    locks: [{ relation: 'public.schema_migration', mode: 'RowExclusive' }],
    before: [],
    after: [],
    undo: {
      kind: 'sql',
      sql: [`DELETE FROM public.schema_migration WHERE version = '${version}'`],
      concurrently: false,
      locks: [{ relation: 'public.schema_migration', mode: 'RowExclusive' }],
    },
    table: 'public.schema_migration',
    row: [{ column: 'version', value: version }],
    lockTimeoutMs: 250,
    statementTimeoutMs: 5_000,
  }
}

function plan(): Plan {
  return planOf({
    major: majorOf(database.session),
    phases: {
      expand: [ddlStep({ id: 'nothing-much' }), recordStep('1'), recordStep('2')],
      contract: [gateStep('gate-1')],
    },
  })
}

async function versions(): Promise<readonly string[]> {
  const rows = await database.session.query<{ version: string }>(
    'SELECT version FROM schema_migration ORDER BY 1',
  )
  return rows.map(({ version }) => version)
}

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(() => database.drop())

describe('record-history', () => {
  it('writes a row a migration before the gate, and takes back only what was its own', async () => {
    await database.session.execute(`${runnersTable}; INSERT INTO schema_migration VALUES ('2')`)
    const first = must(await applyPlan(plan(), database.url, options({ through: 'first-gate' })))
    expect(first.status).toBe('at-gate')
    expect(await versions()).toEqual(['1', '2'])
    expect(outcomeOf(first, 'record-1')).toMatchObject({ status: 'applied', rows: 1 })
    expect(outcomeOf(first, 'record-2')).toMatchObject({ status: 'applied', rows: 0 })
    expect(must(await rollbackPlan(plan(), database.url, options())).status).toBe('done')
    expect(await versions()).toEqual(['2'])
    // And once more, for rows of an earlier try must not be taken for this one's.
    expect(must(await applyPlan(plan(), database.url, options())).status).toBe('done')
    expect(await versions()).toEqual(['1', '2'])
  })

  it('knows after a crash, before or after its commit, whether the row is its own', async () => {
    await database.session.execute(runnersTable)
    const cut = options({
      beforeCommit: async (step, session) => {
        if (step.id === 'record-1')
          await database.session.query('SELECT pg_terminate_backend($1)', [session.pid])
      },
    })
    expect(must(await applyPlan(plan(), database.url, cut)).status).toBe('failed')
    expect(await versions()).toEqual([])
    const late = options({
      afterStep: async (step, session) => {
        if (step.id === 'record-1')
          await database.session.query('SELECT pg_terminate_backend($1)', [session.pid])
      },
    })
    expect(must(await applyPlan(plan(), database.url, late)).status).toBe('failed')
    expect(await versions()).toEqual(['1'])
    expect(must(await applyPlan(plan(), database.url, options())).status).toBe('done')
    expect(await versions()).toEqual(['1', '2'])
    expect(must(await rollbackPlan(plan(), database.url, options())).status).toBe('done')
    expect(await versions()).toEqual([])
  })

  it('says so where the runner has never run, and does no harm', async () => {
    const run = options()
    expect(must(await applyPlan(plan(), database.url, run)).status).toBe('done')
    const warnings = run.events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []))
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain('public.schema_migration does not exist')
    expect(must(await rollbackPlan(plan(), database.url, options())).status).toBe('done')
  })
})
