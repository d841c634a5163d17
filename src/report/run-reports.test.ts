import { describe, expect, it } from 'vitest'
import { examplePlan } from '../../test/support/example-plan.ts'
import type { Outcome, RunReport } from '../model/outcome.ts'
import type { Waits } from '../model/waits.ts'
import { blockerLine } from './outcome-lines.ts'
import { allSteps } from './plan-words.ts'
import { rollbackPretty } from './rollback-pretty.ts'
import { runPretty } from './run-pretty.ts'

const setting = { plan: examplePlan, path: 'plans/003-orders.json', interrupted: false }
const applied: Outcome = { status: 'applied', ms: 3.21, attempts: 1, rows: null, longestLockMs: null }

/** What became of each step, by id; the others were not run. */
function reportOf(
  outcomes: Readonly<Record<string, Outcome>>,
  end: Partial<Pick<RunReport, 'status' | 'gate' | 'invariants'>>,
  waits: Readonly<Record<string, Waits>> = {},
): RunReport {
  return {
    plan: examplePlan.id,
    digest: examplePlan.digest,
    status: 'failed',
    gate: null,
    invariants: [],
    ...end,
    steps: examplePlan.stages.flatMap(({ number, phases }) =>
      phases.flatMap(({ name, steps }) =>
        steps.map(({ id, title }) => ({
          stage: number,
          phase: name,
          step: id,
          title,
          outcome: outcomes[id] ?? ({ status: 'not-run' } as const),
          waits: waits[id] ?? null,
        })),
      ),
    ),
  }
}

const failure: Outcome = { status: 'failed', sqlstate: null, message: 'it went wrong', hint: null, rows: [] }

describe('the report of an apply', () => {
  it('is one line a step, with its trouble below it and the way on at the end', () => {
    const report = reportOf(
      {
        'add-note': { ...applied, longestLockMs: 12.3, attempts: 3 },
        'no-duplicates': {
          ...failure,
          message: 'these numbers stand in more than one row',
          rows: [{ number: 7, count: 2 }],
          hint: 'Mend them.',
        },
      },
      {},
    )
    expect(runPretty(report, setting, false)).toMatchInlineSnapshot(`
      "stage 1 · expand
        ✓ Add column shop."Orders".note (3.2 ms; 3 attempts; locks asked for and held 12 ms)
        ✗ Ask that no two rows of shop."Orders" have the same number
            these numbers stand in more than one row
            {"number":7,"count":2}
            → Mend them.
        · Build unique index shop."Orders_number"
        · Find the one value of SELECT id FROM shop.shops
        · Add column shop."Orders".shop with the captured value in every row
        · Insert 2 rows into shop.states
      stage 1 · backfill
        · Set note of shop."Orders" in batches
        · Validate constraint positive of shop."Orders"
      stage 1 · contract
        · Wait for deploy 1 of 2
        · Drop index shop.old
      stage 2 · contract
        · Wait for deploy 2 of 2
        · Drop column shop."Orders"."a b | *c*"

      stopped: plan 003-orders is not applied to its end; mend the cause, then run the same command again: it goes on with this step
      "
    `)
  })

  it('gives the remedy for an error that the server gives none for', () => {
    const denied: Outcome = { ...failure, sqlstate: '42501', message: 'must be owner of table "Orders"' }
    const text = runPretty(reportOf({ 'add-note': denied }, {}), setting, false)
    expect(text).toContain('must be owner of table "Orders" (SQLSTATE 42501)\n      → Run it as a role')
  })

  it('says how to go on in the words of what stopped it', () => {
    const last = (report: RunReport, interrupted = false) =>
      runPretty(report, { ...setting, interrupted }, false)
        .trimEnd()
        .split('\n')
        .at(-1)
    const stopped = 'stopped: plan 003-orders is not applied to its end; '
    const broken = { name: 'orders by state', at: 'stage 1 backfill end', held: false, detail: 'open 3 → 2' }
    expect([
      last(reportOf({ 'add-note': failure }, {})),
      last(reportOf({ 'add-note': { status: 'lock-timeout', waitedMs: 5, blockers: [] } }, {})),
      last(reportOf({ 'add-note': { status: 'in-doubt', message: 'gone' } }, {})),
      last(reportOf({ 'add-note': applied }, { invariants: [broken] })),
      last(reportOf({ 'add-note': applied }, {}), true),
    ]).toEqual([
      `${stopped}mend the cause, then run the same command again: it goes on with this step`,
      `${stopped}end what holds the lock or let it end, then run the same command again`,
      `${stopped}run the same command again: it looks what became of the step in doubt, and goes on`,
      `${stopped}look into the broken invariant before you go on`,
      `${stopped}run the same command again to go on`,
    ])
  })

  it('names an invariant that is broken, with what differs', () => {
    const broken = { name: 'orders by state', at: 'stage 1 backfill end', held: false, detail: 'open 3 → 2' }
    const held = { ...broken, name: 'paid orders', held: true, detail: null }
    const text = runPretty(reportOf({ 'add-note': applied }, { invariants: [broken, held] }), setting, false)
    expect(text).toContain('invariant broken orders by state (stage 1 backfill end): open 3 → 2\n')
    expect(text).not.toContain('paid orders')
  })
})

describe('the waits of a run', () => {
  it('are summed up over its steps, each kind that there was', () => {
    const waits = { lookingMs: 1_500, lockingMs: 12.4, queueingMs: 0 }
    const report = reportOf({ 'add-note': applied }, {}, { 'add-note': waits, 'no-duplicates': waits })
    const told = 'waits: 3.0 s with nothing of ours queued, 25 ms for strong locks asked for and held\n'
    expect(runPretty(report, setting, false)).toContain(told)
    expect(runPretty(reportOf({ 'add-note': applied }, {}), setting, false)).not.toContain('waits:')
  })
})

describe('the report of a rollback', () => {
  it('is last step first, without gates, and says what it did not reach', () => {
    const report = reportOf(
      {
        'gate-1': { status: 'already-applied' },
        'validate-positive': { status: 'already-applied' },
        'drop-old': applied,
        'update-note': { ...failure, message: 'Set note of shop."Orders" in batches cannot be taken back' },
      },
      {},
    )
    expect(rollbackPretty(report, setting, false)).toMatchInlineSnapshot(`
      "stage 1 · contract
        ↩ Drop index shop.old (taken back in 3.2 ms)
      stage 1 · backfill
        – Validate constraint positive of shop."Orders" (nothing to take back)
        ✗ Set note of shop."Orders" in batches
            Set note of shop."Orders" in batches cannot be taken back
        · 6 steps before it not reached

      stopped: plan 003-orders can be rolled back no further
      "
    `)
  })

  it('tells a step that failed on its way back from one that has none', () => {
    const text = rollbackPretty(reportOf({ 'drop-old': failure }, {}), setting, false)
    expect(text).toContain('rolled back in part; mend the cause, then run the same command again\n')
    const all = Object.fromEntries(allSteps(examplePlan).map(({ id }) => [id, applied]))
    expect(rollbackPretty(reportOf(all, { status: 'done' }), setting, false)).toContain(
      'done: plan 003-orders is rolled back, 10 steps taken back\n',
    )
  })
})

describe('who is in the way', () => {
  const nobody = { user: null, application: null, state: null, transactionAgeMs: null, query: null }

  it('is told as far as it may be seen', () => {
    expect(blockerLine({ pid: 7, ...nobody })).toBe('pid 7')
    expect(blockerLine({ pid: 7, ...nobody, user: 'app' })).toBe('pid 7 (app)')
    expect(
      blockerLine({
        pid: 7,
        user: 'app',
        application: 'web',
        state: 'idle in transaction',
        transactionAgeMs: 12_000,
        query: ' SELECT 1,\n   2',
      }),
    ).toBe('pid 7 (app/web, idle in transaction for 12.0 s): SELECT 1, 2')
  })
})
