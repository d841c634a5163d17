/**
 * BB-5: the trigger that keeps the columns of the old application and of the new one on the same values. One a table,
 * named so that it fires last (BEFORE ROW triggers fire in the byte order of their names): whatever the user's own
 * triggers make of a row, it sees. It never fires itself again, for it only changes the row at hand.
 */
import type { SyncPiece, SyncValue } from '../../model/sync.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { lockstepName } from './lockstep-name.ts'

export const syncTriggerName = '~lockstep_sync'

/** A table's sync trigger as it stands at one moment of a plan. */
export interface SyncTrigger {
  readonly table: QualifiedName
  readonly searchPath: readonly string[]
  readonly pieces: readonly SyncPiece[]
}

export function syncFunctionOf(table: QualifiedName): string {
  return `lockstep.${quoteIdentifier(lockstepName('sync', formatRelation(table)))}`
}

/** CREATE OR REPLACE: takes no lock on the table, and sessions take the new body from their next statement on. */
export function syncFunctionSql(trigger: SyncTrigger): string {
  return triggerFunctionSql('CREATE OR REPLACE FUNCTION', syncFunctionOf(trigger.table), trigger)
}

/** `name` as SQL spells it. */
export function triggerFunctionSql(
  create: 'CREATE FUNCTION' | 'CREATE OR REPLACE FUNCTION',
  name: string,
  trigger: SyncTrigger,
): string {
  const path = ['pg_catalog', ...trigger.searchPath.filter((schema) => schema !== 'pg_catalog'), 'pg_temp']
  return generated(
    [
      `${create} ${name}() RETURNS trigger LANGUAGE plpgsql`,
      // The application's search_path must not decide what the author's expressions mean.
      `SET search_path = ${path.map(quoteIdentifier).join(', ')}`,
      `AS ${quoteLiteral(syncFunctionBody(trigger))}`,
    ].join('\n'),
  )
}

/** As `pg_proc.prosrc` holds it. */
export function syncFunctionBody({ table, pieces }: SyncTrigger): string {
  const ofRow = (value: string): string =>
    `(SELECT ${value} FROM (SELECT NEW.*) AS ${quoteIdentifier(table.name)})`
  const lines = pieces.flatMap((piece) => linesOf(piece, ofRow))
  return ['', 'BEGIN', ...lines.map((line) => `  ${line}`), '  RETURN NEW;', 'END', ''].join('\n')
}

export function createSyncTriggerSql(table: QualifiedName): string {
  return generated(
    `CREATE TRIGGER ${quoteIdentifier(syncTriggerName)} BEFORE INSERT OR UPDATE ON ${formatRelation(table)} FOR EACH ROW EXECUTE FUNCTION ${syncFunctionOf(table)}()`,
  )
}

export function dropSyncTriggerSql(table: QualifiedName): readonly string[] {
  return [
    generated(`DROP TRIGGER ${quoteIdentifier(syncTriggerName)} ON ${formatRelation(table)}`),
    generated(`DROP FUNCTION ${syncFunctionOf(table)}()`),
  ]
}

/** The value that `up` or `down` makes of a column, spelled as the statement needs it (`NEW.c`, `c`). */
export function syncValue([first, ...rest]: SyncValue, column: string): string {
  return `(${rest.reduce((text, piece) => `${text}${column}${piece}`, first)})`
}

/**
 * Not IS DISTINCT FROM: that asks the type's own equality, for which 1.0 is 1.00 and, in a case-insensitive collation,
 * a is A; json has none at all. Images are compared byte by byte.
 */
export function areDifferent(one: string, other: string): string {
  return `pg_catalog.record_image_ne(ROW(${one}), ROW(${other}))`
}

function linesOf(piece: SyncPiece, ofRow: (value: string) => string): readonly string[] {
  switch (piece.kind) {
    case 'two-way': {
      const [old, now] = [quoteIdentifier(piece.old), quoteIdentifier(piece.column)]
      const up = `NEW.${now} := ${syncValue(piece.up, `NEW.${old}`)};`
      const down = `NEW.${old} := ${syncValue(piece.down, `NEW.${now}`)};`
      return [
        `IF TG_OP = 'INSERT' THEN`,
        // NULL where an application that knows only the old column has not set it.
        `  IF NEW.${now} IS NULL THEN ${up} ELSE ${down} END IF;`,
        `ELSIF ${areDifferent(`NEW.${old}`, `OLD.${old}`)} THEN ${up}`,
        // A backfill that brings the new column up to the old one is no reason to write the old one.
        `ELSIF ${areDifferent(`NEW.${now}`, `OLD.${now}`)} AND ${areDifferent(`NEW.${now}`, syncValue(piece.up, `NEW.${old}`))} THEN ${down}`,
        // Nobody has brought this row up yet. Its key or its place may change with this write, so that the batches that go
        // by them would pass it over.
        `ELSIF NEW.${now} IS NULL AND NEW.${old} IS NOT NULL THEN ${up}`,
        'END IF;',
      ]
    }
    case 'one-way': {
      const from = quoteIdentifier(piece.from)
      const assign = `NEW.${quoteIdentifier(piece.column)} := ${syncValue(piece.up, `NEW.${from}`)};`
      if (piece.on === 'write') return [assign]
      return [
        `IF TG_OP = 'INSERT' THEN ${assign}`,
        `ELSIF ${areDifferent(`NEW.${from}`, `OLD.${from}`)} THEN ${assign}`,
        'END IF;',
      ]
    }
    case 'fill': {
      const column = `NEW.${quoteIdentifier(piece.column)}`
      return [`IF ${column} IS NULL THEN ${column} := ${ofRow(piece.value)}; END IF;`]
    }
    case 'computed':
      return [`NEW.${quoteIdentifier(piece.column)} := ${ofRow(piece.value)};`]
  }
}
