/** A plan with every kind of step and every kind of undo in it, two stages, and names that need care. */
import type { Plan, Step } from '../../src/model/plan.ts'
import { withDigest } from '../../src/plan/digest.ts'

const touches: Step['touches'] = { creates: [], reads: ['table shop."Orders"'], changes: [], drops: [] }

function common(id: string, title: string) {
  return {
    id,
    title,
    rule: null,
    source: { path: 'migrations/003_orders.sql', line: 2, column: 1 },
    touches,
    locks: [],
    before: [],
    after: [],
    undo: { kind: 'nothing' as const, because: 'it only asks' },
  }
}

const addColumn: Step = {
  kind: 'ddl',
  ...common('add-note', 'Add column shop."Orders".note'),
  touches: { ...touches, creates: ['column shop."Orders".note'] },
  locks: [{ relation: 'shop."Orders"', mode: 'AccessExclusive' }],
  before: [{ kind: 'column', table: 'shop."Orders"', column: 'note', exists: false, type: null }],
  after: [
    { kind: 'column', table: 'shop."Orders"', column: 'note', exists: true, type: 'text' },
    { kind: 'column-default', table: 'shop."Orders"', column: 'note', default: 'observed' },
  ],
  undo: {
    kind: 'sql',
    sql: ['ALTER TABLE shop."Orders" DROP COLUMN note'],
    concurrently: false,
    locks: [{ relation: 'shop."Orders"', mode: 'AccessExclusive' }],
  },
  sql: [`ALTER TABLE shop."Orders"\n  ADD COLUMN note text DEFAULT 'a|b'`],
  lockTimeoutMs: 50,
  statementTimeoutMs: 5000,
}

const check: Step = {
  kind: 'check',
  ...common('no-duplicates', 'Ask that no two rows of shop."Orders" have the same number'),
  before: [
    {
      kind: 'no-rows',
      sql: 'SELECT number FROM shop."Orders" GROUP BY number HAVING count(*) > 1 LIMIT 20',
      otherwise: 'these numbers stand in more than one row',
    },
  ],
}

const buildIndex: Step = {
  kind: 'create-index',
  ...common('build-number', 'Build unique index shop."Orders_number"'),
  rule: 'create-index-blocking',
  touches: { ...touches, creates: ['index shop."Orders_number"'] },
  before: [{ kind: 'index', index: 'shop."Orders_number"', exists: false, valid: null, definition: null }],
  after: [{ kind: 'index', index: 'shop."Orders_number"', exists: true, valid: true, definition: null }],
  undo: {
    kind: 'sql',
    sql: ['DROP INDEX CONCURRENTLY IF EXISTS shop."Orders_number"'],
    concurrently: true,
    locks: [],
  },
  sql: 'CREATE UNIQUE INDEX CONCURRENTLY "Orders_number" ON shop."Orders" (number)',
  index: 'shop."Orders_number"',
  table: 'shop."Orders"',
}

const capture: Step = {
  kind: 'capture',
  ...common('capture-shop', 'Find the one value of SELECT id FROM shop.shops'),
  touches: {
    creates: ['capture capture-shop'],
    reads: ['rows shop.shops', 'table shop.shops'],
    changes: [],
    drops: [],
  },
  sql: 'SELECT id FROM shop.shops',
  statementTimeoutMs: 5000,
}

const addShop: Step = {
  kind: 'ddl',
  ...common('add-shop', 'Add column shop."Orders".shop with the captured value in every row'),
  touches: { ...touches, creates: ['column shop."Orders".shop'], reads: ['capture capture-shop'] },
  locks: [{ relation: 'shop."Orders"', mode: 'AccessExclusive' }],
  before: [
    { kind: 'column', table: 'shop."Orders"', column: 'shop', exists: false, type: null },
    {
      kind: 'no-rows',
      sql: ['SELECT id FROM shop.shops WHERE id IS DISTINCT FROM ', { capture: 'capture-shop' }],
      otherwise: 'shop.shops has changed since its value was captured',
    },
  ],
  after: [{ kind: 'column-default', table: 'shop."Orders"', column: 'shop', default: 'captured' }],
  undo: {
    kind: 'sql',
    sql: ['ALTER TABLE shop."Orders" DROP COLUMN shop'],
    concurrently: false,
    locks: [{ relation: 'shop."Orders"', mode: 'AccessExclusive' }],
  },
  sql: [['ALTER TABLE shop."Orders" ADD COLUMN shop bigint NOT NULL DEFAULT ', { capture: 'capture-shop' }]],
  lockTimeoutMs: 50,
  statementTimeoutMs: 5000,
}

const insert: Step = {
  kind: 'rows',
  ...common('insert-into-states', 'Insert 2 rows into shop.states'),
  undo: { kind: 'never', because: 'which rows were inserted is not known to the plan' },
  sql: "INSERT INTO shop.states VALUES ('open'), ('```')",
  lockTimeoutMs: 250,
  statementTimeoutMs: 5000,
}

const update: Step = {
  kind: 'in-batches',
  ...common('update-note', 'Set note of shop."Orders" in batches'),
  rule: 'update-without-where',
  touches: { ...touches, changes: ['rows shop."Orders"'] },
  locks: [{ relation: 'shop."Orders"', mode: 'RowExclusive' }],
  undo: { kind: 'never', because: 'the values before are not kept' },
  table: 'shop."Orders"',
  key: [{ column: 'id', type: 'bigint' }],
  sql: `UPDATE shop."Orders" SET note = 'x'\nWHERE "Orders".id >= $1::bigint AND "Orders".id <= $2::bigint`,
  targetMs: 40,
  batchRowsMax: 10_000,
  lockTimeoutMs: 250,
}

const validate: Step = {
  kind: 'patient',
  ...common('validate-positive', 'Validate constraint positive of shop."Orders"'),
  locks: [{ relation: 'shop."Orders"', mode: 'ShareUpdateExclusive' }],
  after: [
    {
      kind: 'constraint',
      table: 'shop."Orders"',
      constraint: 'Positive',
      exists: true,
      validated: true,
      definition: null,
    },
  ],
  sql: 'ALTER TABLE shop."Orders" VALIDATE CONSTRAINT "Positive"',
  lockTimeoutMs: 60_000,
}

function gate(stage: number): Step {
  return {
    kind: 'gate',
    ...common(`gate-${stage}`, `Wait for deploy ${stage} of 2`),
    source: null,
    touches: { creates: [], reads: [], changes: [], drops: [] },
    waitFor: `deploy ${stage} of 2: the new application runs everywhere, and no process of the one before it is left.`,
  }
}

const dropIndex: Step = {
  kind: 'drop-index',
  ...common('drop-old', 'Drop index shop.old'),
  touches: { ...touches, drops: ['index shop.old'] },
  after: [{ kind: 'index', index: 'shop.old', exists: false, valid: null, definition: null }],
  undo: {
    kind: 'sql',
    sql: ['CREATE INDEX CONCURRENTLY old ON shop."Orders" (number)'],
    concurrently: true,
    locks: [],
  },
  sql: 'DROP INDEX CONCURRENTLY shop.old',
  index: 'shop.old',
  table: 'shop."Orders"',
}

const dropColumn: Step = {
  kind: 'ddl',
  ...common('drop-weird', 'Drop column shop."Orders"."a\nb | *c*"'),
  touches: { ...touches, drops: ['column shop."Orders"."a\nb | *c*"'] },
  locks: [{ relation: 'shop."Orders"', mode: 'AccessExclusive' }],
  undo: { kind: 'never', because: 'its values are gone' },
  sql: ['ALTER TABLE shop."Orders" DROP COLUMN "a\nb | *c*"'],
  lockTimeoutMs: 50,
  statementTimeoutMs: 5000,
}

export const examplePlan: Plan = withDigest({
  formatVersion: 1,
  id: '003-orders',
  sources: [{ version: '003', name: 'orders', path: 'migrations/003_orders.sql', sha256: '5f'.repeat(32) }],
  base: { from: 'through', versions: ['001', '002'] },
  server: { major: 15, stallBudgetMs: 200 },
  relations: ['shop."Orders"', 'shop.states'],
  stages: [
    {
      number: 1,
      phases: [
        {
          name: 'expand',
          fingerprint: null,
          steps: [addColumn, check, buildIndex, capture, addShop, insert],
        },
        { name: 'backfill', fingerprint: null, steps: [update, validate] },
        { name: 'contract', fingerprint: null, steps: [gate(1), dropIndex] },
      ],
    },
    {
      number: 2,
      phases: [{ name: 'contract', fingerprint: null, steps: [gate(2), dropColumn] }],
    },
  ],
  invariants: [
    {
      name: 'orders by state',
      sql: 'SELECT state, count(*) FROM shop."Orders" GROUP BY 1',
      expect: 'same',
      origin: 'config',
    },
  ],
  differences: ['the columns added to shop."Orders" stand in another order: note, number'],
  notes: ['migrations/003_orders.sql:1: SET lock_timeout is left out: each step has settings of its own'],
  proof: null,
})
