import type { RunEvent } from '../model/run-event.ts'
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
