import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { statement as statementSchema } from '../model/statement.ts'
import { parseScript } from './parse-script.ts'
import { loadParser } from './parser.ts'

beforeAll(loadParser)

const textsOf = (text: string) => parseScript(text, 'a.sql').statements.map((one) => one.text)
const problemsOf = (text: string) =>
  parseScript(text, 'a.sql').problems.map(({ code, message, position }) => ({
    code,
    message,
    at: `${position?.line}:${position?.column}-${position?.endLine}:${position?.endColumn}`,
  }))

describe('statements', () => {
  it('stand where they stand, without comments around them and without the semicolon', () => {
    const text = '-- é\nSELECT 1 /* in */ , 2 -- out\n;\n\n/* 😀 */ DROP TABLE "😀";SELECT 3'
    const script = parseScript(text, 'a.sql')
    expect(
      script.statements.map(({ index, span, text: own }) => [index, text.slice(span.start, span.end), own]),
    ).toEqual([
      [0, 'SELECT 1 /* in */ , 2', 'SELECT 1 /* in */ , 2'],
      [1, 'DROP TABLE "😀"', 'DROP TABLE "😀"'],
      [2, 'SELECT 3', 'SELECT 3'],
    ])
    expect(script.problems).toEqual([])
  })

  it.each([
    ['a dollar quote', 'DO $x$ BEGIN; END $x$; SELECT 2', ['DO $x$ BEGIN; END $x$', 'SELECT 2']],
    ['a string', "SELECT ';'; SELECT 2", ["SELECT ';'", 'SELECT 2']],
    ['a quoted name', 'SELECT ";" FROM t; SELECT 2', ['SELECT ";" FROM t', 'SELECT 2']],
    ['a comment', 'SELECT 1 /* ; /* ; */ */; -- ;\nSELECT 2', ['SELECT 1', 'SELECT 2']],
    [
      'a rule',
      'CREATE OR REPLACE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3',
      ['CREATE OR REPLACE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)', 'SELECT 3'],
    ],
    [
      'a routine body',
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3',
      [
        'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END',
        'SELECT 3',
      ],
    ],
    ['a byte order mark', '\uFEFFSELECT 1;\nSELECT 2', ['SELECT 1', 'SELECT 2']],
    ['nothing', ';;SELECT 1;;', ['SELECT 1']],
  ])('are not cut, nor kept together, by semicolons in %s', (_, text, statements) => {
    expect(textsOf(text)).toEqual(statements)
    expect(problemsOf(text)).toEqual([])
  })

  it.each(['', '  \n', '-- only\n/* a /* nested */ comment */', ';', '\uFEFF'])('are none in %j', (text) => {
    expect(parseScript(text, 'a.sql')).toMatchObject({ statements: [], problems: [] })
  })

  it('are the same when comments, space and characters of any size stand around them', () => {
    const pool = [
      'SELECT 1',
      `SELECT '😀;é' AS "né"`,
      'ALTER TABLE a ADD COLUMN "😀" int DEFAULT 1 CHECK (a > 0), DROP COLUMN b',
      'CREATE INDEX ON t (lower(a)) WHERE b IS NULL',
      `UPDATE "é" SET (a, b) = (1, '€'), c = d WHERE e = $$;$$`,
      "CREATE TABLE t (a text DEFAULT $é$;$é$ NOT NULL, CHECK (a <> U&'\\00e9'))",
      'DROP TABLE "a b", c',
    ]
    const gap = fc.constantFrom('', ' ', '\n', '-- é; 😀\n', '/* ; */', '/* /* 😀 */ */\r\n', '\t')
    const alone = new Map(pool.map((text) => [text, parseScript(text, 'a.sql').statements[0]]))
    fc.assert(
      fc.property(fc.array(fc.tuple(gap, fc.constantFrom(...pool), gap), { maxLength: 12 }), (parts) => {
        const text = parts.map(([before, sql, after]) => `${before}${sql}${after};`).join('')
        const { statements, problems } = parseScript(text, 'a.sql')
        expect(problems).toEqual([])
        expect(statements.map((one) => text.slice(one.span.start, one.span.end))).toEqual(
          parts.map(([, sql]) => sql),
        )
        statements.forEach((one, index) => {
          const expected = alone.get(one.text)
          const shift = one.span.start
          const moved = one.actions.map((action) => ({
            ...action,
            span: { start: action.span.start - shift, end: action.span.end - shift },
          }))
          expect(one.index).toBe(index)
          expect(moved).toEqual(expected?.actions)
          expect(statementSchema.safeParse(one).error).toBeUndefined()
        })
      }),
    )
  })
})

describe('problems', () => {
  it('are one for each broken statement, and hide no other', () => {
    const text = "SELECT 1;\nSELECT 'é😀' frm x y;\nCREATE TABLE t (a int;\nSELECT 2;\nSELEC 3;\nSELECT 4"
    expect(textsOf(text)).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 4'])
    expect(problemsOf(text)).toEqual([
      {
        code: 'syntax-error',
        message: 'PostgreSQL cannot parse this statement: syntax error at or near "x"',
        at: '2:18-2:19',
      },
      {
        code: 'syntax-error',
        message: 'PostgreSQL cannot parse this statement: syntax error at end of input',
        at: '3:19-3:22',
      },
      {
        code: 'syntax-error',
        message: 'PostgreSQL cannot parse this statement: syntax error at or near "SELEC"',
        at: '5:1-5:6',
      },
    ])
  })

  it('show the line they stand on, and a way out', () => {
    const [problem] = parseScript('SELECT 1;\r\nSELECT `a`;\r\n', 'dir/a.sql').problems
    expect(problem).toMatchObject({
      excerpt: 'SELECT `a`;',
      hint: 'Backticks quote names in MySQL; PostgreSQL takes double quotes.',
      position: { path: 'dir/a.sql', line: 2, column: 10 },
    })
  })

  it('name psql commands, and read the SQL around them', () => {
    const text =
      'SELECT 1;\n\\connect other\nSELECT 2;\n  \\d+ t\nSELECT 3 \\gexec\nSELECT 4;\n\\copy t from x.csv\n'
    expect(textsOf(text)).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 4'])
    expect(problemsOf(text)).toEqual([
      { code: 'psql-command', message: expect.stringContaining('\\connect is'), at: '2:1-2:15' },
      { code: 'psql-command', message: expect.stringContaining('\\d is'), at: '4:3-4:8' },
      { code: 'psql-command', message: expect.stringContaining('\\gexec is'), at: '5:10-5:16' },
      { code: 'psql-command', message: expect.stringContaining('\\copy is'), at: '7:1-7:19' },
    ])
  })

  it('refuse the rows of COPY … FROM stdin, and read what follows them', () => {
    const text = `SELECT 1;\nCOPY t (a) FROM stdin WITH (FORMAT text);\n1\tit's; "x\n\\N\n\\.\nSELECT 2;`
    expect(textsOf(text)).toEqual(['SELECT 1', 'SELECT 2'])
    expect(problemsOf(text)).toEqual([{ code: 'copy-data', message: expect.any(String), at: '2:1-2:41' }])
    expect(textsOf('COPY t TO STDOUT; COPY (SELECT * FROM a) TO stdout; COPY t FROM $$/x$$')).toHaveLength(3)
  })

  it.each([
    ["SELECT 1; SELECT 'a; SELECT 2", 'an unterminated quoted string', '1:18-1:19'],
    ['SELECT 1; SELECT "a; SELECT 2', 'an unterminated quoted identifier', '1:18-1:19'],
    ['SELECT 1; /* SELECT 2', 'an unterminated /* comment', '1:11-1:12'],
    ['SELECT 1; DO $x$ $y$', 'an unterminated dollar-quoted string', '1:14-1:15'],
    ["SELECT 1; SELECT '\0'\0", 'the character U+0000', '1:21-1:22'],
  ])('say of %j what never ends, and where it began', (text, what, at) => {
    expect(textsOf(text)).toEqual(['SELECT 1'])
    expect(problemsOf(text)).toEqual([
      { code: 'syntax-error', message: `PostgreSQL cannot parse this statement: ${what}`, at },
    ])
  })

  it('do not spread from a body that never ends', () => {
    const text = 'CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2;\nSELECT 3'
    expect(textsOf(text)).toEqual(['SELECT 2', 'SELECT 3'])
    expect(problemsOf(text)).toHaveLength(1)
  })

  it('are made of expressions beyond the parser, not exceptions', () => {
    for (const count of [4000, 8000, 100_000]) {
      const text = `SELECT 1; SELECT ${Array.from({ length: count }, () => 'a').join(' + ')}; SELECT 2`
      const { statements, problems } = parseScript(text, 'a.sql')
      expect(statements.length + problems.length).toBe(3)
      expect(statements.at(-1)?.text).toBe('SELECT 2')
    }
  })
})

describe('large texts', () => {
  it('an INSERT of 100,000 rows', () => {
    const rows = Array.from({ length: 100_000 }, (_, row) => `(${row}, 'röw ${row}', now())`)
    const { statements, problems } = parseScript(
      `INSERT INTO t VALUES ${rows.join(',\n')};\nSELECT 1;`,
      'a.sql',
    )
    expect(problems).toEqual([])
    expect(statements).toHaveLength(2)
    expect(statements[0]?.actions[0]).toMatchObject({ kind: 'insert', valueRows: 100_000 })
  }, 30_000)

  it('10 MB of small statements, of which one is broken', () => {
    const lines = Array.from(
      { length: 200_000 },
      (_, row) => `INSERT INTO t (a, b) VALUES (${row}, 'some text é');`,
    )
    lines[99_999] = 'INSRT INTO t;'
    const text = lines.join('\n')
    expect(text.length).toBeGreaterThan(10_000_000)
    const { statements, problems } = parseScript(text, 'a.sql')
    expect(statements).toHaveLength(199_999)
    expect(problems).toMatchObject([{ position: { line: 100_000, column: 1 } }])
    expect(statements.at(-1)?.span.end).toBe(text.length - 1)
  }, 60_000)
})
