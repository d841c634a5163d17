import { describe, expect, it } from 'vitest'
import { examplePlan } from '../../test/support/example-plan.ts'
import type { RunEvent } from '../model/run-event.ts'
import { noWaits } from '../model/waits.ts'
import { metricsAfter, metricsText, openMetrics, type RunMetrics } from './run-metrics.ts'

const step = 'add-note'
const blocker = { pid: 7, user: 'app', application: 'web', state: 'active', transactionAgeMs: 9, query: null }

function after(...events: readonly RunEvent[]): RunMetrics {
  return events.reduce(
    (metrics, event, index) => metricsAfter(metrics, event, 1_000 * (index + 2)),
    openMetrics(examplePlan, 1_000),
  )
}

/** Sample lines without the plan's label. */
function samples(metrics: RunMetrics): readonly string[] {
  return metricsText(metrics)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(`plan="${examplePlan.id}",`, '').replace(`{plan="${examplePlan.id}"}`, ''))
}

describe('metrics of a run', () => {
  it('say what goes on', () => {
    const metrics = after(
      { kind: 'run-started', action: 'apply', digest: 'd', owner: 'o', database: 'shop' },
      { kind: 'step-started', step, title: 'Add it' },
      { kind: 'waiting-for-lock', step, blockers: [blocker, blocker] },
      { kind: 'lock-attempt-failed', step, attempt: 1, lockTimeoutMs: 50 },
    )
    expect(samples(metrics)).toEqual(
      expect.arrayContaining([
        'lockstep_run_active 1',
        'lockstep_run_updated_timestamp_seconds 5',
        'lockstep_step_started_timestamp_seconds{step="add-note"} 3',
        'lockstep_blockers 2',
        'lockstep_lock_attempts_failed_total 1',
      ]),
    )
    expect(metricsText(metrics)).not.toContain('run_status')
  })

  it('say how it ended, with what was waited for in all', () => {
    const outcome = { status: 'applied', ms: 5, attempts: 1, rows: 10, longestLockMs: null } as const
    const waits = { ...noWaits, lookingMs: 1_500 }
    const metrics = after(
      { kind: 'step-started', step, title: 'Add it' },
      { kind: 'progress', step, what: 'rows changed', done: 5, total: 10, unit: 'rows' },
      { kind: 'step-ended', step, outcome, waits },
      { kind: 'step-ended', step: 'next', outcome, waits },
      { kind: 'run-ended', status: 'at-gate', gate: 'gate-1' },
    )
    expect(samples(metrics)).toEqual(
      expect.arrayContaining([
        'lockstep_run_active 0',
        'lockstep_run_status{action="apply",status="at-gate"} 1',
        'lockstep_steps_ended_total{outcome="applied"} 2',
        'lockstep_rows_changed_total 20',
        'lockstep_wait_seconds_total{kind="looking"} 3',
        'lockstep_blockers 0',
      ]),
    )
    expect(metricsText(metrics)).not.toContain('step_progress')
  })

  it('keep to the format: one HELP and one TYPE a family, labels escaped', () => {
    const odd = { ...examplePlan, id: 'a"b\\c\nd' }
    const lines = metricsText(openMetrics(odd, 0)).trimEnd().split('\n')
    const families = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2])
    expect(new Set(families).size).toBe(families.length)
    expect(lines.filter((line) => line.startsWith('# HELP'))).toHaveLength(families.length)
    const sample = /^lockstep_[a-z_]+\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\} -?[0-9.e+]+$/
    expect(lines.filter((line) => !line.startsWith('#') && !sample.test(line))).toEqual([])
    expect(lines).toContain(String.raw`lockstep_run_active{plan="a\"b\\c\nd"} 1`)
  })
})
