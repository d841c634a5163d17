import { beforeAll, describe, expect, it } from 'vitest'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { settledTransaction } from './settled-transaction.ts'

beforeAll(loadParser)

const settled = (mode: 'file' | 'statement' | 'message' | 'unless-refused', sql: string) =>
  settledTransaction(mode, parseScript(sql, 'a.sql').statements)

const one = 'CREATE INDEX CONCURRENTLY ON t (a)'

describe('settledTransaction', () => {
  it.each([
    ['file', one, 'file'],
    ['statement', 'SELECT 1; SELECT 2', 'statement'],
    ['message', one, 'statement'],
    ['message', `-- a comment; and another\n;${one};`, 'statement'],
    ['message', `${one}; SELECT 1`, 'file'],
    ['unless-refused', 'ALTER TABLE t ADD a int', 'file'],
    ['unless-refused', `${one}; DROP INDEX CONCURRENTLY i`, 'statement'],
    ['unless-refused', 'VACUUM t', 'statement'],
    ['unless-refused', `${one}; SELECT 1`, 'file'],
  ] as const)('makes of %s for %j: %s', (mode, sql, expected) => {
    expect(settled(mode, sql)).toBe(expected)
  })
})
