import { describe, expect, it } from 'vitest'
import type { Trace, TracedStatement } from '../model/trace.ts'
import { bytesText } from './bytes.ts'
import { tracePretty } from './trace-pretty.ts'

const lines = ['ALTER TABLE orders ADD COLUMN id uuid DEFAULT gen_random_uuid();', 'DROP TABLE "o";']

const nothing = { locks: [], rewrites: [], scans: [], builds: [] }

function statement(fields: Partial<TracedStatement>): TracedStatement {
  return {
    step: null,
    position: { path: 'm/1.sql', line: 1, column: 1, endLine: 1, endColumn: 64 },
    text: lines[0] ?? '',
    transaction: 0,
    how: 'exact',
    ...nothing,
    rowsChanged: [],
    walBytes: 5200,
    durationMs: 1.25,
    waits: null,
    predicted: { ...nothing, changesRows: [], unknowns: [] },
    disagreements: [],
    failure: null,
    ...fields,
  }
}

function traceOf(statements: TracedStatement[], fields: Partial<Trace> = {}): Trace {
  const disagreements = statements.reduce((sum, one) => sum + one.disagreements.length, 0)
  const failures = statements.filter(({ failure }) => failure !== null).length
  return {
    formatVersion: 1,
    serverVersion: '15.18',
    rowsPerTable: 200,
    assumptions: [],
    parts: [{ kind: 'file', name: 'm/1.sql', transaction: 'file', statements }],
    notRun: [],
    summary: { statements: statements.length, disagreements, failures },
    ...fields,
  }
}

const shown = (trace: Trace) => tracePretty(trace, (_path, line) => lines[line - 1] ?? '', false)

describe('tracePretty', () => {
  it('puts a caret under the statement where server and model part, and says which had what', () => {
    const lock = { relation: 'public.orders', mode: 'AccessExclusive' } as const
    const report = shown(
      traceOf([
        statement({
          locks: [{ ...lock, carried: false }],
          rewrites: ['public.orders'],
          waits: 'reads',
          predicted: { ...nothing, locks: [lock], scans: ['public.orders'], changesRows: [], unknowns: [] },
          disagreements: [
            { kind: 'not-predicted', what: 'rewrite', relation: 'public.orders', mode: null },
            { kind: 'not-seen', what: 'scan', relation: 'public.orders', mode: null },
          ],
        }),
      ]),
    )
    expect(report).toMatchInlineSnapshot(`
      "PostgreSQL 15.18, up to 200 generated rows in each table

      m/1.sql, in one transaction
        line  statement                                               duration       WAL  who waits
           1  ALTER TABLE orders ADD COLUMN id uuid DEFAULT gen_r…      1.3 ms    5.1 kB  SELECT waits
              ✓ AccessExclusive on public.orders
              ✗ public.orders is written anew
              m/1.sql:1:1
              1 | ALTER TABLE orders ADD COLUMN id uuid DEFAULT gen_random_uuid();
                | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              seen, not predicted: a rewrite of public.orders
              predicted, not seen: a scan of public.orders

      1 statement: 2 disagreements
      "
    `)
  })

  it('points where the server points in a statement that fails', () => {
    const failure = {
      message: 'table "o" does not exist',
      sqlstate: '42P01',
      at: { path: 'm/1.sql', line: 2, column: 12 },
    }
    const report = shown(
      traceOf([statement({ text: lines[1] ?? '', failure })], {
        notRun: ['m/2.sql'],
        assumptions: ['t is empty'],
      }),
    )
    expect(report).toMatchInlineSnapshot(`
      "PostgreSQL 15.18, up to 200 generated rows in each table
        assumed: t is empty

      m/1.sql, in one transaction
        line  statement                                               duration       WAL  who waits
           1  DROP TABLE "o";                                                             failed
              error: table "o" does not exist (42P01)
              m/1.sql:2:12
              2 | DROP TABLE "o";
                |            ^

      not run: m/2.sql
      1 statement: the model agrees, 1 failed, 1 not run
      "
    `)
  })

  it('has nothing to tell of an empty file', () => {
    expect(shown(traceOf([]))).toContain('m/1.sql, nothing to run\n')
  })
})

it('bytesText counts as PostgreSQL does', () => {
  expect([0, 999, 1000, 10_240, 5_000_000].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '10 kB',
    '4.8 MB',
  ])
})
