import type { Pressure, RunEvent } from '../model/run-event.ts'
import { duration } from './duration.ts'
import { printable } from './printable.ts'
import { blockerLine } from './outcome-lines.ts'

/** One line a person can follow on stderr, or null for events that say nothing new to them. */
export function progressLine(event: RunEvent): string | null {
  switch (event.kind) {
    case 'run-started':
    case 'run-ended':
      return null
    case 'phase-started':
      return `stage ${event.stage} · ${event.phase}`
    case 'step-started':
      return `  ${printable(event.title)} …`
    case 'waiting-for-lock':
      return `    in the way: ${event.blockers.map(blockerLine).join('; ')}`
    case 'blocker-terminated':
      return `    ended ${blockerLine(event.blocker)}`
    case 'lock-attempt-failed':
      return `    attempt ${event.attempt}: gave way after ${duration(event.lockTimeoutMs)}`
    case 'progress':
      return `    ${event.what}: ${progressOf(event)}`
    case 'paused':
      return `    pauses: ${pressureOf(event.pressure)}`
    case 'cleaned-up':
      return `    cleaned up ${event.what}`
    case 'waiting-for-runner':
      return `another runner is at work: ${event.owner}`
    case 'warning':
      return `warning: ${event.message}`
    case 'step-ended':
      return null
  }
}

function progressOf(event: Extract<RunEvent, { kind: 'progress' }>): string {
  const done = `${event.done}`
  if (event.total === null || event.total === 0) return `${done} ${event.unit}`
  return `${done} of ${event.total} ${event.unit} (${Math.floor((100 * event.done) / event.total)} %)`
}

function pressureOf({ what, value, limit }: Pressure): string {
  switch (what) {
    case 'replica-lag':
      return `a standby is ${duration(value)} behind, the limit is ${duration(limit)}`
    case 'wal-rate':
      return `the server writes ${megabytes(value)} MB of WAL a second, the limit is ${megabytes(limit)}`
    case 'dead-rows':
      return `the table has ${Math.round(value)} dead rows, the limit is ${Math.round(limit)}`
    case 'probe':
      return `the probe took ${duration(value)}, the limit is ${duration(limit)}`
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
