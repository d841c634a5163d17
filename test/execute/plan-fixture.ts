/** Plans for the executor's tests: hand-written steps, everything else filled in, checked by the plan's own schema. */
import { createHash } from 'node:crypto'
import type { CapturedSql } from '../../src/model/captured-sql.ts'
import type { Condition } from '../../src/model/condition.ts'
import {
  plan as planSchema,
  type PhaseName,
  type Plan,
  type Step,
  type StepKind,
  type StepOf,
} from '../../src/model/plan.ts'

type Given<K extends StepKind> = Partial<StepOf<K>> & { readonly id: string }

const nothing = { kind: 'nothing', because: 'a test does not need it' } as const

const common = {
  rule: null,
  source: null,
  touches: { creates: [], reads: [], changes: [], drops: [] },
  locks: [],
  before: [],
  after: [],
  undo: nothing,
}

export function ddlStep(given: Given<'ddl'>): Step {
  return {
    kind: 'ddl',
    title: given.id,
    ...common,
    sql: ['SELECT 1'],
    lockTimeoutMs: 50,
    statementTimeoutMs: 5_000,
    ...given,
  }
}

export function patientStep(given: Given<'patient'>): Step {
  return { kind: 'patient', title: given.id, ...common, sql: 'SELECT 1', lockTimeoutMs: 60_000, ...given }
}

export function indexStep(
  given: Given<'create-index'> & { index: string; table: string; sql: string },
): Step {
  return {
    kind: 'create-index',
    title: given.id,
    ...common,
    touches: { ...common.touches, creates: [`index ${given.index}`] },
    before: [{ kind: 'index', index: given.index, exists: false, valid: null, definition: null }],
    after: [{ kind: 'index', index: given.index, exists: true, valid: true, definition: null }],
    undo: {
      kind: 'sql',
      sql: [`DROP INDEX CONCURRENTLY IF EXISTS ${given.index}`],
      concurrently: true,
      locks: [{ relation: given.table, mode: 'ShareUpdateExclusive' }],
    },
    ...given,
  }
}

export function dropIndexStep(
  given: Given<'drop-index'> & { index: string; table: string; sql: string },
): Step {
  return {
    kind: 'drop-index',
    title: given.id,
    ...common,
    before: [{ kind: 'index', index: given.index, exists: true, valid: null, definition: null }],
    after: [{ kind: 'index', index: given.index, exists: false, valid: null, definition: null }],
    ...given,
  }
}

export function batchesStep(given: Given<'in-batches'> & { table: string; sql: CapturedSql }): Step {
  return {
    kind: 'in-batches',
    title: given.id,
    ...common,
    key: [{ column: 'id', type: 'bigint' }],
    targetMs: 40,
    batchRowsMax: 10_000,
    lockTimeoutMs: 250,
    ...given,
  }
}

export function rowsStep(given: Given<'rows'> & { sql: CapturedSql }): Step {
  return { kind: 'rows', title: given.id, ...common, lockTimeoutMs: 250, statementTimeoutMs: 5_000, ...given }
}

export function historyStep(given: Given<'record-history'> & { table: string }): Step {
  return {
    kind: 'record-history',
    title: given.id,
    ...common,
    row: [{ column: 'version', value: '1' }],
    lockTimeoutMs: 250,
    statementTimeoutMs: 5_000,
    ...given,
  }
}

export function checkStep(given: Given<'check'>): Step {
  return { kind: 'check', title: given.id, ...common, ...given }
}

export function captureStep(given: Given<'capture'> & { sql: string }): Step {
  return { kind: 'capture', title: given.id, ...common, statementTimeoutMs: 5_000, ...given }
}

export function gateStep(id: string): Step {
  return { kind: 'gate', title: id, ...common, id, waitFor: 'the deploy' }
}

/** `ALTER TABLE … ADD COLUMN`, with its conditions, its lock and the way back. */
export function addColumn(id: string, table: string, column: string, type: string): Step {
  const lock = { relation: table, mode: 'AccessExclusive' } as const
  return ddlStep({
    id,
    sql: [`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`],
    locks: [lock],
    touches: { ...common.touches, creates: [`column ${table}.${column}`], reads: [`table ${table}`] },
    before: [columnCondition(table, column, false)],
    after: [columnCondition(table, column, true)],
    undo: {
      kind: 'sql',
      sql: [`ALTER TABLE ${table} DROP COLUMN ${column}`],
      concurrently: false,
      locks: [lock],
    },
  })
}

export function columnCondition(table: string, column: string, exists: boolean): Condition {
  return { kind: 'column', table, column, exists, type: null }
}

export interface PlanGiven {
  readonly id?: string
  readonly major: number
  readonly phases: { readonly [P in PhaseName]?: readonly Step[] }
  readonly fingerprints?: { readonly [P in PhaseName]?: string }
  readonly relations?: readonly string[]
  readonly invariants?: Plan['invariants']
}

export function planOf(given: PlanGiven): Plan {
  const names = ['expand', 'backfill', 'contract'] as const
  const body = {
    formatVersion: 1,
    id: given.id ?? 'test-plan',
    sources: [],
    base: { from: 'nothing', versions: [] },
    server: { major: given.major, stallBudgetMs: 200 },
    relations: given.relations ?? [],
    stages: [
      {
        number: 1,
        phases: names.flatMap((name) => {
          const steps = given.phases[name]
          return steps === undefined ? [] : [{ name, fingerprint: given.fingerprints?.[name] ?? null, steps }]
        }),
      },
    ],
    invariants: given.invariants ?? [],
    differences: [],
    notes: [],
    proof: null,
  }
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex')
  return planSchema.parse({ ...body, digest })
}
