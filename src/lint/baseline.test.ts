import { beforeAll, describe, expect, it } from 'vitest'
import { emptyCatalog } from '../catalog/replay.ts'
import type { LintReport } from '../model/finding.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { baselineOf, withBaseline } from './baseline.ts'
import { lintMigrations } from './lint.ts'

beforeAll(loadParser)

function lint(files: Readonly<Record<string, string>>): LintReport {
  const inputs = Object.entries(files).map(([path, text]) => ({
    script: parseScript(text, path),
    transaction: 'file' as const,
    report: true,
  }))
  return lintMigrations(inputs, {
    catalog: emptyCatalog({ complete: false, searchPath: ['public'] }),
    batch: 'file',
    sizes: null,
    serverVersion: { min: 14, max: 18 },
    severities: { 'missing-lock-timeout': 'off' },
  })
}

const nobodyGone = () => false
const baseline = (report: LintReport) => baselineOf(report, null, () => 'its line', nobodyGone)
const index = 'CREATE INDEX orders_customer ON orders (customer_id);'

describe('a baseline', () => {
  const written = baseline(lint({ 'b.sql': `${index}\n${index}`, 'a.sql': index }))

  it('is sorted, and has an entry for each finding, alike or not', () => {
    expect(written.findings.map(({ path, rule }) => `${path} ${rule}`)).toEqual([
      'a.sql create-index-blocking',
      'b.sql create-index-blocking',
      'b.sql create-index-blocking',
    ])
    expect(new Set(written.findings.map(({ fingerprint }) => fingerprint)).size).toBe(3)
  })

  it('knows a statement again that has moved and was laid out anew', () => {
    const moved =
      'SELECT 1;\n-- why\n\ncreate_it();\nCREATE INDEX orders_customer\n  ON orders\t(customer_id);'
    const report = withBaseline(lint({ 'a.sql': moved }), written, nobodyGone)
    expect(report.summary).toMatchObject({ errors: 0, baselined: 1, problems: 1 })
    expect(report.files[0]?.suppressed).toMatchObject([{ suppressedBy: 'baseline', because: null, line: 5 }])
    expect(report.staleBaseline).toEqual([])
  })

  it('does not take another statement, another file or one more of the same for it', () => {
    const other = index.replace('customer_id', 'state')
    const report = withBaseline(
      lint({ 'a.sql': `${index}\n${index}`, 'b.sql': other, 'c.sql': index }),
      written,
      nobodyGone,
    )
    expect(report.files.map(({ findings }) => findings.length)).toEqual([1, 1, 1])
    expect(report.staleBaseline.map(({ path }) => path)).toEqual(['b.sql', 'b.sql'])
  })

  it('says of a file that was not linted that it is stale only where it is gone', () => {
    const some = lint({ 'a.sql': index })
    expect(withBaseline(some, written, nobodyGone).staleBaseline).toEqual([])
    expect(withBaseline(some, written, (path) => path === 'b.sql').staleBaseline).toHaveLength(2)
  })

  it('keeps, written anew, what it said of files that were not linted', () => {
    const clean = lint({ 'a.sql': 'SELECT 1;' })
    const paths = (isGone: (path: string) => boolean) =>
      baselineOf(clean, written, () => '', isGone).findings.map(({ path }) => path)
    expect(paths(nobodyGone)).toEqual(['b.sql', 'b.sql'])
    expect(paths(() => true)).toEqual([])
  })

  it('does not count what a comment allows', () => {
    const allowed = lint({ 'a.sql': `-- lockstep: allow create-index-blocking because small\n${index}` })
    expect(baseline(allowed).findings).toEqual([])
    expect(withBaseline(allowed, written, nobodyGone).summary).toMatchObject({ suppressed: 1, baselined: 0 })
  })
})
