import { beforeAll, describe, expect, it } from 'vitest'
import { insertSelect } from './insert-select.ts'
import { loadParser } from './parser.ts'

beforeAll(() => loadParser())

describe('insertSelect', () => {
  it('is nothing where there is no query', () => {
    expect(insertSelect('INSERT INTO t VALUES (1)')).toBeNull()
    expect(insertSelect('INSERT INTO t DEFAULT VALUES')).toBeNull()
    expect(insertSelect('DELETE FROM t')).toBeNull()
  })

  it('says what drives it, and what its query is', () => {
    expect(
      insertSelect(
        'INSERT INTO t (a, "B") SELECT 1, (SELECT count(*) FROM v) FROM s."U" AS u, w WHERE c ON CONFLICT DO NOTHING',
      ),
    ).toEqual({
      columns: ['a', 'B'],
      driver: { table: { schema: 's', name: 'U' }, alias: 'u' },
      clauses: [],
      onConflict: 'nothing',
      returning: false,
      query: 'SELECT 1, (SELECT count(*) FROM v) FROM s."U" AS u, w WHERE c',
    })
  })

  it.each([
    ['SELECT count(*) + 1 FROM a', 'an aggregate'],
    ['SELECT b FROM a GROUP BY b', 'GROUP BY'],
    ['SELECT DISTINCT b FROM a', 'DISTINCT'],
    ['SELECT b FROM a EXCEPT SELECT b FROM c', 'EXCEPT'],
    ['(SELECT b FROM a)', 'parentheses around it'],
    ['WITH w AS (SELECT 1) SELECT 1 FROM a', 'WITH'],
    ['SELECT b FROM a ORDER BY b', 'ORDER BY'],
  ])('finds what makes a row of more than one: %s', (query, clause) => {
    expect(insertSelect(`INSERT INTO t ${query}`)).toMatchObject({ clauses: [clause], driver: null })
  })
})
