import type { Constraint, Node } from '@pgsql/types'
import type { ConstraintDefinition, Expression } from '../model/statement.ts'
import { columnsProvedNotNull, expressionOf } from './expression.ts'
import {
  type Source,
  afterName,
  afterParentheses,
  findTopLevel,
  markAt,
  textBetween,
  wordAt,
} from './source.ts'
import { relationOf, stringsOf } from './tree.ts'

/** The first token of what a constraint is, behind `CONSTRAINT name`. */
export function constraintBody(constraint: Constraint, source: Source): number {
  const start = source.tokenAt(constraint.location)
  return wordAt(source, start) === 'constraint' ? afterName(source, start + 1) : start
}

/** The expression in the first parentheses from `from` on: CHECK (…), GENERATED ALWAYS AS (…). */
export function parenthesised(node: Node, source: Source, from: number): Expression {
  const open = findTopLevel(source, from, (index) => markAt(source, index) === '(')
  return expressionOf(node, textBetween(source, open + 1, afterParentheses(source, open) - 1))
}

/**
 * A constraint of a table, or with `column` one written on that column, where ATTRIBUTES that follow it are further nodes
 * (`attributes`). Null for what is no constraint of its own: defaults, identity, generation, NULL.
 */
export function constraintOf(
  constraint: Constraint,
  source: Source,
  column: string | null = null,
  attributes: readonly Constraint[] = [],
): ConstraintDefinition | null {
  const name = constraint.conname ?? null
  const has = (kind: Constraint['contype']) => attributes.some(({ contype }) => contype === kind)
  const isEnforced = constraint.is_enforced === true && !has('CONSTR_ATTR_NOT_ENFORCED')
  // What is not enforced is neither checked now nor proof of anything.
  const notValid = constraint.skip_validation === true || !isEnforced
  const initiallyDeferred = constraint.initdeferred === true || has('CONSTR_ATTR_DEFERRED')
  const deferrable = initiallyDeferred || constraint.deferrable === true || has('CONSTR_ATTR_DEFERRABLE')
  switch (constraint.contype) {
    case 'CONSTR_CHECK': {
      if (constraint.raw_expr === undefined) throw new Error('a CHECK without an expression')
      return {
        kind: 'check',
        name,
        expression: parenthesised(constraint.raw_expr, source, constraintBody(constraint, source)),
        notValid,
        noInherit: constraint.is_no_inherit === true,
        provesNotNull: isEnforced ? columnsProvedNotNull(constraint.raw_expr) : [],
      }
    }
    case 'CONSTR_FOREIGN':
      return {
        kind: 'foreign-key',
        name,
        columns: column === null ? stringsOf(constraint.fk_attrs) : [column],
        references: relationOf(constraint.pktable),
        referencedColumns: stringsOf(constraint.pk_attrs),
        notValid,
        onDelete: deleteActions[constraint.fk_del_action ?? 'a'] ?? 'no-action',
        deferrable,
        initiallyDeferred,
      }
    case 'CONSTR_UNIQUE':
    case 'CONSTR_PRIMARY':
      return {
        kind: constraint.contype === 'CONSTR_UNIQUE' ? 'unique' : 'primary-key',
        name,
        columns: column === null ? stringsOf(constraint.keys) : [column],
        include: stringsOf(constraint.including),
        usingIndex: constraint.indexname ?? null,
        nullsNotDistinct: constraint.nulls_not_distinct === true,
        withoutOverlaps: constraint.without_overlaps === true,
        deferrable,
        initiallyDeferred,
      }
    case 'CONSTR_EXCLUSION':
      return { kind: 'exclude', name, allEqual: (constraint.exclusions ?? []).every(isEquality) }
    case 'CONSTR_NOTNULL':
      return {
        kind: 'not-null',
        name,
        column: column ?? stringsOf(constraint.keys)[0] ?? '',
        notValid: constraint.skip_validation === true,
      }
    default:
      return null
  }
}

const deleteActions: {
  readonly [code: string]: 'no-action' | 'restrict' | 'cascade' | 'set-null' | 'set-default'
} = {
  a: 'no-action',
  r: 'restrict',
  c: 'cascade',
  n: 'set-null',
  d: 'set-default',
}

/** An element of EXCLUDE is a pair: what is compared, and the operator's name. */
function isEquality(exclusion: Node): boolean {
  const operator = 'List' in exclusion ? exclusion.List.items?.[1] : undefined
  return operator !== undefined && 'List' in operator && stringsOf(operator.List.items).at(-1) === '='
}
