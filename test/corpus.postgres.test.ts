/** The corpus on a folder of our own, in which everything happens that can happen to a file. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareEnds } from '../src/corpus/compare-ends.ts'
import { installedMajor } from '../src/database/embedded-binaries.ts'
import { runCorpus, type CorpusInput } from '../src/corpus/run-corpus.ts'
import type { CorpusReport } from '../src/model/corpus.ts'
import { corpusHolds, corpusTable } from '../src/report/corpus-table.ts'
import { defineRule, type Rule } from '../src/rules/define-rule.ts'
import { rules } from '../src/rules/index.ts'
import setDefault from '../src/rules/set-default.ts'
import { readMigrations } from '../src/source/read-migrations.ts'
import { succeed, type Result } from '../src/model/problem.ts'
import { loadParser } from '../src/sql/parser.ts'
import { watchman } from '../src/corpus/watchman.ts'
import { inDatabase, openShadow, type ShadowServer } from '../src/verify/shadow.ts'
import { createTestDatabase } from './support/database.ts'
import { describeDatabase } from './support/describe-database.ts'

const folder = {
  '001_orders.sql': `
    CREATE TABLE customers (id bigint PRIMARY KEY, email text);
    CREATE TABLE "Orders" (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers (id), state text);`,
  '002_customer_index.sql': `CREATE INDEX orders_customer ON "Orders" (customer_id);`,
  '003_block.sql': `DO $$ BEGIN EXECUTE 'ALTER TABLE customers ADD COLUMN seen ' || pg_typeof(current_date); END $$;`,
  '004_later_release.sql': `DROP INDEX orders_customer;`,
  '005_new_orders.sql': `UPDATE "Orders" SET state = 'new' WHERE state IS NULL;`,
  '006_default.sql': `ALTER TABLE "Orders" ALTER COLUMN state SET DEFAULT 'new';`,
  '007_seen_index.sql': `CREATE INDEX customers_seen ON customers (seen);`,
  '008_comment.sql': `COMMENT ON TABLE customers IS 'who buys';`,
}

let shadow: ShadowServer

beforeAll(async () => {
  await loadParser()
  // A server of its own, for its scratch databases are many, and the watchman ends whatever is in any.
  const opened = await openShadow({ shadowUrl: null, targetUrl: null, major: installedMajor() ?? 15 })
  if (!opened.ok) throw new Error(opened.problems.map(({ message }) => message).join('\n'))
  shadow = opened.value
})
afterAll(() => shadow.close())

async function corpus(options: Partial<CorpusInput> = {}): Promise<CorpusReport> {
  const files = Object.entries(folder).map(([path, text]) => ({ path, text }))
  const read = readMigrations(files, { layout: 'plain', transaction: null })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  const ran = await runCorpus({
    layout: 'plain',
    migrations: read.value.up,
    boundary: {
      from: { through: '001' },
      to: { applied: ['001', '002', '003', '005', '006', '007', '008'] },
    },
    major: shadow.major,
    shadow,
    searchPath: ['public'],
    stallBudgetMs: 200,
    describe: (ask) => describeDatabase(ask, { columnOrder: false }),
    load: null,
    measuresStalls: false,
    limitMs: 120_000,
    random: () => 0.5,
    now: () => performance.now(),
    say: () => undefined,
    ...options,
  })
  if (!ran.ok) throw new Error(ran.problems.map(({ message }) => message).join('\n'))
  return ran.value
}

function statuses({ runs }: CorpusReport): readonly (readonly string[])[] {
  return runs.map(({ status, files }) => [status, ...files.map((file) => file.slice(0, 3))])
}

/** As if a rule were wrong: it gives another default than the author's. */
const wrong = defineRule({
  ...setDefault,
  replace: (action, context) =>
    setDefault.replace?.({ ...action, sql: action.sql.replace('new', 'old') }, context) ?? {
      cannot: 'set-default has no replacement',
    },
})

const crashing = defineRule({
  ...setDefault,
  id: 'crashing',
  on: ['comment'],
  detect: () => {
    throw new Error('a bug in a rule')
  },
  replace: () => ({ cannot: 'never asked' }),
})

function rulesWith(...others: readonly Rule[]): readonly Rule[] {
  return [...others, ...rules.filter((rule) => !others.some(({ id }) => id === rule.id))]
}

describe('runCorpus', () => {
  it('holds what lint says of each statement against what a server does', async () => {
    const { stalls } = await corpus({ measuresStalls: true })
    expect(stalls).toEqual({
      known: {
        statements: 9,
        // The two indexes, and the rows that get a state.
        real: 3,
        missed: [],
        falseAlarms: [],
        metNoRow: 0,
      },
      unknown: expect.objectContaining({ real: 3, missed: [] }),
      notRun: [],
    })
  })

  it('plans as many files at once as it can, goes on behind a refusal, and ends where the author’s SQL does', async () => {
    const report = await corpus()
    expect(statuses(report)).toEqual([
      ['planned', '002'],
      ['refused', '003'],
      ['planned', '005', '006', '007', '008'],
    ])
    expect(report.runs[1]?.because).toEqual([expect.stringContaining('DO')])
    expect(report.runs[2]?.proof?.verdict).toBe('proved')
    expect(report.runs[2]?.proof?.writes).toBeGreaterThan(0)
    expect(report).toMatchObject({
      read: { files: 8, statements: 9, opaque: 1, syntaxErrors: 0, crashes: [] },
      base: 1,
      pending: { files: 6, statements: 6 },
      rows: { tables: 2, rows: 400, missing: null },
      differences: [],
    })
    expect(corpusHolds(report)).toBe(true)
    const load = (failed: number, ms: number): NonNullable<CorpusReport['load']> => ({
      tokens: 1000,
      applyMs: 5000,
      figures: {
        transactions: 100,
        failed,
        failures: {},
        byApplication: [],
        slowerThan100Ms: 0,
        latencyMs: { p50: 1, p99: 5, max: 9 },
        byScript: {},
      },
      longestWaitOfPlan: { ms, waiting: 'SELECT 1', blockedBy: 'the upgrade' },
      longestWaitOfOthers: null,
      stopped: null,
    })
    expect(corpusHolds({ ...report, load: load(0, 200) })).toBe(true)
    expect(corpusHolds({ ...report, load: load(1, 5) })).toBe(false)
    expect(corpusHolds({ ...report, load: load(0, 201) })).toBe(false)
    const table = corpusTable(report, false)
    expect(table).toMatch(/^planned +5 +in 2 plans of \d+ steps, proved with \d+ writes/m)
    expect(table).toMatch(/^refused +1$/m)
    expect(table).toMatch(/^failed +0$/m)
    expect(table).toContain('refused  003_block.sql')
  })

  it('blames the file whose plan the proof rejects, and the one that crashes a rule', async () => {
    const report = await corpus({ rules: rulesWith(wrong, crashing) })
    expect(statuses(report)).toEqual([
      ['planned', '002'],
      ['refused', '003'],
      ['planned', '005'],
      ['failed', '006'],
      ['planned', '007'],
      ['failed', '008'],
    ])
    expect(report.runs[3]?.because.join('\n')).toMatch(/the proof is different\n.*state.*'new'.*'old'/)
    expect(report.runs[5]?.because).toEqual(['the planner crashed: a bug in a rule'])
    // By their own SQL they are there all the same, so that what follows meets what it would.
    expect(report.differences).toEqual([])
    expect(corpusHolds(report)).toBe(false)
    expect(corpusTable(report, false)).toContain('failed  006_default.sql')
  })
})

describe('watchman', () => {
  it('ends what takes too long, and nothing else', async () => {
    const opened = await shadow.openWorkbench()
    if (!opened.ok) throw new Error(opened.problems.map(({ message }) => message).join('\n'))
    const [watch, slow] = [await opened.value.create('watch'), await opened.value.create('slow')]
    await inDatabase(watch.adminUrl, async (session) => {
      const guard = watchman(session, 300)
      const sleep = (seconds: number) => (): Promise<Result<string>> =>
        inDatabase(slow.url, async (sleeper) => {
          await sleeper.execute(`SELECT pg_sleep(${seconds})`)
          return succeed('slept')
        })
      expect(await guard.within(sleep(0.01))).toEqual(succeed('slept'))
      expect(await guard.within(sleep(60))).toMatchObject({
        ok: false,
        problems: [{ code: 'too-late', message: 'it was not done in 0.3 s' }],
      })
    })
    await opened.value.dispose()
  })
})

describe('compareEnds', () => {
  it('sees schema and rows, but not values that no two runs share, nor the order of columns', async () => {
    const [one, other] = [await createTestDatabase(), await createTestDatabase()]
    const ends = [one, other].map(({ name, url }) => ({ name, url, adminUrl: url }))
    const [expected, actual] = ends
    if (expected === undefined || actual === undefined) throw new Error('two databases')
    const differences = (): Promise<readonly string[]> =>
      compareEnds(expected, actual, {
        describe: (ask) => describeDatabase(ask, { columnOrder: false }),
        volatileColumns: ['public."T".at'],
      })
    await one.session.execute(
      `CREATE TABLE "T" (id int, note text, at date); INSERT INTO "T" VALUES (1, 'a', '2020-01-01')`,
    )
    await other.session.execute(
      `CREATE TABLE "T" (at date, id int, note text); INSERT INTO "T" VALUES ('2021-01-01', 1, 'a')`,
    )
    expect(await differences()).toEqual([])
    await other.session.execute(`UPDATE "T" SET note = 'A'`)
    expect(await differences()).toEqual([
      expect.stringMatching(/^− rows: public\."T" 1 /),
      expect.stringMatching(/^\+ rows: public\."T" 1 /),
    ])
    await other.session.execute(`UPDATE "T" SET note = 'a'; CREATE INDEX t_id ON "T" (id)`)
    expect((await differences()).join('\n')).toMatch(/^\+ index: public\.T .*t_id/m)
    await Promise.all([one.drop(), other.drop()])
  })
})
