import { beforeAll, describe, expect, it } from 'vitest'
import { loadParser } from './parser.ts'
import { splitAtColumn, withRenamedColumn } from './rename-column.ts'

beforeAll(loadParser)

describe('withRenamedColumn', () => {
  it.each([
    ['CREATE INDEX i ON t (a)', 'CREATE INDEX i ON t ("B")'],
    ['CREATE INDEX a ON a (a, c) INCLUDE (a)', 'CREATE INDEX a ON a ("B", c) INCLUDE ("B")'],
    [
      'CREATE UNIQUE INDEX i ON public.t USING btree (lower(a), a DESC NULLS LAST) WHERE (a IS NOT NULL)',
      'CREATE UNIQUE INDEX i ON public.t USING btree (lower("B"), "B" DESC NULLS LAST) WHERE ("B" IS NOT NULL)',
    ],
    ["CREATE INDEX i ON t (a(a), (t.a || 'a'))", 'CREATE INDEX i ON t (a("B"), (t."B" || \'a\'))'],
    ['ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a, x) REFERENCES p (a, x) ON DELETE SET NULL (a)', null],
    [
      'ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (x, a) REFERENCES a (a, y)',
      'ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (x, "B") REFERENCES a (a, y)',
    ],
    [
      'ALTER TABLE t ADD CONSTRAINT a CHECK (A > 0 AND "a" < 9)',
      'ALTER TABLE t ADD CONSTRAINT a CHECK ("B" > 0 AND "B" < 9)',
    ],
    [
      'ALTER TABLE t ADD CONSTRAINT c UNIQUE (x, a) INCLUDE (y)',
      'ALTER TABLE t ADD CONSTRAINT c UNIQUE (x, "B") INCLUDE (y)',
    ],
  ])('of %s', (sql, meant) => {
    expect(withRenamedColumn(sql, 'a', 'B')).toBe(meant)
  })

  it('takes names apart as PostgreSQL does', () => {
    expect(withRenamedColumn('CREATE INDEX i ON t ("A b", A)', 'A b', 'c')).toBe('CREATE INDEX i ON t (c, A)')
    expect(withRenamedColumn('CREATE INDEX i ON t ("x""y")', 'x"y', 'z')).toBe('CREATE INDEX i ON t (z)')
  })
})

describe('splitAtColumn', () => {
  it.each([
    ['a', ['', '']],
    ['a::bigint', ['', '::bigint']],
    ['lower(t.a) || a', ['lower(', ') || ', '']],
    ["coalesce(a, 'a')", ['coalesce(', ", 'a')"]],
    ["'constant'", null],
    ['a + b', null],
  ])('%s', (expression, pieces) => {
    expect(splitAtColumn(expression, 'a')).toEqual(pieces)
  })
})
