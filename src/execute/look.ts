/** Asks the database about conditions: what holds, and what is there in place of what should be. */
import type { Session } from '../database/session.ts'
import type { Condition, ConditionOf, PlannedCondition } from '../model/condition.ts'
import type { FilledStep } from '../model/plan.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import type { Found } from './context.ts'
import { rowsOf } from './rows-of.ts'

type Row = Record<string, unknown>

export interface Judged {
  readonly condition: Condition
  readonly holds: boolean
  /** False: it holds, but so it may have before the step. A default that no shadow has observed is such a case. */
  readonly certain: boolean
  /** What is there instead, as a sentence; empty when it holds. */
  readonly instead: string
  /** Rows of a query that must return none. */
  readonly rows: readonly Row[]
}

/** Two sessions: definitions are first read with an empty search path, then with the role's own. */
export interface Lookers {
  readonly control: Session
  readonly work: Session
}

type CatalogCondition = Exclude<Condition, { kind: 'no-rows' }>

const shownRows = 20
/** Defaults of which the plan only knows that there is one: what no shadow has seen, or what was found in the data. */
const unknownDefaults: readonly (string | null)[] = ['observed', 'captured']

export async function judge(lookers: Lookers, conditions: readonly Condition[]): Promise<readonly Judged[]> {
  const judged: Judged[] = []
  for (const condition of conditions) judged.push(await judgeOne(lookers, condition))
  return judged
}

export function allHold(judged: readonly Judged[]): boolean {
  return judged.every(({ holds }) => holds)
}

/** Conditions that the catalog alone answers: rows may have changed since by anybody's hand. */
export function isCatalogCondition(condition: PlannedCondition): condition is CatalogCondition {
  return condition.kind !== 'no-rows'
}

/**
 * `done`: all of `after` holds. `absent`: it does not, and all of `before` does. Else `partial`. A step without `after`
 * leaves nothing to be seen, and is never `done`.
 */
export async function lookByConditions(
  step: Pick<FilledStep, 'before' | 'after'>,
  lookers: Lookers,
): Promise<Found> {
  const after = await judge(lookers, step.after)
  const reached = after.length > 0 && allHold(after)
  if (reached && after.every(({ certain }) => certain)) return 'done'
  if (allHold(await judge(lookers, step.before))) return 'absent'
  return reached ? 'done' : 'partial'
}

async function judgeOne(lookers: Lookers, condition: Condition): Promise<Judged> {
  if (condition.kind === 'no-rows') return judgeRows(lookers.work, condition)
  const instead = await insteadOf(lookers.control, condition)
  // A plan's definitions may have been read under a search path like the role's, where names are shorter.
  const holds = instead === null || (await insteadOf(lookers.work, condition)) === null
  const certain = condition.kind !== 'column-default' || !unknownDefaults.includes(condition.default)
  return { condition, holds, certain, instead: holds ? '' : instead, rows: [] }
}

async function judgeRows(work: Session, condition: ConditionOf<'no-rows'>): Promise<Judged> {
  const rows = await rowsOf(work, condition.sql, shownRows)
  const holds = rows.length === 0
  return { condition, holds, certain: true, instead: holds ? '' : condition.otherwise, rows }
}

/** Null: the condition holds. */
async function insteadOf(session: Session, condition: CatalogCondition): Promise<string | null> {
  switch (condition.kind) {
    case 'table':
      return insteadOfTable(session, condition)
    case 'column':
      return insteadOfColumn(session, condition)
    case 'column-default':
      return insteadOfDefault(session, condition)
    case 'column-not-null':
      return insteadOfNotNull(session, condition)
    case 'column-identity':
      return insteadOfIdentity(session, condition)
    case 'constraint':
      return insteadOfConstraint(session, condition)
    case 'index':
      return insteadOfIndex(session, condition)
    case 'trigger':
      return insteadOfTrigger(session, condition)
    case 'enum-value':
      return insteadOfEnumValue(session, condition)
  }
}

async function insteadOfTable(
  session: Session,
  { table, exists, isView }: ConditionOf<'table'>,
): Promise<string | null> {
  const [row] = await session.query<{ isView: boolean }>(
    `SELECT relkind = 'v' AS "isView" FROM pg_class
      WHERE oid = to_regclass($1) AND relkind IN ('r', 'p', 'v', 'm', 'f')`,
    [table],
  )
  if (row === undefined || !exists) return insteadOfExistence(`table ${table}`, row !== undefined, exists)
  if (isView === undefined || row.isView === isView) return null
  return row.isView ? `${table} is a view` : `${table} is not a view`
}

async function insteadOfColumn(
  session: Session,
  { table, column, exists, type }: ConditionOf<'column'>,
): Promise<string | null> {
  const [row] = await session.query<{ type: string }>(
    `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attname = $2 AND attnum > 0 AND NOT attisdropped`,
    [table, column],
  )
  const what = `column ${table}.${quoteIdentifier(column)}`
  if (row === undefined || !exists) return insteadOfExistence(what, row !== undefined, exists)
  return type === null || row.type === type ? null : `${what} is ${row.type}, not ${type}`
}

async function insteadOfDefault(
  session: Session,
  { table, column, default: wanted, value }: ConditionOf<'column-default'>,
): Promise<string | null> {
  const [row] = await session.query<{ sql: string | null }>(
    `SELECT pg_get_expr(d.adbin, d.adrelid) AS sql
       FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = to_regclass($1) AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped`,
    [table, column],
  )
  const what = `column ${table}.${quoteIdentifier(column)}`
  if (row === undefined) return `${what} does not exist`
  if (row.sql === wanted || (unknownDefaults.includes(wanted) && row.sql !== null)) return null
  // A value that was found to be NULL is written with its type, any other as a quoted literal.
  const isNull = wanted === 'null' || (wanted === 'captured' && value?.startsWith('NULL::') === true)
  if (isNull && (row.sql === null || row.sql.startsWith('NULL::'))) return null
  const found = row.sql === null ? 'no default' : `default ${row.sql}`
  return `${what} has ${found}, not ${wanted === null ? 'none' : wanted}`
}

async function insteadOfNotNull(
  session: Session,
  { table, column, notNull }: ConditionOf<'column-not-null'>,
): Promise<string | null> {
  // From 18 on attnotnull is true while the constraint behind it is still NOT VALID.
  const [row] = await session.query<{ notNull: boolean }>(
    `SELECT a.attnotnull AND NOT EXISTS (
              SELECT FROM pg_constraint c
               WHERE c.conrelid = a.attrelid AND c.contype = 'n' AND NOT c.convalidated AND a.attnum = ANY (c.conkey)
            ) AS "notNull"
       FROM pg_attribute a
      WHERE a.attrelid = to_regclass($1) AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped`,
    [table, column],
  )
  const what = `column ${table}.${quoteIdentifier(column)}`
  if (row === undefined) return `${what} does not exist`
  return row.notNull === notNull ? null : `${what} is ${row.notNull ? '' : 'not '}NOT NULL`
}

async function insteadOfIdentity(
  session: Session,
  { table, column, identity }: ConditionOf<'column-identity'>,
): Promise<string | null> {
  const [row] = await session.query<{ identity: 'always' | 'by-default' | null }>(
    `SELECT CASE attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by-default' END AS identity
       FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND attnum > 0 AND NOT attisdropped`,
    [table, column],
  )
  const what = `column ${table}.${quoteIdentifier(column)}`
  if (row === undefined) return `${what} does not exist`
  return row.identity === identity
    ? null
    : `${what} is ${identityWords(row.identity)}, not ${identityWords(identity)}`
}

function identityWords(identity: 'always' | 'by-default' | null): string {
  return identity === null
    ? 'no identity'
    : `GENERATED ${identity.replace('-', ' ').toUpperCase()} AS IDENTITY`
}

const notValid = ' NOT VALID'

async function insteadOfConstraint(
  session: Session,
  { table, constraint, exists, validated, definition }: ConditionOf<'constraint'>,
): Promise<string | null> {
  const [row] = await session.query<{ validated: boolean; definition: string }>(
    `SELECT convalidated AS validated, pg_get_constraintdef(oid) AS definition FROM pg_constraint
      WHERE conrelid = to_regclass($1) AND conname = $2`,
    [table, constraint],
  )
  const what = `constraint ${quoteIdentifier(constraint)} of ${table}`
  if (row === undefined || !exists) return insteadOfExistence(what, row !== undefined, exists)
  if (validated !== null && row.validated !== validated) {
    return `${what} is ${row.validated ? 'validated already' : 'not validated'}`
  }
  // These words are always the very end of a definition (ruleutils.c, pg_get_constraintdef_worker).
  const found = row.definition.endsWith(notValid) ? row.definition.slice(0, -notValid.length) : row.definition
  return definition === null || found === definition ? null : `${what} is ${found}, not ${definition}`
}

async function insteadOfIndex(
  session: Session,
  { index, exists, valid, definition }: ConditionOf<'index'>,
): Promise<string | null> {
  const [row] = await session.query<{ valid: boolean; definition: string }>(
    `SELECT indisvalid AND indisready AS valid, pg_get_indexdef(indexrelid) AS definition FROM pg_index
      WHERE indexrelid = to_regclass($1)`,
    [index],
  )
  const what = `index ${index}`
  if (row === undefined || !exists) return insteadOfExistence(what, row !== undefined, exists)
  if (valid !== null && row.valid !== valid) return `${what} is ${row.valid ? 'valid' : 'INVALID'}`
  return definition === null || row.definition === definition
    ? null
    : `${what} is ${row.definition}, not ${definition}`
}

async function insteadOfTrigger(
  session: Session,
  { table, trigger, exists, functionBody }: ConditionOf<'trigger'>,
): Promise<string | null> {
  const [row] = await session.query<{ body: string }>(
    `SELECT p.prosrc AS body FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = to_regclass($1) AND t.tgname = $2`,
    [table, trigger],
  )
  const what = `trigger ${quoteIdentifier(trigger)} on ${table}`
  if (row === undefined || !exists) return insteadOfExistence(what, row !== undefined, exists)
  return functionBody === null || row.body === functionBody
    ? null
    : `${what} calls a function with another body`
}

async function insteadOfEnumValue(
  session: Session,
  { type, value, exists }: ConditionOf<'enum-value'>,
): Promise<string | null> {
  const [row] = await session.query<{ value: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_enum e WHERE e.enumtypid = t.oid AND e.enumlabel = $2) AS value
       FROM pg_type t WHERE t.oid = to_regtype($1) AND t.typtype = 'e'`,
    [type, value],
  )
  if (row === undefined) return `enum ${type} does not exist`
  return insteadOfExistence(`value ${quoteLiteral(value)} of ${type}`, row.value, exists)
}

function insteadOfExistence(what: string, found: boolean, wanted: boolean): string | null {
  if (found === wanted) return null
  return `${what} ${found ? 'exists' : 'does not exist'}`
}
