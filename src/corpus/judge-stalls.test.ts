import { describe, expect, it } from 'vitest'
import type { Stalls } from '../model/effect.ts'
import type { LintReport } from '../model/finding.ts'
import type { TracedPart, TracedStatement } from '../model/trace.ts'
import { judgeStalls } from './judge-stalls.ts'

const position = (line: number) => ({ path: '1.sql', line, column: 1, endLine: line, endColumn: 2 })

function traced(line: number, seen: Partial<TracedStatement>): TracedStatement {
  return {
    step: null,
    position: position(line),
    text: `ALTER TABLE t${line}\n  ADD COLUMN a integer`,
    transaction: 0,
    how: 'exact',
    locks: [],
    rewrites: [],
    scans: [],
    builds: [],
    rowsChanged: [],
    walBytes: 0,
    durationMs: 1,
    waits: null,
    predicted: { locks: [], rewrites: [], scans: [], builds: [], changesRows: [], unknowns: [] },
    disagreements: [],
    failure: null,
    ...seen,
  }
}

function report(stalls: readonly Stalls[], told: readonly number[]): LintReport {
  const { path: _path, ...place } = position(1)
  return {
    formatVersion: 1,
    files: [
      {
        path: '1.sql',
        statements: stalls.map((stalls, index) => ({
          index,
          line: index + 1,
          column: 1,
          kind: 'alter-table',
          locks: [],
          rewrites: [],
          scans: [],
          stalls,
        })),
        findings: told.map((line) => ({
          rule: 'r',
          severity: 'error',
          ...place,
          line,
          endLine: line,
          message: '',
          effect: '',
          instead: '',
          work: null,
          fingerprint: '',
        })),
        problems: [],
        suppressed: [],
      },
    ],
    staleBaseline: [],
    summary: {
      files: 1,
      statements: 0,
      errors: 0,
      warnings: 0,
      infos: 0,
      problems: 0,
      suppressed: 0,
      baselined: 0,
    },
  }
}

function judged(seen: Partial<TracedStatement>, stalls: Stalls, isTold: boolean) {
  const part: TracedPart = { kind: 'file', name: '1.sql', transaction: 'file', statements: [traced(1, seen)] }
  return judgeStalls([part], report([stalls], isTold ? [1] : []))
}

const scanned: Partial<TracedStatement> = { waits: 'reads', scans: ['public.t'] }

describe('judgeStalls', () => {
  it('finds a real stall only where lint calls it one and tells of it', () => {
    expect(judged(scanned, 'reads', true)).toMatchObject({ real: 1, missed: [] })
    expect(judged(scanned, 'reads', false).missed).toEqual(['1.sql:1: ALTER TABLE t1'])
    expect(judged(scanned, null, true).missed).toEqual(['1.sql:1: ALTER TABLE t1'])
  })

  it('takes a strong lock without work, and work without a strong lock, for no stall', () => {
    expect(judged({ waits: 'reads' }, null, false)).toMatchObject({ real: 0, missed: [] })
    expect(judged({ scans: ['public.t'] }, null, false)).toMatchObject({ real: 0, missed: [] })
  })

  it('calls a stall that nobody felt a false alarm, but for a change of rows that met none', () => {
    expect(judged({ waits: 'reads' }, 'reads', true).falseAlarms).toEqual(['1.sql:1: ALTER TABLE t1'])
    expect(judged({}, 'rows', true)).toMatchObject({ falseAlarms: [], metNoRow: 1 })
    expect(judged({ rowsChanged: [{ relation: 'public.t', rows: 1 }] }, 'rows', true)).toMatchObject({
      real: 1,
      missed: [],
      metNoRow: 0,
    })
  })
})
