/** `-- lockstep: allow RULE because …`: which findings it takes away, and what is wrong with it. */
import type { Catalog } from '../catalog/catalog.ts'
import type { Severity } from '../model/finding.ts'
import type { Span } from '../model/position.ts'
import type { Work } from '../model/work.ts'
import type { Rule } from '../rules/define-rule.ts'
import type { LockstepComment } from '../sql/lockstep-comment.ts'
import { nearestName } from './nearest-name.ts'
import { unusedSuppression } from './own-findings.ts'

/** What a rule, or lint itself, says of a stretch of a file. */
export interface LocatedFinding {
  readonly rule: string
  readonly severity: Severity
  readonly message: string
  readonly effect: string
  readonly instead: string
  readonly span: Span
  /** The statement it stands on; null: on none, as a comment at the end of a file. */
  readonly statement: number | null
  readonly work?: Work | null
  /** Has a later file done what the finding asks for? */
  readonly isSettledBy?: ((end: Catalog) => boolean) | null
}

/** What `allow` may name beside rules: decisions that the planner asks for. */
const plannersPermissions: readonly string[] = [
  'split-transaction',
  'copy-of-rows',
  'quiet',
  'trigger-column',
]

export interface Suppression {
  readonly finding: LocatedFinding
  readonly because: string
}

interface Allowance {
  readonly comment: LockstepComment
  readonly rules: readonly string[]
}

/**
 * The findings that are left, those about the comments themselves among them, and those that were taken away. Whether a rule
 * that is off would have found something nobody knows: a comment that allows it is let be.
 */
export function suppress(
  findings: readonly LocatedFinding[],
  comments: readonly LockstepComment[],
  rules: readonly Rule[],
  isOff: (rule: string) => boolean,
): { readonly findings: readonly LocatedFinding[]; readonly suppressed: readonly Suppression[] } {
  const allowances = comments.flatMap((comment) => allowanceOf(comment) ?? [])
  if (allowances.length === 0) return { findings, suppressed: [] }
  const used = new Set<string>()
  const kept: LocatedFinding[] = []
  const suppressed: Suppression[] = []
  for (const finding of findings) {
    const allowance = allowances.find((one) => isAbout(one, finding))
    if (allowance === undefined) kept.push(finding)
    else {
      used.add(keyOf(allowance, finding.rule))
      suppressed.push({ finding, because: allowance.comment.because ?? '' })
    }
  }
  const complaints = allowances.flatMap((allowance) =>
    allowance.rules.length === 0
      ? [complaint(allowance.comment, 'The comment names no rule to allow.', 'error')]
      : allowance.rules
          .filter((rule) => !isOff(rule))
          .flatMap((rule) => complaintAbout(allowance, rule, used, rules) ?? []),
  )
  return { findings: [...kept, ...complaints], suppressed }
}

function allowanceOf(comment: LockstepComment): Allowance | null {
  if (comment.directive !== 'allow') return null
  const names = comment.arguments.replaceAll(',', ' ').split(' ')
  return { comment, rules: names.filter((name) => name !== '') }
}

function isAbout({ comment, rules }: Allowance, finding: LocatedFinding): boolean {
  if (comment.because === null || !rules.includes(finding.rule)) return false
  return comment.statementIndex === null || comment.statementIndex === finding.statement
}

function keyOf({ comment }: Allowance, rule: string): string {
  return `${comment.span.start} ${rule}`
}

function complaintAbout(
  allowance: Allowance,
  rule: string,
  used: ReadonlySet<string>,
  rules: readonly Rule[],
): LocatedFinding | null {
  if (plannersPermissions.includes(rule)) return null
  const { comment } = allowance
  const names = [...rules.map(({ id }) => id), ...plannersPermissions]
  if (!names.includes(rule)) {
    const nearest = nearestName(rule, names)
    const meant = nearest === null ? '' : ` Did you mean ${nearest}?`
    return complaint(comment, `There is no rule ${rule} to allow.${meant}`, 'error')
  }
  const { severity } = unusedSuppression
  if (comment.because === null) {
    return complaint(comment, `${rule} is not allowed here: the comment gives no reason.`, severity)
  }
  if (used.has(keyOf(allowance, rule))) return null
  const where = comment.statementIndex === null ? 'in this file' : 'here'
  return complaint(comment, `${rule} finds nothing ${where} that needed to be allowed.`, severity)
}

function complaint(comment: LockstepComment, message: string, severity: Severity): LocatedFinding {
  const { id, why, instead } = unusedSuppression
  return {
    rule: id,
    severity,
    message,
    effect: why,
    instead,
    span: comment.span,
    statement: comment.statementIndex,
  }
}
