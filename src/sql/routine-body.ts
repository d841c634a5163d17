/**
 * What the body of a DO block, a function or a procedure runs. PL/pgSQL by PostgreSQL's own parser of it, bodies in SQL as
 * they stand; a computed EXECUTE and any other language are not seen through, and said so. `loadParser` must have been
 * awaited.
 */
import type { DefElem, Node } from '@pgsql/types'
import type { RelationName } from '../postgres/relation-name.ts'
import { calledFunctions } from './called-functions.ts'
import { parse, parseProcedural } from './parser.ts'
import { namesOf, relationOfNames, relationsIn, stringsOf } from './tree.ts'

export interface BodyStatement {
  readonly sql: string
  /** False: in a branch, a loop or an exception handler, so that it may never run. */
  readonly always: boolean
}

export interface RoutineBody {
  readonly statements: readonly BodyStatement[]
  /** What is not seen through, as noun clauses. */
  readonly unknowns: readonly string[]
}

/** A function or procedure that CREATE makes. */
export interface CreatedRoutine {
  readonly name: RelationName
  /** Types of its arguments, by their last names: with the name they tell overloads apart. */
  readonly argumentTypes: readonly string[]
  readonly procedure: boolean
  readonly language: string
  /** `volatile` where nothing is said. */
  readonly volatility: 'volatile' | 'stable' | 'immutable'
}

export function createdRoutine(sql: string): CreatedRoutine | null {
  const tree = treeOf(sql)
  if (tree === null || !('CreateFunctionStmt' in tree)) return null
  const { funcname, parameters = [], options = [], is_procedure: procedure } = tree.CreateFunctionStmt
  const volatility = textOf(options, 'volatility')
  return {
    name: relationOfNames(stringsOf(funcname)),
    argumentTypes: parameters.flatMap((node) =>
      'FunctionParameter' in node && isInput(node.FunctionParameter.mode)
        ? [stringsOf(node.FunctionParameter.argType?.names).at(-1) ?? '']
        : [],
    ),
    procedure: procedure === true,
    language: languageOf(options, 'sql'),
    volatility: volatility === 'stable' || volatility === 'immutable' ? volatility : 'volatile',
  }
}

function isInput(mode: string | undefined): boolean {
  return mode !== 'FUNC_PARAM_OUT' && mode !== 'FUNC_PARAM_TABLE'
}

/**
 * The functions that a function in SQL calls whose body is one expression without a table, so that PostgreSQL can put it
 * in place of the call; null: it is another.
 */
export function inlinedFunctions(sql: string): readonly string[] | null {
  if (createdRoutine(sql)?.language !== 'sql') return null
  const [statement, ...others] = bodyOf(sql)?.statements ?? []
  const tree = statement === undefined || others.length > 0 ? null : treeOf(statement.sql)
  if (statement === undefined || tree === null || !('SelectStmt' in tree)) return null
  const { targetList = [], fromClause } = tree.SelectStmt
  return targetList.length === 1 && fromClause === undefined ? calledFunctions(statement.sql) : null
}

/** The functions and procedures that DROP names. */
export function droppedRoutines(sql: string): readonly RelationName[] {
  const tree = treeOf(sql)
  if (tree === null || !('DropStmt' in tree)) return []
  return (tree.DropStmt.objects ?? []).flatMap((node) =>
    'ObjectWithArgs' in node ? [relationOfNames(stringsOf(node.ObjectWithArgs.objname))] : [],
  )
}

/** Of DO, CREATE FUNCTION or CREATE PROCEDURE; null: it is none of them. */
export function bodyOf(sql: string): RoutineBody | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('DoStmt' in tree) return bodyIn(sql, languageOf(tree.DoStmt.args ?? [], 'plpgsql'), null)
  if (!('CreateFunctionStmt' in tree)) return null
  const { options = [], sql_body: atomic } = tree.CreateFunctionStmt
  if (atomic !== undefined) return { statements: [], unknowns: ['what a body in BEGIN ATOMIC does'] }
  return bodyIn(sql, languageOf(options, 'sql'), textOf(options, 'as'))
}

function bodyIn(sql: string, language: string, text: string | null): RoutineBody {
  switch (language) {
    case 'plpgsql':
      return proceduralBody(sql)
    case 'sql':
      return sqlBody(text ?? '')
    default:
      return { statements: [], unknowns: [`what a body in ${language} does`] }
  }
}

/** The name of a language is a string or an identifier: `LANGUAGE 'SQL'`. */
function languageOf(options: readonly Node[], otherwise: string): string {
  return textOf(options, 'language')?.toLowerCase() ?? otherwise
}

function textOf(options: readonly Node[], name: string): string | null {
  const option = options.find(
    (node): node is { DefElem: DefElem } => 'DefElem' in node && node.DefElem.defname === name,
  )
  return namesOf(option?.DefElem.arg)[0] ?? null
}

function treeOf(sql: string): Node | null {
  const result = parse(sql)
  return result.ok ? (result.statements[0]?.node ?? null) : null
}

function sqlBody(text: string): RoutineBody {
  const result = parse(text)
  if (!result.ok) return { statements: [], unknowns: ['what a body that does not parse does'] }
  const bytes = Buffer.from(text)
  return {
    statements: result.statements.map(({ start, end }) => ({
      sql: bytes
        .subarray(start, end ?? bytes.length)
        .toString()
        .trim(),
      always: true,
    })),
    unknowns: [],
  }
}

interface Found {
  readonly statements: BodyStatement[]
  readonly unknowns: Set<string>
}

function proceduralBody(sql: string): RoutineBody {
  const tree = parseProcedural(sql)
  if (tree === null) return { statements: [], unknowns: ['what a body that does not parse does'] }
  const found: Found = { statements: [], unknowns: new Set() }
  collect(tree, true, found)
  return { statements: found.statements, unknowns: [...found.unknowns] }
}

/** What stands in these runs sometimes, or often: pl_exec.c. */
const uncertain: ReadonlySet<string> = new Set([
  'then_body',
  'elsif_list',
  'else_body',
  'case_when_list',
  'else_stmts',
  'exceptions',
])
const loops: ReadonlySet<string> = new Set([
  'PLpgSQL_stmt_loop',
  'PLpgSQL_stmt_while',
  'PLpgSQL_stmt_fori',
  'PLpgSQL_stmt_fors',
  'PLpgSQL_stmt_forc',
  'PLpgSQL_stmt_dynfors',
  'PLpgSQL_stmt_foreach_a',
])
/** Statements whose field is an expression that gives the text of a statement. */
const dynamic: Readonly<Record<string, string>> = {
  PLpgSQL_stmt_dynexecute: 'query',
  PLpgSQL_stmt_dynfors: 'query',
  PLpgSQL_stmt_return_query: 'dynquery',
  PLpgSQL_stmt_open: 'dynquery',
}

type JsonObject = { readonly [key: string]: unknown }

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function collect(value: unknown, always: boolean, found: Found): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, always, found)
  } else if (isObject(value)) {
    for (const kind in value) collectNode(kind, value[kind], always, found)
  }
}

function collectNode(kind: string, node: unknown, always: boolean, found: Found): void {
  if (!isObject(node)) return collect(node, always && !uncertain.has(kind), found)
  if (kind === 'PLpgSQL_expr') return collectExpression(node, always, found)
  const text = dynamic[kind]
  for (const field in node) {
    if (field === text && isObject(node[field])) collectDynamic(node[field], always, found)
    else if (loops.has(kind) && field === 'body') collect(node[field], false, found)
    else collectNode(field, node[field], always && !uncertain.has(kind), found)
  }
}

/** RawParseMode, parser.h: 0 is a statement, 2 an expression, the others are assignments `target := expression`. */
function collectExpression(node: JsonObject, always: boolean, found: Found): void {
  const query = typeof node['query'] === 'string' ? node['query'] : ''
  const mode = Number(node['parseMode'] ?? 0)
  if (mode === 0) {
    found.statements.push({ sql: query, always })
    return
  }
  const sql = `SELECT ${mode === 2 ? query : assigned(query)}`
  const tree = treeOf(sql)
  if (tree === null) found.unknowns.add('what an expression that does not parse does')
  else if (relationsIn(tree).length > 0 || calledFunctions(sql).length > 0) {
    found.statements.push({ sql, always })
  }
}

function assigned(query: string): string {
  const mark = query.includes(':=') ? ':=' : '='
  return query.slice(query.indexOf(mark) + mark.length)
}

function collectDynamic(value: JsonObject, always: boolean, found: Found): void {
  const expression = isObject(value['PLpgSQL_expr']) ? String(value['PLpgSQL_expr']['query']) : ''
  const text = constantText(expression)
  const body = text === null ? null : sqlBody(text)
  if (body === null) found.unknowns.add('what EXECUTE of a computed text does')
  else {
    found.statements.push(...body.statements.map(({ sql }) => ({ sql, always })))
    for (const unknown of body.unknowns) found.unknowns.add(unknown)
  }
}

/** The value of a string constant, or of some put together by ||; null: only a run can tell. */
function constantText(expression: string): string | null {
  const tree = treeOf(`SELECT ${expression}`)
  const target = tree !== null && 'SelectStmt' in tree ? tree.SelectStmt.targetList?.[0] : undefined
  const value = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined
  return value === undefined ? null : textOfConstant(value)
}

function textOfConstant(node: Node): string | null {
  if ('A_Const' in node) return node.A_Const.sval?.sval ?? null
  if (!('A_Expr' in node) || stringsOf(node.A_Expr.name).at(-1) !== '||') return null
  const { lexpr, rexpr } = node.A_Expr
  const left = lexpr === undefined ? null : textOfConstant(lexpr)
  const right = rexpr === undefined ? null : textOfConstant(rexpr)
  return left === null || right === null ? null : left + right
}
