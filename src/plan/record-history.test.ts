import { beforeAll, describe, expect, it } from 'vitest'
import { emptyCatalog } from '../catalog/replay.ts'
import { loadParser } from '../sql/parser.ts'
import type { Draft } from './draft.ts'
import type { Arranged } from './order.ts'
import { withHistory } from './record-history.ts'
import { noTouches } from './touches.ts'

beforeAll(loadParser)

const catalog = emptyCatalog({ complete: true, searchPath: ['app'] })

function draft(path: string, phase: Draft['phase']): Draft {
  const step: Draft['step'] = {
    kind: 'check',
    slug: path,
    phase,
    title: path,
    touches: noTouches,
    locks: [],
    before: [],
    after: [],
    undo: { kind: 'nothing', because: 'it only asks' },
  }
  const source = { path, line: 1, column: 1 }
  return { step, rule: null, source, phase, touches: noTouches, group: 0, unnoticed: false }
}

function recorded(version: string) {
  const table = { schema: null, name: 'schema_migration' }
  return { path: `${version}.sql`, version, history: { table, row: [{ column: 'version', value: version }] } }
}

function lines(stages: readonly Arranged<Draft>[]): readonly string[] {
  return stages.flatMap(({ number, phases }) =>
    phases.map(({ name, steps }) => `${number} ${name}: ${steps.map(({ step }) => step.slug).join(', ')}`),
  )
}

describe('withHistory', () => {
  it('records a file before the gate behind which only its last steps wait', () => {
    const stages: Arranged<Draft>[] = [
      {
        number: 1,
        phases: [
          { name: 'expand', steps: [draft('1.sql', 'expand')] },
          { name: 'contract', steps: [draft('2.sql', 'contract')] },
        ],
      },
      {
        number: 2,
        phases: [
          { name: 'backfill', steps: [draft('3.sql', 'backfill')] },
          { name: 'contract', steps: [draft('1.sql', 'contract'), draft('4.sql', 'contract')] },
        ],
      },
    ]
    expect(lines(withHistory(stages, ['1', '2', '3', '4', '5'].map(recorded), catalog))).toEqual([
      '1 expand: 1.sql, record 1, record 2, record 5',
      '1 contract: 2.sql',
      '2 backfill: 3.sql, record 3, record 4',
      '2 contract: 1.sql, 4.sql',
    ])
  })

  it('gives a plan of nothing but contract steps, or of none, a phase to record in', () => {
    const only: Arranged<Draft>[] = [
      { number: 1, phases: [{ name: 'contract', steps: [draft('1.sql', 'contract')] }] },
    ]
    expect(lines(withHistory(only, [recorded('1')], catalog))).toEqual([
      '1 expand: record 1',
      '1 contract: 1.sql',
    ])
    expect(lines(withHistory([], [recorded('1')], catalog))).toEqual(['1 expand: record 1'])
    expect(withHistory([], [], catalog)).toEqual([])
  })

  it('takes the table from the search path, and its row back', () => {
    const [stage] = withHistory([], [recorded('1')], catalog)
    const [first] = stage?.phases[0]?.steps ?? []
    expect(first?.step).toMatchObject({
      kind: 'record-history',
      table: 'app.schema_migration',
      row: [{ column: 'version', value: '1' }],
      undo: { sql: ["DELETE FROM app.schema_migration WHERE version = '1'"] },
    })
  })
})
