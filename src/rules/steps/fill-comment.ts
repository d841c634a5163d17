/** `-- lockstep: fill VALUE because …`: what rows that are there get in a new column, where the statement does not say. */
import { isImmutable } from '../../postgres/immutable.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import { parseScript } from '../../sql/parse-script.ts'

export const howToFill =
  'say what they get with "-- lockstep: fill VALUE because …", a constant, before the statement'

export interface FillComment {
  /** As DEFAULT writes it. */
  readonly value: string
  readonly because: string
}

/** Null: the author has said nothing. */
export function fillComment(
  comments: readonly LockstepComment[],
): FillComment | { readonly cannot: string } | null {
  const comment = comments.find(({ directive }) => directive === 'fill')
  if (comment === undefined) return null
  const { written, because } = comment
  if (because === null) return { cannot: '"-- lockstep: fill" needs its reason: fill VALUE because …' }
  const expression = expressionOf(written)
  if (expression === null) return { cannot: `"-- lockstep: fill" needs one value, and ${written} is none` }
  if (expression.isNull) return { cannot: '"-- lockstep: fill" with NULL fills nothing' }
  const isSame =
    expression.columns.length === 0 && !expression.hasSubquery && expression.functions.every(isImmutable)
  if (!isSame) {
    return {
      cannot: `"-- lockstep: fill" needs a value that is the same for every row, and ${written} need not be: add the column without NOT NULL, fill it by an UPDATE and SET NOT NULL afterwards`,
    }
  }
  return { value: expression.constant ? expression.sql : `(${expression.sql})`, because }
}

function expressionOf(text: string) {
  const { statements, problems } = parseScript(`UPDATE t SET c = ${text}`, 'comment')
  const [action, ...more] = statements.flatMap(({ actions }) => actions)
  if (problems.length > 0 || more.length > 0 || action?.kind !== 'update') return null
  const [only, ...others] = action.set
  const isAlone =
    others.length === 0 && action.where === null && action.reads.length === 0 && !action.returning
  return only !== undefined && isAlone && only.expression.sql.toUpperCase() !== 'DEFAULT'
    ? only.expression
    : null
}
