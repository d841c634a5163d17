/** Every report of lint against the specification of its format, over findings whose words are as hostile as SQL can be. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyFile, ownFindings } from '../../src/lint/own-findings.ts'
import { summaryOf } from '../../src/lint/lint.ts'
import { lintReport, type Finding, type LintedFile, type LintReport } from '../../src/model/finding.ts'
import { lintGithub } from '../../src/report/lint-github.ts'
import { lintGitlab } from '../../src/report/lint-gitlab.ts'
import { lintJson } from '../../src/report/lint-json.ts'
import { lintJunit } from '../../src/report/lint-junit.ts'
import { lintMarkdown } from '../../src/report/lint-markdown.ts'
import { lintPretty } from '../../src/report/lint-pretty.ts'
import { lintSarif } from '../../src/report/lint-sarif.ts'
import { rules } from '../../src/rules/index.ts'
import { codeQuality } from './code-quality.ts'
import { junitDocument } from './junit-document.ts'
import { readXml } from './read-xml.ts'
import { sarifLog } from './sarif-log.ts'
import { workflowCommand } from './workflow-command.ts'

const manuals = [...rules.map(({ id, severity, docs }) => ({ id, severity, ...docs })), ...ownFindings]

const sql = [
  'ALTER TABLE "a, b: 100%" ADD COLUMN "<i>" text DEFAULT \'é😀\';',
  'CREATE INDEX orders_customer',
  '  ON orders (customer_id);',
  'DROP TABLE parcels;',
  'SELEC 1;',
]
const lineOf = (_: string, line: number) => sql[line - 1] ?? ''

const building: Finding = {
  rule: 'create-index-blocking',
  severity: 'error',
  line: 2,
  column: 1,
  endLine: 3,
  endColumn: 26,
  message: 'Building orders_customer on public.orders makes every write wait.',
  effect: 'Writers of the application stand in a queue.',
  instead: 'Build it with CREATE INDEX CONCURRENTLY.',
  work: {
    relations: [{ relation: 'public.orders', estimatedRows: 12_340_000, tableBytes: 3_123_456_789 }],
    duration: { fromMs: 41_000, toMs: 41_000 },
  },
  fingerprint: 'aa',
}

const hostile: Finding = {
  ...building,
  rule: 'add-column-volatile-default',
  severity: 'warning',
  line: 1,
  endLine: 1,
  endColumn: 20,
  message: 'On "a, b: 100%": `<i>` & |x| ::error::\r\n%0A "quoted" \u0007',
  work: null,
  fingerprint: 'bb',
}

const dropping = {
  ...building,
  rule: 'delete-without-where',
  line: 4,
  endLine: 4,
  endColumn: 19,
  work: null,
  fingerprint: 'cc',
}

function reportOf(files: readonly LintedFile[]): LintReport {
  return {
    formatVersion: 1,
    files: [...files],
    staleBaseline: [
      {
        path: 'migrations/001_old.sql',
        rule: 'drop-column',
        line: 'ALTER TABLE a DROP b;',
        fingerprint: 'ee',
      },
    ],
    summary: summaryOf(files),
  }
}

const report = reportOf([
  { path: 'migrations/001_clean.sql', statements: [], findings: [], suppressed: [], problems: [] },
  {
    path: 'migrations/002 hard, 100%.sql',
    statements: [],
    findings: [hostile, building, { ...building, rule: emptyFile.id, severity: 'info', fingerprint: 'ff' }],
    suppressed: [
      { ...dropping, suppressedBy: 'comment', because: 'nobody reads "parcels" & co' },
      {
        ...building,
        rule: 'missing-lock-timeout',
        work: null,
        fingerprint: 'dd',
        suppressedBy: 'baseline',
        because: null,
      },
    ],
    problems: [
      {
        code: 'syntax-error',
        message: 'PostgreSQL cannot parse this statement: syntax error at or near "SELEC"',
        hint: 'Mend it.',
        position: { path: 'migrations/002 hard, 100%.sql', line: 5, column: 1, endLine: 5, endColumn: 6 },
        excerpt: 'SELEC 1;',
      },
    ],
  },
])

/** Words of their own, so that the golden report does not change with the rules'. */
const shortManuals = manuals.map(({ id, severity }) => ({
  id,
  severity,
  what: 'What <it> is.',
  why: 'Who feels it.',
  instead: 'What to do `instead`.',
  reference: id === emptyFile.id ? 'Measured.' : 'https://www.postgresql.org/docs/current/',
}))

const sarif = (value: LintReport) => lintSarif(value, { version: '0.1.0', manuals, lineOf })

describe('reports as people and machines read them', () => {
  it.each([
    ['pretty.txt', () => lintPretty(report, lineOf, false, () => null)],
    ['github.txt', () => lintGithub(report, 'server/')],
    ['sarif.json', () => lintSarif(report, { version: '0.1.0', manuals: shortManuals, lineOf })],
    ['gitlab.json', () => lintGitlab(report)],
    ['junit.xml', () => lintJunit(report, 'error')],
    ['markdown.md', () => lintMarkdown(report, lineOf)],
  ])('lint.%s', async (name, write) => {
    expect(lintReport.safeParse(report).error).toBeUndefined()
    await expect(write()).toMatchFileSnapshot(`../golden/lint/${name}`)
  })
})

describe('pretty', () => {
  it('links a rule to its page where a terminal looks, and nowhere else', () => {
    const pageOf = (rule: string) => `file:///rules/${rule}.md`
    const link = '\u001B]8;;file:///rules/create-index-blocking.md\u001B\\'
    expect(lintPretty(report, lineOf, true, pageOf)).toContain(link)
    expect(lintPretty(report, lineOf, false, pageOf)).not.toContain('\u001B')
  })
})

describe('github', () => {
  it('says every finding and problem in one command, and gives back what was put in', () => {
    const lines = lintGithub(report, '').trimEnd().split('\n')
    const commands = lines.map(workflowCommand)
    expect(commands.map((one) => one?.name ?? null)).toEqual([
      'warning',
      'error',
      'notice',
      'error',
      'notice',
      null,
    ])
    expect(commands[0]).toEqual({
      name: 'warning',
      properties: {
        file: 'migrations/002 hard, 100%.sql',
        line: '1',
        endLine: '1',
        col: '1',
        endColumn: '20',
        title: 'add-column-volatile-default',
      },
      data: `${hostile.message}\n${hostile.effect}\n→ ${hostile.instead}`,
    })
  })

  it('gives no columns for what goes over several lines', () => {
    const [, command] = lintGithub(report, '').split('\n').map(workflowCommand)
    expect(command?.properties).toMatchObject({ line: '2', endLine: '3' })
    expect(command?.properties).not.toHaveProperty('col')
  })
})

describe('sarif', () => {
  it('holds the standard, with every suppression and its reason', () => {
    const [run] = sarifLog.parse(JSON.parse(sarif(report))).runs
    expect(
      run?.results.map(({ ruleId, suppressions }) => [ruleId, suppressions.map(({ kind }) => kind)]),
    ).toEqual([
      ['add-column-volatile-default', []],
      ['create-index-blocking', []],
      ['empty-file', []],
      ['delete-without-where', ['inSource']],
      ['missing-lock-timeout', ['external']],
    ])
    expect(run?.invocations[0]).toMatchObject({ executionSuccessful: false })
  })

  it('knows the manual of every rule there is', () => {
    const findings = manuals.map(({ id }, index) => ({ ...building, rule: id, fingerprint: String(index) }))
    const all = reportOf([{ path: 'a:b.sql', statements: [], findings, suppressed: [], problems: [] }])
    const [run] = sarifLog.parse(JSON.parse(sarif(all))).runs
    expect(run?.tool.driver.rules).toHaveLength(manuals.length)
    expect(run?.results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe('a%3Ab.sql')
  })
})

describe('gitlab', () => {
  it('holds its format, without what is suppressed', () => {
    const entries = codeQuality.parse(JSON.parse(lintGitlab(report)))
    expect(entries.map(({ check_name: name, severity }) => `${name} ${severity}`)).toEqual([
      'add-column-volatile-default minor',
      'create-index-blocking critical',
      'empty-file info',
      'syntax-error blocker',
    ])
  })
})

describe('junit', () => {
  it.each([
    ['error', ['system-out', 'failure', 'system-out', 'skipped', 'skipped', 'error']],
    ['info', ['failure', 'failure', 'failure', 'skipped', 'skipped', 'error']],
  ] as const)('fails what stands from %s on', (failOn, outcomes) => {
    const { children } = junitDocument(readXml(lintJunit(report, failOn)))
    expect(children[0]?.children.map((one) => one.children)).toEqual([[]])
    expect(children[1]?.children.map((one) => one.children[0]?.name)).toEqual(outcomes)
  })
})

describe('markdown', () => {
  it('keeps within the comment that GitHub takes, and counts what is left out', () => {
    const findings = Array.from({ length: 3000 }, (_, at) => ({ ...hostile, fingerprint: String(at) }))
    const many = reportOf([{ path: 'a.sql', statements: [], findings, suppressed: [], problems: [] }])
    const text = lintMarkdown(many, lineOf)
    expect(text.length).toBeLessThanOrEqual(65_536)
    const shown = text.split('<details>').length - 1
    expect(shown).toBeGreaterThan(50)
    expect(text).toContain(`${3000 - shown} more findings not shown`)
  })
})

describe('whatever the words are', () => {
  const words = fc.string({ unit: 'binary', maxLength: 30 })
  const finding = fc
    .record({ message: words, effect: words, instead: words })
    .map((said) => ({ ...building, ...said }))
  const anyReport = fc
    .tuple(words, fc.array(finding, { maxLength: 4 }), words)
    .map(([path, findings, because]) =>
      reportOf([
        {
          path: `migrations/${path.replaceAll(/\p{Cc}/gu, '')}.sql`,
          statements: [],
          findings: findings.map((one, at) => ({
            ...one,
            message: `m${one.message}`,
            work: null,
            fingerprint: String(at),
          })),
          suppressed: [{ ...dropping, suppressedBy: 'comment', because }],
          problems: [],
        },
      ]),
    )

  it('the reports hold their formats', () => {
    fc.assert(
      fc.property(anyReport, (value) => {
        junitDocument(readXml(lintJunit(value, 'warning')))
        sarifLog.parse(JSON.parse(sarif(value)))
        codeQuality.parse(JSON.parse(lintGitlab(value)))
        expect(JSON.parse(lintJson(value))).toEqual(value)
        const [file] = value.files
        const commands = lintGithub(value, '')
          .split('\n')
          .flatMap((line) => workflowCommand(line) ?? [])
        expect(commands.slice(0, -1).map(({ properties, data }) => [properties['file'], data])).toEqual(
          file?.findings.map(({ message, effect, instead }) => [
            file.path,
            `${message}\n${effect}\n→ ${instead}`,
          ]),
        )
      }),
    )
  })
})
