/** A plan with a step of every kind, each of which can be taken back, for a run that something happens to. */
import { withDigest } from '../../src/plan/digest.ts'
import type { Condition } from '../../src/model/condition.ts'
import type { Plan, Step, StepKind } from '../../src/model/plan.ts'
import {
  addColumn,
  batchesStep,
  captureStep,
  checkStep,
  columnCondition,
  ddlStep,
  dropIndexStep,
  gateStep,
  historyStep,
  indexStep,
  patientStep,
  planOf,
  rowsStep,
} from '../execute/plan-fixture.ts'

const table = 'public.things'
const strong = { relation: table, mode: 'AccessExclusive' } as const
const maintenance = { relation: table, mode: 'ShareUpdateExclusive' } as const

/** Rows enough for four batches; padded, so that the table outgrows the limit of a full disk. */
export const setup = `
CREATE TABLE owners (name text PRIMARY KEY);
INSERT INTO owners VALUES ('O''Hara');
CREATE TABLE things (id bigint PRIMARY KEY, code text NOT NULL, n integer NOT NULL DEFAULT 0, pad text NOT NULL);
INSERT INTO things (id, code, pad) SELECT i, 'code ' || i, repeat('x', 150) FROM generate_series(1, 2000) i;
CREATE INDEX things_old ON things (n);
CREATE TABLE history (version text PRIMARY KEY)`

/** One of each kind at least: leaving one out does not compile. Their ids are what a place in the run is told by. */
const steps = {
  check: [
    checkStep({
      id: 'f-check',
      before: [{ kind: 'no-rows', sql: 'SELECT id FROM things WHERE n < 0', otherwise: 'n is negative' }],
    }),
  ],
  ddl: [addColumn('f-add-twice', table, 'twice', 'bigint'), addOwner(), addCheck(), addReference()],
  rows: [
    rowsStep({
      id: 'f-once',
      sql: 'UPDATE things SET n = n + 10 WHERE id <= 5',
      undo: backBy('UPDATE things SET n = n - 10 WHERE id <= 5'),
    }),
  ],
  capture: [captureStep({ id: 'f-find-owner', sql: 'SELECT name FROM owners' })],
  'create-index': [
    indexStep({
      id: 'f-build',
      index: 'public.things_code',
      table,
      sql: 'CREATE UNIQUE INDEX CONCURRENTLY things_code ON public.things (code)',
      locks: [maintenance],
    }),
  ],
  'in-batches': [
    batchesStep({
      id: 'f-fill',
      table,
      batchRowsMax: 550,
      lockTimeoutMs: 2_500,
      sql: 'UPDATE things SET twice = id * 2, n = n + 1 WHERE (id) >= ($1::bigint) AND (id) <= ($2::bigint)',
      undo: backBy('UPDATE things SET n = n - 1 WHERE twice IS NOT NULL', 'UPDATE things SET twice = NULL'),
    }),
  ],
  patient: [
    patientStep({
      id: 'f-validate',
      sql: 'ALTER TABLE things VALIDATE CONSTRAINT positive',
      locks: [maintenance],
      before: [constraint('positive', true, false)],
      after: [constraint('positive', true, true)],
    }),
  ],
  gate: [gateStep('f-gate')],
  'drop-index': [
    dropIndexStep({
      id: 'f-drop',
      index: 'public.things_old',
      table,
      sql: 'DROP INDEX CONCURRENTLY public.things_old',
      locks: [maintenance],
      undo: {
        kind: 'sql',
        sql: ['CREATE INDEX CONCURRENTLY things_old ON public.things (n)'],
        concurrently: true,
        locks: [maintenance],
      },
    }),
  ],
  'record-history': [
    historyStep({
      id: 'f-record',
      table: 'public.history',
      undo: backBy(`DELETE FROM public.history WHERE version = '1'`),
    }),
  ],
} satisfies { readonly [K in StepKind]: readonly Step[] }

/** All of them. */
export const stepKinds: readonly string[] = Object.keys(steps)

export function faultPlan(major: number): Plan {
  const [addTwice, owner, check, reference] = steps.ddl
  const { digest: _, ...plan } = planOf({
    id: 'fault-plan',
    major,
    invariants: [
      {
        name: 'ids',
        sql: 'SELECT count(*), sum(id) FROM things WHERE id > 0',
        expect: 'same',
        origin: 'config',
      },
    ],
    phases: {
      expand: [
        ...steps.check,
        addTwice,
        ...steps.rows,
        ...steps.capture,
        owner,
        ...steps['create-index'],
        check,
        reference,
      ].filter((step) => step !== undefined),
      backfill: [...steps['in-batches'], ...steps.patient],
      contract: [...steps.gate, ...steps['drop-index'], ...steps['record-history']],
    },
  })
  return withDigest(plan)
}

function constraint(name: string, exists: boolean, validated: boolean | null): Condition {
  return { kind: 'constraint', table, constraint: name, exists, validated, definition: null }
}

function backBy(first: string, ...more: readonly string[]): Step['undo'] {
  return { kind: 'sql', sql: [first, ...more], concurrently: false, locks: [] }
}

function addOwner(): Step {
  return ddlStep({
    id: 'f-add-owner',
    sql: [['ALTER TABLE things ADD COLUMN owner text NOT NULL DEFAULT ', { capture: 'f-find-owner' }]],
    locks: [strong],
    before: [columnCondition(table, 'owner', false)],
    after: [columnCondition(table, 'owner', true)],
    undo: {
      kind: 'sql',
      sql: ['ALTER TABLE things DROP COLUMN owner'],
      concurrently: false,
      locks: [strong],
    },
  })
}

function addCheck(): Step {
  return ddlStep({
    id: 'f-add-check',
    sql: ['ALTER TABLE things ADD CONSTRAINT positive CHECK (n >= 0) NOT VALID'],
    locks: [strong],
    before: [constraint('positive', false, null)],
    after: [constraint('positive', true, null)],
    undo: {
      kind: 'sql',
      sql: ['ALTER TABLE things DROP CONSTRAINT positive'],
      concurrently: false,
      locks: [strong],
    },
  })
}

/** Takes the locks of two tables. Its rows are read at once: they are few. */
function addReference(): Step {
  const locks = [
    { relation: 'public.owners', mode: 'ShareRowExclusive' as const },
    { relation: table, mode: 'ShareRowExclusive' as const },
  ]
  return ddlStep({
    id: 'f-refer',
    sql: ['ALTER TABLE things ADD CONSTRAINT refers FOREIGN KEY (owner) REFERENCES owners'],
    locks,
    before: [constraint('refers', false, null)],
    after: [constraint('refers', true, true)],
    undo: {
      kind: 'sql',
      // Two statements, each alone, so that a way back can be left between them.
      sql: ['ALTER TABLE things DROP CONSTRAINT IF EXISTS refers', 'ANALYZE owners'],
      concurrently: true,
      locks,
      locksOfEach: [locks, []],
    },
  })
}
