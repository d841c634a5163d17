/** What the model says of a case, put in the words in which the laboratory says what it saw. */
import { emptyCatalog, endSession, replay, startBatch } from '../catalog/replay.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { mergeLocks } from '../effects/lock-set.ts'
import { walk } from '../effects/walk.ts'
import type { Lock } from '../model/effect.ts'
import type { LaboratoryCase } from '../model/laboratory.ts'
import { lockModes } from '../postgres/lock-mode.ts'
import { splitName } from '../postgres/type-name.ts'
import { parseScript } from '../sql/parse-script.ts'

export interface Prediction {
  readonly locks: readonly Lock[]
  readonly rewrites: ReadonlySet<string>
  readonly scans: ReadonlySet<string>
  readonly builds: ReadonlySet<string>
  /** Rows that are changed, and not only locked. */
  readonly changes: ReadonlySet<string>
  /** Also rows that are only locked. */
  readonly touched: ReadonlySet<string>
  readonly unknowns: ReadonlySet<string>
  /** Indexes among the relations that it locks. */
  readonly indexes: ReadonlySet<string>
  /** Partitions among them. */
  readonly partitions: ReadonlySet<string>
}

/** The catalog that the statements of a schema leave behind, none of it new. `loadParser` must have been awaited. */
export function replayedCatalog(schema: string): Catalog {
  const script = parseScript(schema, 'schema.sql')
  if (script.problems.length > 0) throw new Error(script.problems[0]?.message)
  const start = emptyCatalog({ complete: true, searchPath: ['public'] })
  const actions = script.statements.flatMap((statement) => statement.actions)
  return startBatch(endSession(actions.reduce(replay, start)))
}

export function predict(one: LaboratoryCase, catalog: Catalog, major: number): Prediction {
  const script = parseScript(one.sql, 'case.sql')
  if (script.problems.length > 0) throw new Error(`${one.sql}: ${script.problems[0]?.message}`)
  const { judged } = walk(script.statements, {
    transaction: one.autocommit ? 'statement' : 'file',
    catalog,
    serverVersion: { min: major, max: major },
  })
  const all = (list: 'rewrites' | 'scans' | 'builds' | 'changesRows' | 'unknowns', of = judged) =>
    new Set(of.flatMap(({ effect }) => effect[list]))
  const isRowLock = (tag: string) => tag.startsWith('SELECT FOR ')
  const writing = judged.filter(({ action }) => action.kind !== 'other' || !isRowLock(action.tag))
  // What the case itself makes or names anew, nobody else has met.
  const wasThere = ({ relation }: Lock) => {
    const { schema, name } = splitName(relation)
    return catalog.isRelationNameTaken(schema ?? 'public', name) !== 'no'
  }
  const locks = mergeLocks(judged.flatMap(({ effect }) => effect.locks)).filter(wasThere)
  const isIndex = (relation: string) => typeof catalog.index(splitName(relation)) !== 'string'
  const isPartition = (relation: string) => {
    const table = catalog.table(splitName(relation))
    return typeof table !== 'string' && table.partitionOf !== null
  }
  return {
    locks,
    rewrites: all('rewrites'),
    scans: all('scans'),
    builds: all('builds'),
    changes: all('changesRows', writing),
    touched: all('changesRows'),
    unknowns: all('unknowns'),
    indexes: new Set(locks.map(({ relation }) => relation).filter(isIndex)),
    partitions: new Set(locks.map(({ relation }) => relation).filter(isPartition)),
  }
}

const weakest = lockModes.indexOf('ShareUpdateExclusive')

/** From ShareUpdateExclusive on, a lock makes other DDL wait; below it are the locks of queries and DML. */
export function isStrong({ mode }: Lock): boolean {
  return lockModes.indexOf(mode) >= weakest
}
