/** What lint itself has to say of a file, where no rule speaks: named, configured and suppressed as rules are. */
import type { RuleManual } from '../model/finding.ts'

export const unusedSuppression = {
  id: 'unused-suppression',
  severity: 'warning',
  what: 'A "-- lockstep: allow" comment that allows nothing.',
  why: 'Nobody is protected by it, and it would hide the next finding of that name without anybody having decided so.',
  instead: 'Write "-- lockstep: allow RULE because REASON" directly before the statement, or remove it.',
  reference: 'docs/ci.md',
} as const satisfies RuleManual

export const emptyFile = {
  id: 'empty-file',
  severity: 'warning',
  what: 'A migration file with nothing in it.',
  why: 'The runner will record it as applied, and whoever meant to write SQL there will not be heard again.',
  instead: 'Write the SQL, or a comment that says why there is none, or remove the file.',
  reference: 'docs/ci.md',
} as const satisfies RuleManual

export const ownFindings: readonly RuleManual[] = [unusedSuppression, emptyFile]
