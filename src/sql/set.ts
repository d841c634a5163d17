import type { Node, VariableSetStmt } from '@pgsql/types'
import type { ActionOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import type { Source } from './source.ts'
import { typeText } from './type-text.ts'

/** Parameters whose lists are lists of names (GUC_LIST_QUOTE): `SHOW` quotes each where needed. */
const nameLists = new Set([
  'search_path',
  'temp_tablespaces',
  'session_preload_libraries',
  'shared_preload_libraries',
  'local_preload_libraries',
])

/**
 * SET, RESET and SET TRANSACTION. Values are spelled as SHOW would give them back: `a, "B"` for a search path, `5s`.
 * RESET ALL is parameter `all`; SET TRANSACTION is parameter `transaction` with `transaction_isolation=serializable, …`.
 */
export function setAction(statement: VariableSetStmt, source: Source): ActionOf<'set'> {
  const parameter = statement.kind === 'VAR_RESET_ALL' ? 'all' : (statement.name ?? '').toLowerCase()
  const takesValue = statement.kind === 'VAR_SET_VALUE' || statement.kind === 'VAR_SET_MULTI'
  const values = (statement.args ?? []).map((arg) => valueText(arg, nameLists.has(parameter)))
  return {
    kind: 'set',
    sql: source.text,
    span: source.span,
    parameter,
    value: takesValue ? values.join(', ') : statement.kind === 'VAR_SET_CURRENT' ? 'FROM CURRENT' : null,
    local: statement.is_local === true,
  }
}

function valueText(node: Node, isName: boolean): string {
  if ('A_Const' in node) {
    const { sval, fval, ival, boolval } = node.A_Const
    if (sval !== undefined) return isName ? quoteIdentifier(sval.sval ?? '') : (sval.sval ?? '')
    if (fval !== undefined) return fval.fval ?? '0'
    if (boolval !== undefined) return boolval.boolval === true ? 'true' : 'false'
    return String(ival?.ival ?? 0)
  }
  if ('TypeCast' in node && node.TypeCast.arg !== undefined) {
    return `${typeText(node.TypeCast.typeName)} '${valueText(node.TypeCast.arg, false)}'`
  }
  if ('DefElem' in node) {
    const { defname, arg } = node.DefElem
    return `${defname ?? ''}=${arg === undefined ? '' : valueText(arg, false)}`
  }
  return ''
}
