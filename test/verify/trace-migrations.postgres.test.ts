/** A model that is wrong is told so; and rows that a migration cannot bear are made milder, or left out. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Prediction } from '../../src/model/trace.ts'
import { openShadow, type ShadowServer } from '../../src/verify/shadow.ts'
import type { TraceSource } from '../../src/verify/trace-file.ts'
import { traceMigrations } from '../../src/verify/trace-migrations.ts'

let shadow: ShadowServer

beforeAll(async () => {
  const opened = await openShadow({ shadowUrl: inject('serverUrl'), targetUrl: null, major: 15 })
  if (!opened.ok) throw new Error(opened.problems[0]?.message)
  shadow = opened.value
})
afterAll(() => shadow.close())

const nothing = { locks: [], rewrites: [], scans: [], builds: [], changesRows: [], unknowns: [] }

/** One statement, of which the model says `effect`. */
function sourceOf(text: string, effect: Partial<Prediction['effect']> = {}): TraceSource {
  const position = { path: 'm.sql', line: 1, column: 1, endLine: 1, endColumn: text.length + 1 }
  return {
    path: 'm.sql',
    text,
    transaction: 'file',
    statements: [text],
    marks: [{ start: 0, position, control: null }],
    predict: () => [{ effect: { ...nothing, ...effect }, readsByQuery: [] }],
  }
}

async function trace(base: string, sources: readonly TraceSource[]) {
  const { path, text, transaction, statements } = sourceOf(base)
  const traced = await traceMigrations(
    {
      base: [{ path, text, transaction, statements }],
      sources,
      rowsPerTable: 50,
      seed: 1,
      now: () => performance.now(),
      fileStarted: () => undefined,
    },
    shadow,
  )
  if (!traced.ok) throw new Error(traced.problems[0]?.message)
  return traced.value
}

describe('traceMigrations', () => {
  it('says what a wrong model has not said, and what it has said too much', async () => {
    const said = { locks: [{ relation: 'public.t', mode: 'Share' as const }], builds: ['public.t'] }
    const { parts } = await trace('CREATE TABLE t (id int, word text)', [
      sourceOf('ALTER TABLE t ALTER COLUMN id TYPE bigint', said),
    ])
    expect(parts[0]?.statements[0]?.disagreements).toEqual([
      { kind: 'not-predicted', what: 'lock', relation: 'public.t', mode: 'AccessExclusive' },
      { kind: 'not-predicted', what: 'rewrite', relation: 'public.t', mode: null },
    ])
  })

  it('asks the rows for what a migration cannot do without, and says so', async () => {
    const { parts, assumptions } = await trace('CREATE TABLE t (id int, word text)', [
      sourceOf('ALTER TABLE t ALTER COLUMN word SET NOT NULL'),
    ])
    expect(parts[0]?.statements[0]).toMatchObject({ failure: null, scans: ['public.t'] })
    expect(assumptions).toEqual([expect.stringContaining('public.t.word is not null: else m.sql:1:1')])
  })

  it('leaves the rows out where nothing in them helps', async () => {
    const { parts, assumptions } = await trace('CREATE TABLE t (id int PRIMARY KEY, word text)', [
      sourceOf('UPDATE t SET id = 1 / (id - id)'),
    ])
    expect(parts[0]?.statements[0]?.failure).toBeNull()
    expect(assumptions).toEqual([expect.stringContaining('m.sql meets no generated rows: else m.sql:1:1')])
  })

  it('ends at a statement that fails with or without rows', async () => {
    const { parts, notRun } = await trace('CREATE TABLE t (id int)', [
      sourceOf('ALTER TABLE t DROP COLUMN word'),
      sourceOf('DROP TABLE t'),
    ])
    expect(parts.map(({ statements }) => statements[0]?.failure)).toEqual([
      {
        message: 'column "word" of relation "t" does not exist',
        sqlstate: '42703',
        at: { path: 'm.sql', line: 1, column: 1 },
      },
    ])
    expect(notRun).toEqual(['m.sql'])
  })
})
