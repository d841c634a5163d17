/**
 * The runner's own history, row by row: the new application looks there before it boots, so a migration's row comes just
 * before the gate that its deploy waits at, when all of it is done but what only the old application's end allows.
 */
import type { Catalog } from '../catalog/catalog.ts'
import type { DraftStepOf, PhaseName } from '../model/plan.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { rowsObject, touching } from '../rules/steps/objects.ts'
import type { HistoryRow } from '../source/history.ts'
import { generated } from '../sql/edit.ts'
import type { Draft } from './draft.ts'
import type { Arranged } from './order.ts'

/** A pending file whose runner keeps a history. */
export interface RecordedFile {
  readonly path: string
  readonly version: string
  readonly history: HistoryRow
}

/** `stages` with one step more for each file, at the end of what comes before its gate. */
export function withHistory(
  stages: readonly Arranged<Draft>[],
  files: readonly RecordedFile[],
  catalog: Catalog,
): readonly Arranged<Draft>[] {
  // A plan whose files hold nothing to run still has their rows to write.
  const all = stages.length === 0 && files.length > 0 ? [{ number: 1, phases: [] }] : stages
  return all.map((stage) => {
    const here = files.filter((file) => stageOf(file, stages) === stage.number)
    return here.length === 0 ? stage : withRows(stage, here, catalog)
  })
}

/** The last stage in which anything of it runs before the gate; of a file that only takes away, the stage of that. */
function stageOf({ path }: RecordedFile, stages: readonly Arranged<Draft>[]): number {
  const inPhase = (isContract: boolean): readonly number[] =>
    stages.flatMap(({ number, phases }) =>
      phases
        .filter(({ name }) => (name === 'contract') === isContract)
        .flatMap(({ steps }) => (steps.some(({ source }) => source.path === path) ? [number] : [])),
    )
  const [before, after] = [inPhase(false), inPhase(true)]
  return Math.max(1, ...(before.length > 0 ? before : after))
}

function withRows(
  { number, phases }: Arranged<Draft>,
  files: readonly RecordedFile[],
  catalog: Catalog,
): Arranged<Draft> {
  const ahead = phases.filter(({ name }) => name !== 'contract')
  const behind = phases.filter(({ name }) => name === 'contract')
  const host = ahead.at(-1) ?? { name: 'expand' as const, steps: [] }
  const drafts = files.map((file) => draftOf(file, host.name, catalog))
  const recorded = { name: host.name, steps: [...host.steps, ...drafts] }
  return { number, phases: [...ahead.slice(0, -1), recorded, ...behind] }
}

function draftOf({ path, version, history }: RecordedFile, phase: PhaseName, catalog: Catalog): Draft {
  const table = catalog.resolve(history.table)
  const spelled = formatRelation(table)
  const row = history.row.map(({ column, value }) => `${quoteIdentifier(column)} = ${quoteLiteral(value)}`)
  const locks = [{ relation: spelled, mode: 'RowExclusive' as const }]
  const step: DraftStepOf<'record-history'> = {
    kind: 'record-history',
    slug: `record ${version}`,
    phase,
    title: `Tell the migration runner that ${version} is applied`,
    touches: touching({ changes: [rowsObject(table)] }),
    locks,
    before: [],
    after: [],
    undo: {
      kind: 'sql',
      sql: [generated(`DELETE FROM ${spelled} WHERE ${row.join(' AND ')}`)],
      concurrently: false,
      locks,
    },
    table: spelled,
    row: [...history.row],
    lockTimeoutMs: 250,
    statementTimeoutMs: 5_000,
  }
  const source = { path, line: 1, column: 1 }
  return { step, rule: null, source, phase, touches: step.touches, group: -1, unnoticed: false }
}
