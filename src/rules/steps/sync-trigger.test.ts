import { beforeAll, describe, expect, it } from 'vitest'
import type { SyncPiece } from '../../model/sync.ts'
import { loadParser } from '../../sql/parser.ts'
import {
  createSyncTriggerSql,
  dropSyncTriggerSql,
  syncFunctionBody,
  syncFunctionOf,
  syncFunctionSql,
  syncTriggerName,
  syncValue,
} from './sync-trigger.ts'

beforeAll(loadParser)

const table = { schema: 'Shop', name: 'Orders' }

function body(...pieces: readonly SyncPiece[]): string {
  return syncFunctionBody({ table, searchPath: ['public'], pieces })
}

describe('the sync trigger', () => {
  it('carries a write to either column to the other, and brings up a row that nobody has brought up', () => {
    expect(
      body({
        kind: 'two-way',
        old: 'Customer',
        column: 'customer',
        up: ['', '::bigint'],
        down: ['', '::integer'],
      }),
    ).toBe(`
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.customer IS NULL THEN NEW.customer := (NEW."Customer"::bigint); ELSE NEW."Customer" := (NEW.customer::integer); END IF;
  ELSIF pg_catalog.record_image_ne(ROW(NEW."Customer"), ROW(OLD."Customer")) THEN NEW.customer := (NEW."Customer"::bigint);
  ELSIF pg_catalog.record_image_ne(ROW(NEW.customer), ROW(OLD.customer)) AND pg_catalog.record_image_ne(ROW(NEW.customer), ROW((NEW."Customer"::bigint))) THEN NEW."Customer" := (NEW.customer::integer);
  ELSIF NEW.customer IS NULL AND NEW."Customer" IS NOT NULL THEN NEW.customer := (NEW."Customer"::bigint);
  END IF;
  RETURN NEW;
END
`)
  })

  it('lets a column follow another one, at each write or at each change of it', () => {
    const follows = { kind: 'one-way', from: 'a', column: 'b', up: ['lower(', ')'] } as const
    expect(body({ ...follows, on: 'write' })).toContain('\n  NEW.b := (lower(NEW.a));\n')
    expect(body({ ...follows, on: 'change' })).toContain(
      `ELSIF pg_catalog.record_image_ne(ROW(NEW.a), ROW(OLD.a)) THEN NEW.b := (lower(NEW.a));`,
    )
  })

  it('fills what is left out, and computes what is always computed, from the row under its table’s name', () => {
    const row = '(SELECT "Orders".a FROM (SELECT NEW.*) AS "Orders")'
    expect(body({ kind: 'fill', column: 'b', value: '"Orders".a' })).toContain(
      `IF NEW.b IS NULL THEN NEW.b := ${row}; END IF;`,
    )
    expect(body({ kind: 'computed', column: 'b', value: '"Orders".a' })).toContain(`  NEW.b := ${row};`)
  })

  it('does all that is alive at once, in order, and nothing where nothing is', () => {
    const both = body(
      { kind: 'fill', column: 'b', value: '1' },
      { kind: 'one-way', from: 'b', column: 'c', up: ['', ''], on: 'write' },
    )
    expect(both.indexOf('NEW.c')).toBeGreaterThan(both.indexOf('NEW.b IS NULL'))
    expect(body()).toBe('\nBEGIN\n  RETURN NEW;\nEND\n')
  })

  it('fires last among ordinary names, and has one function a table, looked up nowhere else', () => {
    expect([syncTriggerName, 'zzz', 'trigger', '_', '{'].sort().at(-1)).toBe(syncTriggerName)
    expect(syncFunctionOf(table)).not.toBe(syncFunctionOf({ schema: 'Shop', name: 'orders' }))
    const sql = syncFunctionSql({ table, searchPath: ['public', 'pg_catalog', 'Shop'], pieces: [] })
    expect(sql).toContain('SET search_path = pg_catalog, public, "Shop", pg_temp')
  })

  it('is taken away with its function', () => {
    expect(createSyncTriggerSql(table)).toContain('BEFORE INSERT OR UPDATE ON "Shop"."Orders" FOR EACH ROW')
    expect(dropSyncTriggerSql(table)).toEqual([
      `DROP TRIGGER "~lockstep_sync" ON "Shop"."Orders"`,
      `DROP FUNCTION ${syncFunctionOf(table)}()`,
    ])
  })

  it('puts the column wherever the value has it', () => {
    expect(syncValue(['lower(', ') || ', ''], 'NEW.c')).toBe('(lower(NEW.c) || NEW.c)')
  })
})
