import type { ActionOf } from '../../model/statement.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { volatilityOf } from '../../postgres/volatility.ts'
import { rowsObject, tableObject, touching } from '../../rules/steps/objects.ts'
import { undoNever } from '../../rules/steps/step-sketch.ts'
import { calledFunctions } from '../../sql/called-functions.ts'
import { tracelessStep, type NativeAnswer, type NativeContext } from './answer.ts'

/** Built-in aggregates that a query of a migration would use; none of them changes anything. */
const aggregates: readonly string[] = [
  'array_agg',
  'avg',
  'bit_and',
  'bit_or',
  'bit_xor',
  'bool_and',
  'bool_or',
  'count',
  'every',
  'json_agg',
  'json_object_agg',
  'jsonb_agg',
  'jsonb_object_agg',
  'max',
  'min',
  'string_agg',
  'sum',
]

/** A SELECT changes nothing by itself; a function in it may (`setval`), and then it is run like any other statement. */
export function select(action: ActionOf<'select'>, { catalog }: NativeContext): NativeAnswer {
  const functions = calledFunctions(action.sql).filter((name) => !aggregates.includes(name))
  const unknown = functions.filter((name) => volatilityOf(name) === 'unknown')
  const changing = functions.filter((name) => volatilityOf(name) === 'volatile')
  if (unknown.length > 0) {
    return {
      cannot: `what ${unknown.join('(), ')}() does is not seen from outside: write the statements themselves`,
    }
  }
  if (changing.some((name) => name.endsWith('set_config'))) {
    return {
      cannot:
        'set_config() is SET in another coat, and steps run in sessions of their own: qualify the names',
    }
  }
  if (changing.length === 0) return { note: 'a lone SELECT is left out: it changes nothing' }
  const tables = action.reads.map((table) => catalog.resolve(table))
  const named = tables.length === 0 ? '' : ` over ${tables.map(formatRelation).join(', ')}`
  return {
    steps: [
      tracelessStep({
        slug: `call ${changing.join(' ')}`,
        title: `Call ${changing.join('(), ')}()${named}`,
        phase: 'expand',
        sql: action.sql,
        touches: touching({
          changes: ['statement other'],
          reads: tables.flatMap((table) => [tableObject(table), rowsObject(table)]),
        }),
        undo: undoNever(`the plan does not know the opposite of ${changing.join('(), ')}()`),
      }),
    ],
  }
}
