/** `-- lockstep: allow RULE because …`: which findings it takes away, and what is wrong with it. */
import type { Severity } from '../model/finding.ts'
import type { Span } from '../model/position.ts'
import type { Rule } from '../rules/define-rule.ts'
import type { LockstepComment } from '../sql/lockstep-comment.ts'

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
}

export const unusedSuppression = {
  id: 'unused-suppression',
  severity: 'warning',
  effect:
    'Nobody is protected by it, and it would hide the next finding of that name without anybody having decided so.',
  instead: 'Write "-- lockstep: allow RULE because REASON" directly before the statement, or remove it.',
} as const

/** What `allow` may name beside rules: decisions that the planner asks for. */
const plannersPermissions: readonly string[] = [
  'split-transaction',
  'copy-of-rows',
  'quiet',
  'trigger-column',
]

interface Allowance {
  readonly comment: LockstepComment
  readonly rules: readonly string[]
}

/** The findings that are left, those about the comments themselves among them, and how many were taken away. */
export function suppress(
  findings: readonly LocatedFinding[],
  comments: readonly LockstepComment[],
  rules: readonly Rule[],
): { readonly findings: readonly LocatedFinding[]; readonly suppressed: number } {
  const allowances = comments.flatMap((comment) => allowanceOf(comment) ?? [])
  if (allowances.length === 0) return { findings, suppressed: 0 }
  const used = new Set<string>()
  const kept = findings.filter((finding) => {
    const allowance = allowances.find((one) => isAbout(one, finding))
    if (allowance === undefined) return true
    used.add(keyOf(allowance, finding.rule))
    return false
  })
  const complaints = allowances.flatMap((allowance) =>
    allowance.rules.flatMap((rule) => complaintAbout(allowance, rule, used, rules) ?? []),
  )
  return { findings: [...kept, ...complaints], suppressed: findings.length - kept.length }
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
  const message = whatIsWrong(comment, rule, used.has(keyOf(allowance, rule)), rules)
  if (message === null) return null
  const { id, severity, effect, instead } = unusedSuppression
  return {
    rule: id,
    severity,
    message,
    effect,
    instead,
    span: comment.span,
    statement: comment.statementIndex,
  }
}

function whatIsWrong(
  comment: LockstepComment,
  rule: string,
  isUsed: boolean,
  rules: readonly Rule[],
): string | null {
  if (!rules.some(({ id }) => id === rule)) return `There is no rule ${rule} to allow.`
  if (comment.because === null) return `${rule} is not allowed here: the comment gives no reason.`
  if (isUsed) return null
  const where = comment.statementIndex === null ? 'in this file' : 'here'
  return `${rule} finds nothing ${where} that needed to be allowed.`
}
