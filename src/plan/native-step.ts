/**
 * The author's own SQL as steps of a plan, for every action that is catalog-only: nobody waits for it longer than an
 * instant. Whoever asks has made sure of that; what is refused here is refused for other reasons.
 */
import { startBatch } from '../catalog/replay.ts'
import type { DraftStep } from '../model/plan.ts'
import type { ActionOf } from '../model/statement.ts'
import { lockModeSql } from '../postgres/lock-mode.ts'
import { declareLocks } from '../rules/steps/declare-locks.ts'
import { effectOf } from '../effects/effect-of.ts'
import type { JudgedAction } from '../effects/walk.ts'
import type { NativeAnswer, NativeContext } from './native/answer.ts'
import {
  addColumn,
  alterColumnType,
  dropColumn,
  dropDefault,
  dropNotNull,
  renameColumn,
  setDefault,
  setNotNull,
} from './native/columns.ts'
import { addConstraint, dropConstraint, renameConstraint, validateConstraint } from './native/constraints.ts'
import { createIndex, dropIndex, renameIndex } from './native/indexes.ts'
import { comment, otherStatement } from './native/others.ts'
import { changeRows, insertRows } from './native/rows.ts'
import { select } from './native/select.ts'
import { alterTable, createTable, dropTable, renameTable, setSchema, truncate } from './native/tables.ts'

/** As `NativeAnswer`, its steps with the locks that the effect model declares for their SQL. */
export type Answer =
  | {
      readonly steps: readonly DraftStep[]
      readonly notes: readonly string[]
      readonly unnoticed: boolean
      readonly stopsNobody: boolean
    }
  | { readonly note: string | null }
  | { readonly cannot: string }

export function nativeStep(
  judged: JudgedAction,
  serverVersion: { readonly min: number; readonly max: number },
): Answer {
  // Nobody waits for a lock on a table of this plan, but it is taken all the same, and proofs measure it.
  const before = startBatch(judged.catalog)
  const { locks } = effectOf(judged.action, before, serverVersion)
  const answer = answerFor({ catalog: judged.catalog, judged, serverVersion, locks })
  if (!('steps' in answer)) return answer
  return {
    steps: declareLocks(answer.steps, before, serverVersion),
    notes: answer.notes ?? [],
    unnoticed: answer.unnoticed ?? false,
    stopsNobody: answer.stopsNobody ?? false,
  }
}

/** One line a kind: a kind that is left out does not compile. */
function answerFor(context: NativeContext): NativeAnswer {
  const { action } = context.judged
  switch (action.kind) {
    case 'create-table':
      return createTable(action, context)
    case 'drop-table':
      return dropTable(action, context)
    case 'rename-table':
      return renameTable(action, context)
    case 'rename-column':
      return renameColumn(action, context)
    case 'rename-constraint':
      return renameConstraint(action, context)
    case 'rename-index':
      return renameIndex(action, context)
    case 'set-schema':
      return setSchema(action, context)
    case 'add-column':
      return addColumn(action, context)
    case 'drop-column':
      return dropColumn(action, context)
    case 'set-default':
      return setDefault(action, context)
    case 'drop-default':
      return dropDefault(action, context)
    case 'set-not-null':
      return setNotNull(action, context)
    case 'drop-not-null':
      return dropNotNull(action, context)
    case 'alter-column-type':
      return alterColumnType(action, context)
    case 'add-constraint':
      return addConstraint(action, context)
    case 'validate-constraint':
      return validateConstraint(action, context)
    case 'drop-constraint':
      return dropConstraint(action, context)
    case 'alter-table':
      return alterTable(action, context)
    case 'create-index':
      return createIndex(action, context)
    case 'drop-index':
      return dropIndex(action, context)
    case 'reindex':
      return { cannot: 'REINDEX is no part of a schema: run REINDEX … CONCURRENTLY beside the migrations' }
    case 'insert':
      return insertRows(action, context)
    case 'update':
    case 'delete':
      return changeRows(action, context)
    case 'truncate':
      return truncate(action, context)
    case 'lock-table':
      return {
        note: `LOCK TABLE … IN ${lockModeSql(action.mode)} MODE is left out: each step locks for itself`,
      }
    case 'select':
      return select(action, context)
    case 'set':
      return setParameter(action)
    case 'transaction':
      return transactionControl(action.verb)
    case 'comment':
      return comment(action, context)
    case 'other':
      return otherStatement(action, context)
  }
}

/**
 * Settings about how a statement runs and what is said of it, which the plan settles for itself. Under any other one
 * (a setting of an extension, of a policy, of how values are read) the same SQL may mean something else.
 */
const withoutMeaning: readonly string[] = [
  'lock_timeout',
  'statement_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
  'deadlock_timeout',
  'work_mem',
  'maintenance_work_mem',
  'client_min_messages',
  'client_encoding',
  'application_name',
  'synchronous_commit',
  'check_function_bodies',
  'xmloption',
]

const familiesWithoutMeaning: readonly string[] = ['max_parallel_', 'log_']

function isWithoutMeaning(parameter: string): boolean {
  return (
    withoutMeaning.includes(parameter) ||
    familiesWithoutMeaning.some((family) => parameter.startsWith(family))
  )
}

function setParameter({ parameter, value }: ActionOf<'set'>): NativeAnswer {
  const name = parameter.toLowerCase()
  // As every server has it unless told otherwise; pg_dump writes it at the head of each dump.
  const isUsual = name === 'standard_conforming_strings' && (value === 'on' || value === 'true')
  return isUsual || isWithoutMeaning(name)
    ? { note: `SET ${parameter} is left out: each step has settings of its own` }
    : {
        cannot:
          `SET ${parameter} changes what the statements after it mean, and steps run in sessions of their own: ` +
          (name === 'search_path' ? 'qualify the names' : 'set it for the role or the database'),
      }
}

function transactionControl(
  verb: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to' | 'prepare',
): NativeAnswer {
  switch (verb) {
    case 'begin':
    case 'commit':
      return { note: null }
    case 'savepoint':
    case 'release':
      return { note: 'a savepoint is left out: each step succeeds or leaves nothing' }
    case 'rollback':
    case 'rollback-to':
      return { cannot: 'a migration that takes its own work back has no plan: leave out what is rolled back' }
    case 'prepare':
      return { cannot: 'PREPARE TRANSACTION leaves locks behind that no step may hold' }
  }
}
