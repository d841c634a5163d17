import type { Catalog } from '../../catalog/catalog.ts'
import { startBatch } from '../../catalog/replay.ts'
import { walk, type JudgedAction } from '../../effects/walk.ts'
import type { Lock } from '../../model/effect.ts'
import type { DraftStep } from '../../model/plan.ts'
import type { Action } from '../../model/statement.ts'
import { blocksWrites } from '../../postgres/lock-mode.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { parseScript } from '../../sql/parse-script.ts'
import { strongest } from '../strongest-locks.ts'
import { sqlOfStep } from '../../model/step-sql.ts'
import type { StepSketch } from './step-sketch.ts'

interface ServerVersion {
  readonly min: number
  readonly max: number
}

/**
 * Declares the strongest lock on each relation that each step and its undo take, as the effect model says for the very
 * SQL of the step in the catalog that the steps before it leave behind.
 */
export function declareLocks(
  sketches: readonly StepSketch[],
  catalog: Catalog,
  serverVersion: ServerVersion,
): readonly DraftStep[] {
  let before = catalog
  return sketches.map((sketch): DraftStep => {
    const run = locksOf(sqlOfStep(sketch), before, serverVersion)
    // What a step has made, an application may use from its commit on.
    before = startBatch(run.catalog)
    const { undo, dynamicLocks = [], ...rest } = sketch
    const locks = [...strongest([...run.locks, ...dynamicLocks])]
    if (undo.kind !== 'sql') return { ...rest, undo, locks }
    const undone = locksOf(undo.sql, before, serverVersion)
    const each = undo.concurrently ? locksOfEach(undo.sql, before, serverVersion) : null
    return {
      ...rest,
      locks,
      undo: {
        ...undo,
        locks: [...strongest([...undone.locks, ...dynamicLocks])],
        ...(each === null ? {} : { locksOfEach: each }),
      },
    }
  })
}

/** Null: none of them makes writers wait. */
function locksOfEach(
  statements: readonly string[],
  catalog: Catalog,
  serverVersion: ServerVersion,
): Lock[][] | null {
  let before = catalog
  const each = statements.map((statement) => {
    const run = locksOf([statement], before, serverVersion)
    before = startBatch(run.catalog)
    return [...run.locks]
  })
  return each.some((locks) => locks.some(({ mode }) => blocksWrites(mode))) ? each : null
}

/** Locks of statements that run one after the other, and the catalog that they leave behind. */
function locksOf(
  statements: readonly string[],
  catalog: Catalog,
  serverVersion: ServerVersion,
): { readonly locks: readonly Lock[]; readonly catalog: Catalog } {
  if (statements.length === 0) return { locks: [], catalog }
  const script = parseScript(statements.join(';\n'), 'step')
  const walked = walk(script.statements, { transaction: 'statement', catalog, serverVersion })
  const locks = walked.judged.flatMap(({ effect }) => effect.locks)
  const own = namesMade(walked.judged, catalog)
  return { locks: strongest(locks.filter(({ relation }) => !own.has(relation))), catalog: walked.catalog }
}

/**
 * Nobody can wait for a sequence that only this transaction sees, as the effect model knows of tables; and what is said
 * of a relation by the name that the step has given it is said of the name that it had, too. A name that another table
 * gives up in the same step was that one's before.
 */
function namesMade(judged: readonly JudgedAction[], before: Catalog): ReadonlySet<string> {
  const made = judged.flatMap(({ action, catalog }) => nameMade(action, catalog) ?? [])
  return new Set(made.filter((name) => typeof before.table(name) !== 'object').map(formatRelation))
}

function nameMade(action: Action, catalog: Catalog): QualifiedName | null {
  if (action.kind === 'rename-table') {
    return { schema: catalog.resolve(action.table).schema, name: action.to }
  }
  if (action.kind === 'set-schema') {
    return { schema: action.to, name: catalog.resolve(action.table).name }
  }
  const sequence =
    action.kind === 'other' && action.tag === 'CREATE SEQUENCE' ? action.relations[0] : undefined
  return sequence === undefined ? null : catalog.resolve(sequence)
}
