import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { maxIdentifierBytes, quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import {
  bareColumn,
  generated,
  identityClause,
  inKeyRange,
  inlineConstraints,
  inlineNotNull,
  ofTable,
  withColumnDefault,
  withConcurrently,
  withConstraintName,
  withIndexName,
  withNotValid,
  withTablespace,
  withoutAssignments,
  withoutInlineConstraints,
} from './edit.ts'
import { parseScript } from './parse-script.ts'
import { loadParser } from './parser.ts'

beforeAll(loadParser)

function only(sql: string) {
  const { statements, problems } = parseScript(sql, 'a.sql')
  expect(problems).toEqual([])
  const [action, ...others] = statements.flatMap((one) => one.actions)
  if (action === undefined || others.length > 0) throw new Error(`not one action: ${sql}`)
  return action
}

/** An action but for its own text and place. */
function meaning(sql: string): object {
  const { sql: _, span: __, ...rest } = only(sql)
  return rest
}

const gap = fc.constantFrom(' ', '\n', ' /* ; é */ ', ' -- 😀, ON INDEX\n', '\t')
const name = fc.oneof(
  fc.constantFrom(
    'a',
    'on',
    'index',
    'select',
    'A b',
    '"',
    "'",
    'é😀',
    'constraint',
    '$1',
    '--',
    'a;b',
    'uescape',
  ),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((one) => !one.includes('\0') && Buffer.byteLength(one) <= maxIdentifierBytes),
)

describe('withConcurrently', () => {
  it.each([
    ['CREATE INDEX i ON t (a)', 'CREATE INDEX CONCURRENTLY i ON t (a)'],
    [
      'CREATE UNIQUE /* x */ INDEX -- y\n ON t (a);',
      'CREATE UNIQUE /* x */ INDEX CONCURRENTLY -- y\n ON t (a)',
    ],
    ['CREATE INDEX CONCURRENTLY i ON t (a)', 'CREATE INDEX CONCURRENTLY i ON t (a)'],
    ['DROP INDEX IF EXISTS a', 'DROP INDEX CONCURRENTLY IF EXISTS a'],
  ])('%s', (sql, edited) => {
    expect(withConcurrently(sql)).toBe(edited)
  })

  it('changes nothing else, whatever the names and comments', () => {
    fc.assert(
      fc.property(name, name, gap, gap, fc.boolean(), (index, column, before, behind, unique) => {
        const sql = `CREATE${unique ? ' UNIQUE' : ''}${before}INDEX${behind}${quoteIdentifier(index)} ON t${before}(${quoteIdentifier(column)})`
        expect(meaning(withConcurrently(sql))).toEqual({ ...meaning(sql), concurrently: true })
      }),
    )
  })

  it('is not for other statements', () => {
    expect(() => withConcurrently('DROP TABLE index')).toThrow('CONCURRENTLY')
  })
})

describe('withIndexName', () => {
  it.each([
    ['CREATE INDEX ON t (a)', 'CREATE INDEX b ON t (a)'],
    ['CREATE INDEX CONCURRENTLY ON t (a)', 'CREATE INDEX CONCURRENTLY b ON t (a)'],
    ['CREATE INDEX /* a */ a /* b */ ON t (a)', 'CREATE INDEX /* a */ b /* b */ ON t (a)'],
    ['CREATE INDEX IF NOT EXISTS U&"d!0061" UESCAPE \'!\' ON t (a)', 'CREATE INDEX IF NOT EXISTS b ON t (a)'],
  ])('%s', (sql, edited) => {
    expect(withIndexName(sql, 'b')).toBe(edited)
  })

  it('changes nothing else, whatever the names and comments', () => {
    fc.assert(
      fc.property(fc.option(name), name, gap, (old, index, space) => {
        const sql = `CREATE INDEX${space}${old === null ? '' : quoteIdentifier(old)}${space}ON${space}t (lower(a), b) WHERE c`
        expect(meaning(withIndexName(sql, index))).toEqual({ ...meaning(sql), index })
      }),
    )
  })
})

describe('withNotValid and withConstraintName', () => {
  it.each([
    ['ALTER TABLE t ADD CHECK (a > 0)', 'ALTER TABLE t ADD CONSTRAINT b CHECK (a > 0) NOT VALID'],
    [
      'ALTER TABLE t ADD /* x */ CONSTRAINT a /* y */ FOREIGN KEY (a) REFERENCES u DEFERRABLE -- z',
      'ALTER TABLE t ADD /* x */ CONSTRAINT b /* y */ FOREIGN KEY (a) REFERENCES u DEFERRABLE NOT VALID',
    ],
    ['ALTER TABLE t ADD NOT NULL a;', 'ALTER TABLE t ADD CONSTRAINT b NOT NULL a NOT VALID'],
    ['ALTER TABLE t ADD CHECK (a) NOT VALID', 'ALTER TABLE t ADD CONSTRAINT b CHECK (a) NOT VALID'],
  ])('%s', (sql, edited) => {
    expect(withConstraintName(withNotValid(sql), 'b')).toBe(edited)
    expect(withNotValid(withConstraintName(sql, 'b'))).toBe(edited)
  })

  it('change nothing else', () => {
    const bodies = fc.constantFrom(
      "CHECK (a IN (1, 2) AND b <> ';')",
      'FOREIGN KEY (a, "B") REFERENCES s.u (c, d) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED',
      'NOT NULL a NO INHERIT',
    )
    fc.assert(
      fc.property(fc.option(name), name, gap, bodies, (old, constraint, space, body) => {
        const sql = `ALTER TABLE ONLY s.t ADD${space}${old === null ? '' : `CONSTRAINT${space}${quoteIdentifier(old)}`}${space}${body}`
        const before = only(sql)
        if (before.kind !== 'add-constraint') throw new Error(sql)
        expect(meaning(withNotValid(sql))).toEqual({
          ...meaning(sql),
          constraint: { ...before.constraint, notValid: true },
        })
        expect(meaning(withConstraintName(sql, constraint))).toEqual({
          ...meaning(sql),
          constraint: { ...before.constraint, name: constraint },
        })
      }),
    )
  })

  it('are not for other constraints and statements', () => {
    expect(() => withNotValid('ALTER TABLE t ADD UNIQUE (a)')).toThrow('NOT VALID')
    expect(() => withConstraintName('ALTER TABLE t DROP a', 'b')).toThrow('no constraint')
    expect(() => withNotValid('ALTER TABLE t ADD CHECK (a), DROP b')).toThrow('one subcommand')
  })
})

describe('withoutInlineConstraints and inlineConstraints', () => {
  it.each([
    [
      'ALTER TABLE ONLY s.t ADD COLUMN a int CONSTRAINT u UNIQUE NULLS NOT DISTINCT WITH (fillfactor = 30) NOT NULL CHECK (a > 0) NO INHERIT DEFAULT 3 REFERENCES x (y) ON DELETE CASCADE DEFERRABLE PRIMARY KEY',
      'ALTER TABLE ONLY s.t ADD COLUMN a int NOT NULL DEFAULT 3',
      [
        'ALTER TABLE ONLY s.t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a) WITH (fillfactor = 30)',
        'ALTER TABLE ONLY s.t ADD CHECK (a > 0) NO INHERIT',
        'ALTER TABLE ONLY s.t ADD FOREIGN KEY (a) REFERENCES x (y) ON DELETE CASCADE DEFERRABLE',
        'ALTER TABLE ONLY s.t ADD PRIMARY KEY (a)',
      ],
    ],
    [
      'ALTER TABLE t ADD IF NOT EXISTS "A" text -- why\n  CHECK ("A" <> \'\') -- not\n COLLATE "C"',
      'ALTER TABLE t ADD IF NOT EXISTS "A" text -- why\n   -- not\n COLLATE "C"',
      ['ALTER TABLE t ADD CHECK ("A" <> \'\')'],
    ],
    ['ALTER TABLE t ADD a int NOT NULL;', 'ALTER TABLE t ADD a int NOT NULL', []],
    ['ALTER TABLE t ADD a int UNIQUE', 'ALTER TABLE t ADD a int', ['ALTER TABLE t ADD UNIQUE (a)']],
  ])('%s', (sql, without, constraints) => {
    expect(withoutInlineConstraints(sql)).toBe(without)
    expect(inlineConstraints(sql)).toEqual(constraints)
  })

  it('share out what the column had, and lose nothing', () => {
    const item = fc.constantFrom(
      'CHECK (a > 0)',
      'CONSTRAINT "check" CHECK (a IS NOT NULL)',
      'UNIQUE',
      'UNIQUE NULLS DISTINCT DEFERRABLE INITIALLY DEFERRED',
      'REFERENCES b',
      'CONSTRAINT f REFERENCES s.b (c) MATCH FULL ON UPDATE CASCADE ON DELETE SET DEFAULT NOT DEFERRABLE',
    )
    const kept = fc.constantFrom('NOT NULL', 'DEFAULT (1)', 'COLLATE "C"', '')
    fc.assert(
      fc.property(fc.array(item, { maxLength: 4 }), kept, gap, fc.nat(4), (items, other, space, at) => {
        const written = [...items.slice(0, at), other, ...items.slice(at)].join(space)
        const sql = `ALTER TABLE t ADD COLUMN "é a" text${space}${written}`
        const before = only(sql)
        if (before.kind !== 'add-column') throw new Error(sql)
        expect(meaning(withoutInlineConstraints(sql))).toEqual({
          ...meaning(sql),
          column: { ...before.column, constraints: [] },
        })
        const apart = inlineConstraints(sql).map(only)
        expect(apart).toMatchObject(
          before.column.constraints.map((constraint) => ({ kind: 'add-constraint', constraint })),
        )
        expect(apart).toHaveLength(before.column.constraints.length)
      }),
    )
  })
})

describe('bareColumn, inlineNotNull and identityClause', () => {
  it.each([
    ['ALTER TABLE t ADD c uuid DEFAULT gen_random_uuid() NOT NULL', 'ALTER TABLE t ADD c uuid'],
    [
      'ALTER TABLE ONLY "S"."T é" ADD COLUMN IF NOT EXISTS "C" varchar(9) CONSTRAINT n NOT NULL COLLATE "C" UNIQUE DEFERRABLE -- why\n CHECK ("C" <> \'a, b\')',
      'ALTER TABLE ONLY "S"."T é" ADD COLUMN IF NOT EXISTS "C" varchar(9) COLLATE "C" -- why\n ',
    ],
    ['ALTER TABLE t ADD "serial" /* ; */ BigSerial PRIMARY KEY', 'ALTER TABLE t ADD "serial" /* ; */ bigint'],
    ['ALTER TABLE t ADD c serial2', 'ALTER TABLE t ADD c smallint'],
    ['ALTER TABLE t ADD c int GENERATED ALWAYS AS IDENTITY (START 5) UNIQUE', 'ALTER TABLE t ADD c int'],
    ['ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) STORED', 'ALTER TABLE t ADD c int'],
    ['ALTER TABLE t ADD c int', 'ALTER TABLE t ADD c int'],
  ])('%s', (sql, bare) => {
    expect(bareColumn(sql)).toBe(bare)
  })

  it('tells the name of a NOT NULL', () => {
    expect(inlineNotNull('ALTER TABLE t ADD c int CONSTRAINT "N n" NOT NULL')).toEqual({
      name: 'N n',
      noInherit: false,
    })
    expect(inlineNotNull('ALTER TABLE t ADD c int NOT NULL NO INHERIT DEFAULT 1')).toEqual({
      name: null,
      noInherit: true,
    })
  })

  it('cuts an identity into its clause and the options of its sequence', () => {
    expect(identityClause('ALTER TABLE t ADD c int NOT NULL')).toBeNull()
    expect(identityClause('ALTER TABLE t ADD c int GENERATED ALWAYS AS IDENTITY NOT NULL')).toEqual({
      sql: 'GENERATED ALWAYS AS IDENTITY',
      always: true,
      options: [],
    })
    expect(
      identityClause(
        'ALTER TABLE t ADD c int GENERATED BY DEFAULT AS IDENTITY (START WITH 10 SEQUENCE NAME "S".q INCREMENT BY -5 /* five */ NO MINVALUE CACHE 3) UNIQUE',
      ),
    ).toEqual({
      sql: 'GENERATED BY DEFAULT AS IDENTITY (START WITH 10 SEQUENCE NAME "S".q INCREMENT BY -5 /* five */ NO MINVALUE CACHE 3)',
      always: false,
      options: ['START WITH 10', 'INCREMENT BY -5', 'NO MINVALUE', 'CACHE 3'],
    })
  })
})

describe('withColumnDefault', () => {
  it.each([
    ['ALTER TABLE t ADD a int', '1', true, 'ALTER TABLE t ADD a int NOT NULL DEFAULT 1'],
    ['ALTER TABLE t ADD a int NULL;', '1', false, 'ALTER TABLE t ADD a int DEFAULT 1'],
    [
      'ALTER TABLE ONLY s.t ADD COLUMN IF NOT EXISTS "A" text -- why\n  DEFAULT \'y\' NOT NULL REFERENCES x ON DELETE CASCADE',
      "(lower('X'))",
      true,
      `ALTER TABLE ONLY s.t ADD COLUMN IF NOT EXISTS "A" text -- why\n   NOT NULL REFERENCES x ON DELETE CASCADE DEFAULT (lower('X'))`,
    ],
    [
      'ALTER TABLE t ADD a text NULL -- or not\n COLLATE "C" CHECK (a <> \'\')',
      "'x'::text",
      true,
      "ALTER TABLE t ADD a text -- or not\n COLLATE \"C\" CHECK (a <> '') NOT NULL DEFAULT 'x'::text",
    ],
  ])('%s', (sql, value, notNull, expected) => {
    expect(withColumnDefault(sql, value, notNull)).toBe(expected)
  })

  it('takes no expression that would end somewhere else', () => {
    expect(() => withColumnDefault('ALTER TABLE t ADD a int', '1 UNIQUE', true)).toThrow('no value alone')
    expect(() => withColumnDefault('ALTER TABLE t ADD a int', '1, ADD b int', false)).toThrow(
      'one subcommand',
    )
  })
})

describe('withoutAssignments', () => {
  it.each([
    ['UPDATE t SET a = 1, b = 2', ['a'], 'UPDATE t SET b = 2'],
    [
      'WITH x AS (SELECT 1) UPDATE ONLY s.t AS u SET a = (1, 2), "B" = f(a, b) -- why\n, c = b IS DISTINCT FROM 2 FROM y WHERE a = 1 RETURNING a;',
      ['a', 'c'],
      'WITH x AS (SELECT 1) UPDATE ONLY s.t AS u SET "B" = f(a, b) FROM y WHERE a = 1 RETURNING a',
    ],
  ])('%s', (sql, columns, expected) => {
    expect(withoutAssignments(sql, new Set(columns))).toBe(expected)
  })
})

describe('inKeyRange', () => {
  const id = [{ column: 'id', type: 'bigint' }]
  const pair = [
    { column: 'A b', type: 'character varying(3)' },
    { column: 'c', type: 'uuid' },
  ]

  it.each([
    ['UPDATE t SET a = 1', id, 'UPDATE t SET a = 1 WHERE t.id >= $1::bigint AND t.id <= $2::bigint'],
    [
      'UPDATE s."T" AS x SET a = 1 -- why\n WHERE b OR c -- or\n RETURNING a;',
      id,
      'UPDATE s."T" AS x SET a = 1 -- why\n WHERE (b OR c) AND x.id >= $1::bigint AND x.id <= $2::bigint -- or\n RETURNING a',
    ],
    [
      'UPDATE t SET a = a IS DISTINCT FROM b FROM u WHERE t.d = u.d AND u.e',
      pair,
      'UPDATE t SET a = a IS DISTINCT FROM b FROM u WHERE (t.d = u.d AND u.e) AND (t."A b", t.c) >= ($1::character varying(3), $2::uuid) AND (t."A b", t.c) <= ($3::character varying(3), $4::uuid)',
    ],
    [
      'WITH w AS (SELECT 1 WHERE true) UPDATE ONLY t SET a = (SELECT 1 WHERE false) FROM w RETURNING 1',
      [],
      'WITH w AS (SELECT 1 WHERE true) UPDATE ONLY t SET a = (SELECT 1 WHERE false) FROM w WHERE t.ctid >= $1::tid AND t.ctid < $2::tid RETURNING 1',
    ],
    ['DELETE FROM t USING u', [], 'DELETE FROM t USING u WHERE t.ctid >= $1::tid AND t.ctid < $2::tid'],
    [
      'DELETE FROM t WHERE a AND (b OR c)',
      id,
      'DELETE FROM t WHERE (a AND (b OR c)) AND t.id >= $1::bigint AND t.id <= $2::bigint',
    ],
    [
      'INSERT INTO t (a) SELECT ALL (b + 1) FROM s."T" -- all\n ON CONFLICT (a) WHERE a > 1 DO NOTHING;',
      id,
      'INSERT INTO t (a) SELECT ALL (b + 1) FROM s."T" WHERE "T".id >= $1::bigint AND "T".id <= $2::bigint -- all\n ON CONFLICT (a) WHERE a > 1 DO NOTHING',
    ],
    [
      'INSERT INTO t OVERRIDING USER VALUE SELECT (SELECT 1 WHERE x.c) FROM ((u AS x JOIN v ON true) LEFT JOIN (p RIGHT JOIN q ON true) ON x.id = p.id), w WHERE x.a OR w.b RETURNING a',
      id,
      'INSERT INTO t OVERRIDING USER VALUE SELECT (SELECT 1 WHERE x.c) FROM ((u AS x JOIN v ON true) LEFT JOIN (p RIGHT JOIN q ON true) ON x.id = p.id), w WHERE (x.a OR w.b) AND x.id >= $1::bigint AND x.id <= $2::bigint RETURNING a',
    ],
  ])('%s', (sql, key, edited) => {
    expect(inKeyRange(sql, key)).toBe(edited)
  })

  it('refuses what would not be that: other statements, parameters, cursors, types that are none', () => {
    expect(() => inKeyRange('INSERT INTO t VALUES (1)', id)).toThrow('key ranges')
    for (const query of [
      'SELECT 1 FROM a RIGHT JOIN b ON true',
      'SELECT 1 FROM (a JOIN b ON true) AS c',
      'SELECT 1 FROM (SELECT 1) AS a',
      'SELECT max(b) FROM a',
      'SELECT 1 FROM a UNION SELECT 2',
      'WITH w AS (SELECT 1) SELECT 1 FROM w',
    ]) {
      expect(() => inKeyRange(`INSERT INTO t ${query}`, id), query).toThrow('key ranges')
    }
    expect(() => inKeyRange('UPDATE t SET a = $1', id)).toThrow('parameters')
    expect(() => inKeyRange('UPDATE t SET a = 1 WHERE CURRENT OF c', id)).toThrow('CURRENT OF')
    for (const type of ['bigint OR true', 'bigint, 1', 'bigint FROM x', 'bigint)', 'bigint WHERE true']) {
      expect(() => inKeyRange('UPDATE t SET a = 1', [{ column: 'id', type }])).toThrow(
        /no type|does not parse/,
      )
    }
  })
})

describe('generated', () => {
  it('gives back one statement as it is, and throws on anything else', () => {
    expect(generated('SELECT 1')).toBe('SELECT 1')
    expect(() => generated('SELECT 1; SELECT 2')).toThrow('2 statements')
    expect(() => generated('')).toThrow('0 statements')
    expect(() => generated('SELEC 1')).toThrow('does not parse')
  })
})

describe('quoting', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((one) => !one.includes('\0'))

  it('of names is read back by the parser as the same name, in every place where a name may stand', () => {
    fc.assert(
      fc.property(fc.oneof(text, name), (one) => {
        // Longer names the parser cuts, as a server does.
        fc.pre(Buffer.byteLength(one) <= 63)
        const quoted = quoteIdentifier(one)
        expect(only(`ALTER TABLE ${quoted}.${quoted} RENAME COLUMN ${quoted} TO ${quoted}`)).toMatchObject({
          table: { schema: one, name: one },
          column: one,
          to: one,
        })
      }),
    )
  })

  it('of texts is read back by the parser as the same text', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(only(`SET x TO ${quoteLiteral(one)}`)).toMatchObject({ value: one })
      }),
    )
  })
})

describe('ofTable', () => {
  const table = { schema: 'lockstep new', name: 'T' }

  it.each([
    [
      'ALTER TABLE t ADD CONSTRAINT c CHECK (t.a > 0)',
      'ALTER TABLE "lockstep new"."T" ADD CONSTRAINT c CHECK (t.a > 0)',
    ],
    [
      'alter table if exists only /* t */ "S"."t" set unlogged',
      'alter table if exists only /* t */ "lockstep new"."T" set unlogged',
    ],
    ['ALTER TABLE U&"d\\0061t" SET LOGGED', 'ALTER TABLE "lockstep new"."T" SET LOGGED'],
  ])('%s', (sql, other) => {
    expect(ofTable(sql, table)).toBe(other)
  })
})

describe('withTablespace', () => {
  it.each([
    ['CREATE INDEX i ON t (a)', 'CREATE INDEX i ON t (a) TABLESPACE "Fast"'],
    [
      'CREATE INDEX i ON t ((a || where_is(a))) WHERE a > 0',
      'CREATE INDEX i ON t ((a || where_is(a))) TABLESPACE "Fast" WHERE a > 0',
    ],
    [
      'CREATE INDEX tablespace ON tablespace (tablespace) WITH (fillfactor = 70) TABLESPACE slow WHERE a > 0',
      'CREATE INDEX tablespace ON tablespace (tablespace) WITH (fillfactor = 70) TABLESPACE "Fast" WHERE a > 0',
    ],
  ])('%s', (sql, moved) => {
    expect(withTablespace(sql, 'Fast')).toBe(moved)
  })
})

describe('inKeyRange of INSERT … SELECT with a row lock', () => {
  it('puts the range before the lock', () => {
    expect(
      inKeyRange('INSERT INTO a (x) SELECT x FROM b FOR KEY SHARE ON CONFLICT (x) DO NOTHING', [
        { column: 'x', type: 'bigint' },
      ]),
    ).toBe(
      'INSERT INTO a (x) SELECT x FROM b WHERE b.x >= $1::bigint AND b.x <= $2::bigint FOR KEY SHARE ON CONFLICT (x) DO NOTHING',
    )
  })
})
