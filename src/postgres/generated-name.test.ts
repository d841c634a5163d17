import { describe, expect, it } from 'vitest'
import {
  checkName,
  foreignKeyName,
  indexName,
  notNullName,
  primaryKeyName,
  uniqueName,
} from './generated-name.ts'

const free = () => false
const taken =
  (...names: string[]) =>
  (name: string) =>
    names.includes(name)

describe('names that PostgreSQL gives', () => {
  it('say table, columns and kind', () => {
    expect(foreignKeyName('t', ['a', 'b'], free)).toBe('t_a_b_fkey')
    expect(uniqueName('t', ['a'], free)).toBe('t_a_key')
    expect(primaryKeyName('t', free)).toBe('t_pkey')
    expect(indexName('t', ['a', null], free)).toBe('t_a_expr_idx')
    expect(indexName('t', [null, null, 'a', 'a'], free)).toBe('t_expr_expr1_a_a1_idx')
    expect(notNullName('t', 'a', free)).toBe('t_a_not_null')
  })

  it('name a check’s column only where there is one', () => {
    expect(checkName('t', ['a', 'a'], free)).toBe('t_a_check')
    expect(checkName('t', ['a', 'b'], free)).toBe('t_check')
    expect(checkName('t', [], free)).toBe('t_check')
  })

  it('are numbered from 1 where they are taken', () => {
    expect(indexName('t', ['a'], taken('t_a_idx', 't_a_idx1'))).toBe('t_a_idx2')
  })

  it('fit into 63 bytes, the longer part giving way first', () => {
    const long = 'x'.repeat(63)
    expect(primaryKeyName(long, free)).toBe(`${'x'.repeat(58)}_pkey`)
    expect(foreignKeyName(long, ['a'], free)).toBe(`${'x'.repeat(56)}_a_fkey`)
    expect(uniqueName(long, [long], taken(uniqueName(long, [long], free)))).toBe(
      `${'x'.repeat(29)}_${'x'.repeat(28)}_key1`,
    )
    expect(primaryKeyName('é'.repeat(31), free)).toBe(`${'é'.repeat(29)}_pkey`)
  })
})
