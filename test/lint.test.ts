import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { catalogOf, emptyCatalog, snapshotOf } from '../src/catalog/replay.ts'
import { walk } from '../src/effects/walk.ts'
import { lintMigrations, type LintOptions } from '../src/lint/lint.ts'
import { configDefaults } from '../src/model/config-defaults.ts'
import { lintReport, type Finding, type LintedStatement, type LintReport } from '../src/model/finding.ts'
import { rules } from '../src/rules/index.ts'
import { readMigrations } from '../src/source/read-migrations.ts'
import { parseScript } from '../src/sql/parse-script.ts'
import { loadParser } from '../src/sql/parser.ts'
import { sqlOfExample, transactionOf } from './support/rule-example.ts'

beforeAll(loadParser)

const options: LintOptions = {
  catalog: emptyCatalog({ complete: false, searchPath: ['public'] }),
  batch: 'file',
  sizes: null,
  serverVersion: { min: 14, max: 18 },
  severities: {},
}

/** Files in order, `1.sql`, `2.sql`, …, each in the runner's transaction. */
function lint(texts: readonly string[], changes: Partial<LintOptions> = {}): LintReport {
  const inputs = texts.map((text, index) => ({
    script: parseScript(text, `${index + 1}.sql`),
    transaction: 'file' as const,
    report: true,
  }))
  return lintMigrations(inputs, { ...options, ...changes })
}

/** `file rule severity line:column` of every finding. */
function found(report: LintReport): readonly string[] {
  return report.files.flatMap(({ path, findings }) =>
    findings.map(({ rule, severity, line, column }) => `${path} ${rule} ${severity} ${line}:${column}`),
  )
}

const orders = 'CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, state text);'
const index = 'CREATE INDEX orders_customer ON orders (customer_id);'

describe('the report', () => {
  it('holds its schema, whatever is in the files', () => {
    const texts = [
      '',
      '-- nothing\n',
      orders,
      `${index}\nSELECT 1; SELEC 2; \\d\n`,
      'BEGIN; DROP TABLE orders; COMMIT;',
    ]
    expect(lintReport.parse(lint(texts))).toEqual(lint(texts))
  })

  it('says of every statement where it stands, what it locks and who waits', () => {
    const [, file] = lint([orders, `-- é 𝒳\n  ${index}\nALTER TABLE orders\n  ADD COLUMN note text;`]).files
    expect(file?.statements).toEqual([
      {
        index: 0,
        line: 2,
        column: 3,
        kind: 'create-index',
        locks: [{ relation: 'public.orders', mode: 'Share' }],
        rewrites: [],
        scans: ['public.orders'],
        stalls: 'writes',
      },
      {
        index: 1,
        line: 3,
        column: 1,
        kind: 'add-column',
        locks: [{ relation: 'public.orders', mode: 'AccessExclusive' }],
        rewrites: [],
        scans: [],
        stalls: null,
      },
    ])
  })

  it('joins the actions of one ALTER TABLE, and names it so where they differ', () => {
    const same = 'ALTER TABLE orders ADD COLUMN a int, ADD COLUMN b int;'
    const mixed =
      'ALTER TABLE orders ADD COLUMN c int, ADD CONSTRAINT positive CHECK (id > 0), ALTER COLUMN state SET STATISTICS 5;'
    const [, file] = lint([orders, `${same}\n${mixed}`]).files
    expect(
      file?.statements.map(({ kind, stalls, scans, locks }) => ({ kind, stalls, scans, locks })),
    ).toEqual([
      {
        kind: 'add-column',
        stalls: null,
        scans: [],
        locks: [{ relation: 'public.orders', mode: 'AccessExclusive' }],
      },
      {
        kind: 'alter-table',
        stalls: 'reads',
        scans: ['public.orders'],
        locks: [{ relation: 'public.orders', mode: 'AccessExclusive' }],
      },
    ])
  })

  it('puts a finding on its action, in three parts', () => {
    const [, file] = lint([
      orders,
      `ALTER TABLE orders\n  ADD COLUMN a int,\n  ADD CONSTRAINT c CHECK (id > 0);`,
    ]).files
    const finding = file?.findings.find(({ rule }) => rule === 'add-check-validating')
    expect(finding).toMatchObject({ severity: 'error', line: 3, column: 3, endLine: 3, endColumn: 34 })
    expect(finding?.message).toContain('public.orders')
    expect(finding?.effect).toContain('AccessExclusive')
    expect(finding?.instead).toContain('NOT VALID')
  })

  it('is the same twice, and counts what it holds', () => {
    const texts = [orders, index, 'ALTER TABLE orders ADD COLUMN a int; SELEC;']
    const report = lint(texts)
    expect(lint(texts)).toEqual(report)
    expect(report.summary).toEqual({
      files: 3,
      statements: 3,
      errors: 1,
      warnings: 1,
      infos: 0,
      problems: 1,
      suppressed: 0,
      baselined: 0,
    })
  })
})

describe('the catalog between files', () => {
  it('lets a file do to its own new table what it wants', () => {
    expect(found(lint([`${orders}\n${index}`]))).toEqual([])
  })

  it('takes the tables of earlier files for live', () => {
    expect(found(lint([orders, index]))).toEqual(['2.sql create-index-blocking error 1:1'])
  })

  it('takes a table that nobody has told of for live', () => {
    expect(found(lint([index]))).toEqual(['1.sql create-index-blocking error 1:1'])
  })

  it('replays a file that is not to be reported, and says nothing of it', () => {
    const inputs = [
      { script: parseScript(`${orders} ${index}`, '1.sql'), transaction: 'file' as const, report: false },
      {
        script: parseScript('DROP INDEX orders_customer;', '2.sql'),
        transaction: 'file' as const,
        report: true,
      },
    ]
    const report = lintMigrations(inputs, options)
    expect(report.files.map(({ path }) => path)).toEqual(['2.sql'])
    expect(report.files[0]?.statements[0]?.locks).toContainEqual({
      relation: 'public.orders',
      mode: 'AccessExclusive',
    })
  })

  it('goes on behind a statement that it does not understand', () => {
    const report = lint([orders, `ALTER TABEL orders;\n${index}`])
    expect(report.files[1]?.problems).toMatchObject([{ position: { line: 1 } }])
    expect(found(report)).toEqual(['2.sql create-index-blocking error 2:1'])
  })
})

describe('a lock that the transaction holds already', () => {
  const files = [orders, `ALTER TABLE orders ADD COLUMN note text;\n${index}`]

  it('makes readers wait for what would only stop writers', () => {
    const report = lint(files)
    expect(report.files[1]?.statements.map(({ stalls }) => stalls)).toEqual([null, 'reads'])
    expect(found(report)).toContain('2.sql statement-after-access-exclusive error 2:1')
  })

  it('is gone where the runner sends each statement alone', () => {
    const inputs = files.map((text, at) => ({
      script: parseScript(text, `${at + 1}.sql`),
      transaction: 'statement' as const,
      report: true,
    }))
    const report = lintMigrations(inputs, options)
    expect(report.files[1]?.statements.map(({ stalls }) => stalls)).toEqual([null, 'writes'])
  })
})

describe('severities of the config', () => {
  it('stand over the rules’ own', () => {
    const severities = { 'create-index-blocking': 'info' } as const
    expect(found(lint([orders, index], { severities }))).toEqual(['2.sql create-index-blocking info 1:1'])
  })

  it('turn a rule off', () => {
    const severities = { 'create-index-blocking': 'off' } as const
    expect(found(lint([orders, index], { severities }))).toEqual([])
  })

  it('switch a rule of taste on, which is off by itself', () => {
    const small = 'CREATE TABLE app.counters (n integer);'
    expect(found(lint([small]))).toEqual([])
    const severities = { 'prefer-bigint': 'warning' } as const
    expect(found(lint([small], { severities }))).toEqual(['1.sql prefer-bigint warning 1:1'])
  })
})

describe('a file with nothing in it', () => {
  it.each(['', ' \n\n', '\uFEFF'])('is found: %j', (text) => {
    expect(found(lint([text]))).toEqual(['1.sql empty-file warning 1:1'])
  })

  it('is meant so where a comment says why, or the config does not mind', () => {
    expect(found(lint(['-- nothing to do in this database\n']))).toEqual([])
    expect(found(lint([''], { severities: { 'empty-file': 'off' } }))).toEqual([])
  })
})

describe('-- lockstep: allow', () => {
  const allow = '-- lockstep: allow create-index-blocking because the table is small'

  it.each([
    ['before its statement', `${allow}\n${index}`],
    ['behind its statement', `${index} ${allow}`],
    ['on top of the file', `${allow}\n\n${index}`],
    ['with several rules', `${allow.replace(' because', ', missing-lock-timeout because')}\n${index}`],
  ])('takes the finding away %s', (_, text) => {
    const report = lint([orders, text])
    expect(found(report).filter((line) => line.includes('create-index-blocking'))).toEqual([])
    expect(report.summary.suppressed).toBe(1)
  })

  it('leaves other statements and other rules alone', () => {
    const text = `${allow}\n${index}\nCREATE INDEX orders_state ON orders (state);`
    expect(found(lint([orders, text]))).toEqual(['2.sql create-index-blocking error 3:1'])
  })

  it('needs a reason', () => {
    const report = lint([orders, `-- lockstep: allow create-index-blocking\n${index}`])
    expect(found(report)).toEqual([
      '2.sql unused-suppression warning 1:1',
      '2.sql create-index-blocking error 2:1',
    ])
    expect(report.files[1]?.findings[0]?.message).toContain('gives no reason')
  })

  it('is reported where it allows nothing', () => {
    const report = lint([`${allow}\n${orders}`])
    expect(found(report)).toEqual(['1.sql unused-suppression warning 1:1'])
    expect(report.files[0]?.findings[0]?.message).toContain('finds nothing here')
  })

  it('is an error where it names no rule, and says which was meant', () => {
    const report = lint([orders, `-- lockstep: allow create-index-bloking because typo\n${index}`])
    expect(report.files[1]?.findings[0]).toMatchObject({
      rule: 'unused-suppression',
      severity: 'error',
      message: 'There is no rule create-index-bloking to allow. Did you mean create-index-blocking?',
    })
    const nameless = lint([`-- lockstep: allow because I say so\n${orders}`])
    expect(found(nameless)).toEqual(['1.sql unused-suppression error 1:1'])
  })

  it('is in the report with what it allows and why', () => {
    const [, file] = lint([orders, `${allow}\n${index}`]).files
    expect(file?.suppressed).toMatchObject([
      {
        rule: 'create-index-blocking',
        line: 2,
        suppressedBy: 'comment',
        because: 'the table is small',
      },
    ])
  })

  it('is let be where its rule is off', () => {
    const severities = { 'create-index-blocking': 'off' } as const
    expect(found(lint([`${allow}\n${orders}`], { severities }))).toEqual([])
  })

  it('may name what only the planner asks for', () => {
    const text = `-- lockstep: allow split-transaction because each half stands on its own\n${orders}`
    expect(found(lint([text]))).toEqual([])
  })

  it('is itself a finding that the config may turn off', () => {
    const severities = { 'unused-suppression': 'off' } as const
    expect(found(lint([`${allow}\n${orders}`], { severities }))).toEqual([])
  })
})

describe('with the sizes of the tables at hand', () => {
  /** `orders` with so many rows; `rules` of the config and the limit as they are by default. */
  function linted(sql: string, rows: number | null, changes: Partial<LintOptions> = {}): LintReport {
    const script = parseScript(`${orders} CREATE TABLE empty (id bigint);`, 'schema.sql')
    const start = emptyCatalog({ complete: true, searchPath: ['public'] })
    const { serverVersion } = options
    const made = snapshotOf(
      walk(script.statements, { transaction: 'file', catalog: start, serverVersion }).catalog,
    )
    const sized = (name: string) => (name === 'empty' ? 0 : rows)
    const tables = made.tables.map((table) => ({ ...table, estimatedRows: sized(table.name) }))
    const sizes = { smallTableRows: 10_000, rates: configDefaults.rates }
    return lint([sql], { catalog: catalogOf({ ...made, tables }), batch: 'all', sizes, ...changes })
  }

  const ruleIn = (report: LintReport, rule: string) =>
    report.files[0]?.findings.find((finding) => finding.rule === rule)

  it.each([
    [120, 'info', 'public.orders has about 120 rows: '],
    [9999, 'info', 'public.orders has about 10000 rows: '],
    [0, 'info', 'public.orders is empty: '],
    [10_000, 'error', 'Building orders_customer on public.orders '],
    [null, 'error', 'Building orders_customer on public.orders '],
  ])('keeps the finding on a table of %s rows as %s', (rows, severity, beginning) => {
    const finding = ruleIn(linted(index, rows), 'create-index-blocking')
    expect(finding?.severity).toBe(severity)
    expect(finding?.message.slice(0, beginning.length)).toBe(beginning)
    expect(finding?.work?.relations).toEqual([
      { relation: 'public.orders', estimatedRows: rows, tableBytes: null },
    ])
    expect(finding?.work?.duration === null).toBe(rows === null)
  })

  it('estimates how long it lasts by the rates of the config', () => {
    const { rates } = configDefaults
    const sizes = {
      smallTableRows: 0,
      rates: { ...rates, build: { rowsPerSecond: 1000, bytesPerSecond: 1 } },
    }
    const finding = ruleIn(linted(index, 60_000, { sizes }), 'create-index-blocking')
    expect(finding?.work?.duration).toEqual({ fromMs: 60_000, toMs: 60_000 })
    expect(finding?.severity).toBe('error')
  })

  it('takes small tables for small against the config, and not what breaks whatever their size', () => {
    const severities = { 'create-index-blocking': 'error', 'rename-column': 'error' } as const
    const report = linted(`${index} ALTER TABLE orders RENAME state TO status;`, 3, { severities })
    expect(ruleIn(report, 'create-index-blocking')?.severity).toBe('info')
    expect(ruleIn(report, 'rename-column')).toMatchObject({ severity: 'error', work: null })
  })

  it('does not take a table for small that the release fills from another', () => {
    const fill = 'INSERT INTO empty SELECT id FROM orders; CREATE INDEX empty_id ON empty (id);'
    expect(ruleIn(linted(fill, 1_000_000), 'create-index-blocking')?.severity).toBe('error')
    const alone = 'CREATE INDEX empty_id ON empty (id);'
    expect(ruleIn(linted(alone, 1_000_000), 'create-index-blocking')?.severity).toBe('info')
  })

  it('says nothing of sizes where no database was asked', () => {
    const finding = ruleIn(linted(index, 120, { sizes: null }), 'create-index-blocking')
    expect(finding).toMatchObject({ severity: 'error', work: null })
  })
})

describe('a statement that makes the application wait', () => {
  /** Files of the worked example in their order, and every example of every rule, each behind its setup. */
  const stories = [
    ...rules.flatMap(({ id, examples }) =>
      [...examples.unsafe, ...examples.safe].map((example, at) => ({
        name: `${id} ${at}`,
        files: [
          { text: examples.setup, transaction: 'statement' as const },
          { text: sqlOfExample(example), transaction: transactionOf(example) },
        ],
      })),
    ),
    { name: 'migrations/1.x', files: workedExample() },
  ]

  it.each(stories)('never goes without an error: $name', ({ files }) => {
    const inputs = files.map(({ text, transaction }, at) => ({
      script: parseScript(text, `${at}.sql`),
      transaction,
      report: true,
    }))
    const report = lintMigrations(inputs, options)
    const silent = report.files.flatMap(({ path, statements, findings }) =>
      statements
        .filter(({ stalls }) => stalls === 'reads' || stalls === 'writes')
        .filter(
          ({ index }) => !findings.some((one) => one.severity === 'error' && isIn(one, index, statements)),
        )
        .map(({ line, column, kind, stalls }) => `${path}:${line}:${column} ${kind} stalls ${stalls}`),
    )
    expect(silent).toEqual([])
  })
})

function workedExample() {
  const folder = resolve(import.meta.dirname, '../migrations/1.x')
  const files = readdirSync(folder).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }))
  const read = readMigrations(files, { layout: null, transaction: null })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  return read.value.up.map(({ text, transaction }) => ({ text, transaction }))
}

/** Between the beginning of the statement and that of the next one. */
function isIn(finding: Finding, index: number, statements: readonly LintedStatement[]): boolean {
  const place = ({ line, column }: { readonly line: number; readonly column: number }) =>
    line * 100_000 + column
  const from = statements[index]
  const next = statements[index + 1]
  if (from === undefined || place(finding) < place(from)) return false
  return next === undefined || place(finding) < place(next)
}
