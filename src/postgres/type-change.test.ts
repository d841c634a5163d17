import { describe, expect, it } from 'vitest'
import { typeChange } from './type-change.ts'

describe('typeChange', () => {
  it.each([
    ['bigint', 'bigint', 'kept', 'kept'],
    ['character varying(10)', 'character varying(20)', 'kept', 'kept'],
    ['character varying(20)', 'character varying(10)', 'rewritten', 'rebuilt'],
    ['character varying(20)', 'text', 'kept', 'kept'],
    ['text', 'character varying(20)', 'rewritten', 'rebuilt'],
    ['text', 'bpchar', 'kept', 'rebuilt'],
    ['numeric(10,2)', 'numeric(12,2)', 'kept', 'kept'],
    ['numeric(10,2)', 'numeric(12,3)', 'rewritten', 'rebuilt'],
    ['numeric', 'numeric(10,2)', 'rewritten', 'rebuilt'],
    ['numeric(10,2)', 'numeric', 'kept', 'kept'],
    ['integer', 'bigint', 'rewritten', 'rebuilt'],
    ['integer', 'oid', 'kept', 'rebuilt'],
    ['timestamp(3) without time zone', 'timestamp without time zone', 'kept', 'kept'],
    ['timestamp without time zone', 'timestamp(6) without time zone', 'kept', 'kept'],
    ['timestamp without time zone', 'timestamp(3) without time zone', 'rewritten', 'rebuilt'],
    ['timestamp without time zone', 'timestamp with time zone', 'unknown', 'rebuilt'],
    ['timestamp without time zone', 'timestamp(3) with time zone', 'rewritten', 'rebuilt'],
    ['public.citext', 'text', 'kept', 'rebuilt'],
    ['character varying(3)[]', 'text[]', 'rewritten', 'rebuilt'],
    ['bit(8)', 'bit varying', 'kept', 'rebuilt'],
    ['bit(8)', 'bit varying(8)', 'rewritten', 'rebuilt'],
    ['cidr', 'inet', 'kept', 'kept'],
    ['inet', 'cidr', 'rewritten', 'rebuilt'],
    ['json', 'jsonb', 'rewritten', 'rebuilt'],
    ['text', 'public.email', 'unknown', 'rebuilt'],
  ])('%s to %s: heap %s, index %s', (from, to, heap, indexes) => {
    expect(typeChange(from, to)).toMatchObject({ heap, indexes })
  })

  it('says what it does not know, and only then', () => {
    expect(typeChange('text', 'public.email').unknown).toContain('public.email')
    expect(typeChange('integer', 'bigint').unknown).toBeNull()
  })
})
