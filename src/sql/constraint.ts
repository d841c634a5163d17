import type { Constraint, Node } from '@pgsql/types'
import type { ConstraintDefinition, ConstraintOf, Expression } from '../model/statement.ts'
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
  const initiallyDeferred = constraint.initdeferred === true || has('CONSTR_ATTR_DEFERRED')
  const deferrable = initiallyDeferred || constraint.deferrable === true || has('CONSTR_ATTR_DEFERRABLE')
  const isEnforced = constraint.is_enforced === true && !has('CONSTR_ATTR_NOT_ENFORCED')
  const { contype } = constraint
  if (contype === 'CONSTR_CHECK') return { ...checkOf(constraint, source, isEnforced), name }
  if (contype === 'CONSTR_FOREIGN') {
    return { ...foreignKeyOf(constraint, column, isEnforced), name, deferrable, initiallyDeferred }
  }
  if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY') {
    return { ...keyOf(constraint, column), name, deferrable, initiallyDeferred }
  }
  if (contype === 'CONSTR_EXCLUSION') {
    return { kind: 'exclude', name, allEqual: (constraint.exclusions ?? []).every(isEquality) }
  }
  if (contype === 'CONSTR_NOTNULL') {
    const of = column ?? stringsOf(constraint.keys)[0] ?? ''
    return { kind: 'not-null', name, column: of, notValid: constraint.skip_validation === true }
  }
  return null
}

/** What is NOT ENFORCED is neither checked now, as if NOT VALID, nor proof of anything. */
function checkOf(
  constraint: Constraint,
  source: Source,
  isEnforced: boolean,
): Omit<ConstraintOf<'check'>, 'name'> {
  if (constraint.raw_expr === undefined) throw new Error('a CHECK without an expression')
  return {
    kind: 'check',
    expression: parenthesised(constraint.raw_expr, source, constraintBody(constraint, source)),
    notValid: constraint.skip_validation === true || !isEnforced,
    noInherit: constraint.is_no_inherit === true,
    provesNotNull: isEnforced ? columnsProvedNotNull(constraint.raw_expr) : [],
  }
}

function foreignKeyOf(
  constraint: Constraint,
  column: string | null,
  isEnforced: boolean,
): Omit<ConstraintOf<'foreign-key'>, 'name' | 'deferrable' | 'initiallyDeferred'> {
  return {
    kind: 'foreign-key',
    columns: column === null ? stringsOf(constraint.fk_attrs) : [column],
    references: relationOf(constraint.pktable),
    referencedColumns: stringsOf(constraint.pk_attrs),
    notValid: constraint.skip_validation === true || !isEnforced,
    onDelete: referentialActions[constraint.fk_del_action ?? 'a'] ?? 'no-action',
    onDeleteColumns: stringsOf(constraint.fk_del_set_cols),
    onUpdate: referentialActions[constraint.fk_upd_action ?? 'a'] ?? 'no-action',
    matchFull: constraint.fk_matchtype === 'f',
  }
}

function keyOf(
  constraint: Constraint,
  column: string | null,
): Omit<ConstraintOf<'unique' | 'primary-key'>, 'name' | 'deferrable' | 'initiallyDeferred'> {
  return {
    kind: constraint.contype === 'CONSTR_UNIQUE' ? 'unique' : 'primary-key',
    columns: column === null ? stringsOf(constraint.keys) : [column],
    include: stringsOf(constraint.including),
    usingIndex: constraint.indexname ?? null,
    nullsNotDistinct: constraint.nulls_not_distinct === true,
    withoutOverlaps: constraint.without_overlaps === true,
  }
}

const referentialActions: {
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
