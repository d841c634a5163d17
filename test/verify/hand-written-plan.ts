/** A plan written by hand, as good as one can be, so that tests can spoil one thing at a time. */
import type { Condition } from '../../src/model/condition.ts'
import type { Lock } from '../../src/model/effect.ts'
import type { PhaseName, Plan, Step, StepKind, StepOf } from '../../src/model/plan.ts'
import { withDigest } from '../../src/plan/digest.ts'
import type { SourceSql } from '../../src/verify/run-sources.ts'

export const base: readonly SourceSql[] = [
  file('1_base.sql', [
    `CREATE TABLE customers (id bigint PRIMARY KEY, name text, legacy text)`,
    `CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, status text, total int, note text)`,
  ]),
]

export const pending: readonly SourceSql[] = [
  file('2_orders.sql', [
    `ALTER TABLE orders ADD COLUMN priority int NOT NULL DEFAULT 3`,
    `CREATE INDEX orders_customer ON orders (customer_id)`,
    `ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id)`,
    `UPDATE orders SET status = 'unknown' WHERE status IS NULL`,
    `ALTER TABLE orders ALTER COLUMN status SET NOT NULL`,
    `COMMENT ON COLUMN orders.status IS 'never empty'`,
    `GRANT SELECT ON orders TO PUBLIC`,
    `ALTER TABLE customers DROP COLUMN legacy`,
  ]),
]

export function file(path: string, statements: readonly string[]): SourceSql {
  return { path, text: `${statements.join(';\n')};\n`, statements, transaction: 'file' }
}

export function lock(relation: string, mode: Lock['mode'] = 'AccessExclusive'): Lock {
  return { relation, mode }
}

const nothing = { creates: [], reads: [], changes: [], drops: [] }

function common<K extends StepKind>(kind: K, id: string, locks: Lock[], after: Condition[]) {
  return {
    kind,
    id,
    title: id,
    rule: null,
    source: null,
    touches: nothing,
    locks,
    before: [],
    after,
    undo: { kind: 'never' as const, because: 'a test never goes back' },
  }
}

export function ddl(
  id: string,
  sql: [string, ...string[]],
  locks: Lock[],
  after: Condition[] = [],
): StepOf<'ddl'> {
  return { ...common('ddl', id, locks, after), sql, lockTimeoutMs: 50, statementTimeoutMs: 5000 }
}

export function patient(id: string, sql: string, locks: Lock[], after: Condition[] = []): StepOf<'patient'> {
  return { ...common('patient', id, locks, after), sql, lockTimeoutMs: 60_000 }
}

export function batches(id: string, table: string, sql: string): StepOf<'in-batches'> {
  return {
    ...common('in-batches', id, [lock(table, 'RowExclusive')], []),
    table,
    key: [{ column: 'id', type: 'bigint' }],
    sql,
    targetMs: 40,
    batchRowsMax: 40,
    lockTimeoutMs: 250,
  }
}

function constraint(name: string, validated: boolean): Condition {
  return {
    kind: 'constraint',
    table: 'public.orders',
    constraint: name,
    exists: true,
    validated,
    definition: null,
  }
}

export const steps = {
  column: ddl(
    'add-priority',
    ['ALTER TABLE public.orders ADD COLUMN priority int NOT NULL DEFAULT 3'],
    [lock('public.orders')],
    [
      { kind: 'column', table: 'public.orders', column: 'priority', exists: true, type: 'integer' },
      { kind: 'column-default', table: 'public.orders', column: 'priority', default: '3' },
    ],
  ),
  foreignKey: ddl(
    'add-foreign-key',
    [
      'ALTER TABLE public.orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES public.customers (id) NOT VALID',
    ],
    [lock('public.orders', 'ShareRowExclusive'), lock('public.customers', 'ShareRowExclusive')],
    [constraint('orders_customer_fkey', false)],
  ),
  check: ddl(
    'add-check',
    ['ALTER TABLE public.orders ADD CONSTRAINT lockstep_status CHECK (status IS NOT NULL) NOT VALID'],
    [lock('public.orders')],
    [constraint('lockstep_status', false)],
  ),
  comment: ddl(
    'comment',
    [`COMMENT ON COLUMN public.orders.status IS 'never empty'`],
    [lock('public.orders', 'ShareUpdateExclusive')],
    [],
  ),
  grant: ddl('grant', ['GRANT SELECT ON public.orders TO PUBLIC'], [], []),
  index: {
    ...common(
      'create-index',
      'build-index',
      [lock('public.orders', 'ShareUpdateExclusive')],
      [{ kind: 'index', index: 'public.orders_customer', exists: true, valid: true, definition: null }],
    ),
    sql: 'CREATE INDEX CONCURRENTLY orders_customer ON public.orders (customer_id)',
    index: 'public.orders_customer',
    table: 'public.orders',
  } satisfies StepOf<'create-index'>,
  update: batches(
    'fill-status',
    'public.orders',
    `UPDATE public.orders SET status = 'unknown' WHERE (status IS NULL) AND (id) >= ($1::bigint) AND (id) <= ($2::bigint)`,
  ),
  validateForeignKey: patient(
    'validate-foreign-key',
    'ALTER TABLE public.orders VALIDATE CONSTRAINT orders_customer_fkey',
    [lock('public.orders', 'ShareUpdateExclusive'), lock('public.customers', 'RowShare')],
    [constraint('orders_customer_fkey', true)],
  ),
  validateCheck: patient(
    'validate-check',
    'ALTER TABLE public.orders VALIDATE CONSTRAINT lockstep_status',
    [lock('public.orders', 'ShareUpdateExclusive')],
    [constraint('lockstep_status', true)],
  ),
  notNull: ddl(
    'set-not-null',
    [
      'ALTER TABLE public.orders ALTER COLUMN status SET NOT NULL',
      'ALTER TABLE public.orders DROP CONSTRAINT lockstep_status',
    ],
    [lock('public.orders')],
    [{ kind: 'column-not-null', table: 'public.orders', column: 'status', notNull: true }],
  ),
  gate: {
    ...common('gate', 'deploy', [], []),
    waitFor: 'the old application is gone',
  } satisfies StepOf<'gate'>,
  drop: ddl(
    'drop-legacy',
    ['ALTER TABLE public.customers DROP COLUMN legacy'],
    [lock('public.customers')],
    [{ kind: 'column', table: 'public.customers', column: 'legacy', exists: false, type: null }],
  ),
} satisfies Record<string, Step>

export const phases: Record<PhaseName, readonly (keyof typeof steps)[]> = {
  expand: ['column', 'foreignKey', 'comment', 'grant'],
  backfill: ['index', 'update', 'check', 'validateForeignKey', 'validateCheck', 'notNull'],
  contract: ['gate', 'drop'],
}

/** The good plan with some steps exchanged, by keys of the good one; null leaves one out. */
export function planWith(
  major: number,
  changes: Partial<Record<keyof typeof steps, Step | null>> = {},
  more: Partial<Plan> = {},
): Plan {
  const phase = (name: PhaseName) => ({
    name,
    fingerprint: null,
    steps: phases[name].flatMap((key) => {
      const step = changes[key]
      if (step === null) return []
      return [step ?? steps[key]]
    }),
  })
  return withDigest({
    formatVersion: 1,
    id: 'hand-written',
    digest: '',
    sources: [],
    base: { from: 'nothing', versions: [] },
    server: { major, stallBudgetMs: 200 },
    relations: ['public.customers', 'public.orders'],
    stages: [{ number: 1, phases: [phase('expand'), phase('backfill'), phase('contract')] }],
    invariants: [],
    differences: [],
    notes: [],
    proof: null,
    ...more,
  })
}
