/** Statements that run others: DO and CALL, and queries that call functions of the user's. */
import type { Catalog } from '../catalog/catalog.ts'
import { replay } from '../catalog/replay.ts'
import { knowsRoutines, routinesNamed } from '../catalog/routines.ts'
import { calledFunctions } from '../sql/called-functions.ts'
import { parseScript } from '../sql/parse-script.ts'
import { bodyOf, type RoutineBody } from '../sql/routine-body.ts'
import type { Setting } from './relatives.ts'

export function blockEffect(sql: string, setting: Setting): void {
  const body = bodyOf(sql)
  if (body !== null) runBody(body, 'DO', setting)
}

/** The bodies of all functions and procedures that a statement calls, of which the catalog knows any. */
export function callEffect(sql: string, setting: Setting): void {
  if (!knowsRoutines(setting.catalog)) return
  for (const name of calledFunctions(sql)) {
    const definitions = routinesNamed(setting.catalog, name)
    // Recursion does again what it has done.
    if (setting.within.includes(name)) continue
    for (const definition of definitions) {
      const body = bodyOf(definition)
      if (body !== null) runBody(body, name, setting)
    }
  }
}

/**
 * As if its statements stood there one after the other. What may run or not is judged as if it did, but later statements
 * do not count on it.
 */
function runBody(body: RoutineBody, name: string, setting: Setting): void {
  const { draft } = setting
  for (const unknown of body.unknowns) draft.unknown(`${unknown}, in ${name}`)
  let always = setting.catalog
  let sometimes = setting.catalog
  for (const statement of body.statements) {
    const after = runStatement(statement.sql, statement.always ? always : sometimes, name, setting)
    if (statement.always) always = after
    sometimes = after
  }
}

function runStatement(sql: string, start: Catalog, name: string, setting: Setting): Catalog {
  const { draft, within } = setting
  const script = parseScript(sql, '')
  if (script.problems.length > 0) draft.unknown(`what a statement that does not parse does, in ${name}`)
  let catalog = start
  for (const action of script.statements.flatMap(({ actions }) => actions)) {
    draft.include(setting.effectOf(action, catalog, [...within, name]))
    catalog = replay(catalog, action)
  }
  return catalog
}
