/**
 * A run's events as figures that Prometheus reads from a file (node_exporter's textfile collector). Format:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
import type { Plan } from '../model/plan.ts'
import type { RunEvent } from '../model/run-event.ts'
import { noWaits, type Waits } from '../model/waits.ts'
import { allSteps } from './plan-words.ts'

export interface RunMetrics {
  readonly plan: string
  readonly action: string
  readonly stepsTotal: number
  /** Steps that ended, by their outcome. */
  readonly ended: Readonly<Record<string, number>>
  readonly step: { readonly id: string; readonly startedMs: number } | null
  readonly progress: Extract<RunEvent, { kind: 'progress' }> | null
  readonly rowsChanged: number
  readonly waits: Waits
  readonly lockAttemptsFailed: number
  readonly blockers: number
  readonly blockersTerminated: number
  /** Null while it goes on. */
  readonly status: 'done' | 'at-gate' | 'failed' | null
  /** Milliseconds since 1970. */
  readonly updatedMs: number
}

export function openMetrics(plan: Plan, nowMs: number): RunMetrics {
  return {
    plan: plan.id,
    action: 'apply',
    stepsTotal: allSteps(plan).length,
    ended: {},
    step: null,
    progress: null,
    rowsChanged: 0,
    waits: noWaits,
    lockAttemptsFailed: 0,
    blockers: 0,
    blockersTerminated: 0,
    status: null,
    updatedMs: nowMs,
  }
}

export function metricsAfter(before: RunMetrics, event: RunEvent, nowMs: number): RunMetrics {
  const metrics = { ...before, updatedMs: nowMs }
  switch (event.kind) {
    case 'run-started':
      return { ...metrics, action: event.action }
    case 'run-ended':
      return { ...metrics, status: event.status, step: null, progress: null, blockers: 0 }
    case 'step-started':
      return { ...metrics, step: { id: event.step, startedMs: nowMs }, progress: null, blockers: 0 }
    case 'step-ended':
      return afterStep(metrics, event)
    case 'progress':
      return { ...metrics, progress: event, blockers: 0 }
    case 'waiting-for-lock':
      return { ...metrics, blockers: event.blockers.length }
    case 'lock-attempt-failed':
      return { ...metrics, lockAttemptsFailed: metrics.lockAttemptsFailed + 1 }
    case 'blocker-terminated':
      return { ...metrics, blockersTerminated: metrics.blockersTerminated + 1 }
    case 'phase-started':
    case 'paused':
    case 'cleaned-up':
    case 'waiting-for-runner':
    case 'warning':
      return metrics
  }
}

function afterStep(
  metrics: RunMetrics,
  { outcome, waits }: Extract<RunEvent, { kind: 'step-ended' }>,
): RunMetrics {
  const rows = outcome.status === 'applied' ? (outcome.rows ?? 0) : 0
  return {
    ...metrics,
    ended: { ...metrics.ended, [outcome.status]: (metrics.ended[outcome.status] ?? 0) + 1 },
    step: null,
    progress: null,
    blockers: 0,
    rowsChanged: metrics.rowsChanged + rows,
    waits: {
      lookingMs: metrics.waits.lookingMs + waits.lookingMs,
      lockingMs: metrics.waits.lockingMs + waits.lockingMs,
      queueingMs: metrics.waits.queueingMs + waits.queueingMs,
    },
  }
}

interface Family {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  /** Value by labels; none: the family is left out. */
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

export function metricsText(metrics: RunMetrics): string {
  return familiesOf(metrics)
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) =>
      [
        `# HELP lockstep_${name} ${help}`,
        `# TYPE lockstep_${name} ${type}`,
        ...samples.map(
          ({ labels, value }) => `lockstep_${name}${labelText({ plan: metrics.plan, ...labels })} ${value}`,
        ),
        '',
      ].join('\n'),
    )
    .join('')
}

function familiesOf(metrics: RunMetrics): readonly Family[] {
  const { step, progress, waits, status } = metrics
  const one = (value: number) => [{ labels: {}, value }]
  return [
    gauge('run_active', '1 while the run goes on.', one(status === null ? 1 : 0)),
    gauge(
      'run_status',
      '1 for how the run ended: done, at-gate or failed.',
      status === null ? [] : [{ labels: { action: metrics.action, status }, value: 1 }],
    ),
    gauge('run_updated_timestamp_seconds', 'When this file was last true.', one(metrics.updatedMs / 1000)),
    gauge('plan_steps', 'Steps of the plan.', one(metrics.stepsTotal)),
    counter(
      'steps_ended_total',
      'Steps that this run came to, by outcome.',
      Object.entries(metrics.ended).map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
    gauge(
      'step_started_timestamp_seconds',
      'When the step under way began.',
      step === null ? [] : [{ labels: { step: step.id }, value: step.startedMs / 1000 }],
    ),
    gauge(
      'step_progress',
      'How far the step under way is, in its unit.',
      progress === null
        ? []
        : [{ labels: { step: progress.step, unit: progress.unit }, value: progress.done }],
    ),
    gauge(
      'step_progress_target',
      'How far it has to go.',
      progress === null || progress.total === null
        ? []
        : [{ labels: { step: progress.step, unit: progress.unit }, value: progress.total }],
    ),
    counter('rows_changed_total', 'Rows changed by the steps that ended.', one(metrics.rowsChanged)),
    counter(
      'wait_seconds_total',
      'Time of ended steps that was not work: looking on with nothing queued, strong locks asked for and held, queued where no statement waits behind.',
      [
        { labels: { kind: 'looking' }, value: waits.lookingMs / 1000 },
        { labels: { kind: 'locking' }, value: waits.lockingMs / 1000 },
        { labels: { kind: 'queueing' }, value: waits.queueingMs / 1000 },
      ],
    ),
    counter('lock_attempts_failed_total', 'Times that we gave way.', one(metrics.lockAttemptsFailed)),
    gauge('blockers', 'Sessions in the way of the step under way.', one(metrics.blockers)),
    counter(
      'blockers_terminated_total',
      'Sessions ended by --terminate-blockers.',
      one(metrics.blockersTerminated),
    ),
  ]
}

function gauge(name: string, help: string, samples: Family['samples']): Family {
  return { name, type: 'gauge', help, samples }
}

function counter(name: string, help: string, samples: Family['samples']): Family {
  return { name, type: 'counter', help, samples }
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
