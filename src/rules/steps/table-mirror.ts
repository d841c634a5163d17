/**
 * R-54: the trigger that keeps a copy of a table in step with it. It does not hand on what a statement wrote, but makes
 * the row of that key in the copy what it is in the table by then: so the order in which it and other triggers fire, and
 * what those write to the same row, make no difference.
 */
import { quoteIdentifier, quoteLines } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'

export interface Mirror {
  /** The table that applications write to. */
  readonly from: QualifiedName
  readonly to: QualifiedName
  /** Schema of its function. */
  readonly home: string
  /** A unique key of both. */
  readonly key: readonly string[]
  /** The columns that both have and that are written: no generated ones. */
  readonly columns: readonly string[]
  /** Those of them that an UPDATE may set: no identity columns GENERATED ALWAYS. */
  readonly updated: readonly string[]
  readonly searchPath: readonly string[]
  /**
   * Before the triggers of foreign keys, which fire in the order of names as well: what ON UPDATE CASCADE writes to
   * another table must find the new key in the copy already.
   */
  readonly isFirst: boolean
}

const functionName = 'lockstep_mirror'

export function mirrorTriggerOf({ isFirst }: Pick<Mirror, 'isFirst'>): string {
  return isFirst ? '!lockstep_mirror' : '~lockstep_mirror'
}

function truncateTriggerOf(mirror: Mirror): string {
  return `${mirrorTriggerOf(mirror)}_truncate`
}

export function mirrorFunctionOf({ home }: Pick<Mirror, 'home'>): string {
  return formatRelation({ schema: home, name: functionName })
}

/**
 * SECURITY DEFINER: whoever may write to the table need not be let into the copy. ENABLE ALWAYS: what a subscription
 * applies is written, too.
 */
export function createMirrorSql(mirror: Mirror): readonly [string, ...string[]] {
  return [createFunctionSql(mirror), ...createTriggersSql(mirror)]
}

function createFunctionSql(mirror: Mirror): string {
  const others = mirror.searchPath.filter((schema) => schema !== 'pg_catalog')
  const path = ['pg_catalog', ...others, 'pg_temp']
  return generated(
    [
      `CREATE FUNCTION ${mirrorFunctionOf(mirror)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER`,
      // Operators of the key's types may be the user's; names in the body are qualified.
      `SET search_path = ${path.map(quoteIdentifier).join(', ')}`,
      `AS ${quoteLines(mirrorFunctionBody(mirror))}`,
    ].join('\n'),
  )
}

export function createTriggersSql(mirror: Mirror): readonly string[] {
  const from = formatRelation(mirror.from)
  const [rows, truncate] = [mirrorTriggerOf(mirror), truncateTriggerOf(mirror)].map(quoteIdentifier)
  const run = `EXECUTE FUNCTION ${mirrorFunctionOf(mirror)}()`
  return [
    generated(`CREATE TRIGGER ${rows} AFTER INSERT OR UPDATE OR DELETE ON ${from} FOR EACH ROW ${run}`),
    generated(`CREATE TRIGGER ${truncate} AFTER TRUNCATE ON ${from} FOR EACH STATEMENT ${run}`),
    generated(`ALTER TABLE ${from} ENABLE ALWAYS TRIGGER ${rows}`),
    generated(`ALTER TABLE ${from} ENABLE ALWAYS TRIGGER ${truncate}`),
  ]
}

export function dropTriggersSql(mirror: Mirror): readonly [string, string] {
  const from = formatRelation(mirror.from)
  const drop = (name: string): string => generated(`DROP TRIGGER ${quoteIdentifier(name)} ON ${from}`)
  return [drop(mirrorTriggerOf(mirror)), drop(truncateTriggerOf(mirror))]
}

export function dropFunctionSql(mirror: Pick<Mirror, 'home'>): string {
  return generated(`DROP FUNCTION ${mirrorFunctionOf(mirror)}()`)
}

/** As `pg_proc.prosrc` holds it. */
export function mirrorFunctionBody(mirror: Mirror): string {
  const [from, to] = [formatRelation(mirror.from), formatRelation(mirror.to)]
  const key = mirror.key.map(quoteIdentifier)
  const columns = mirror.columns.map(quoteIdentifier)
  const rowOf = (row: string, names: readonly string[]): string =>
    names.map((name) => `${row}.${name}`).join(', ')
  const at = (alias: string, row: string): string =>
    key.map((name) => `${alias}.${name} = ${row}.${name}`).join(' AND ')
  const set = mirror.updated
    .filter((name) => !mirror.key.includes(name))
    .map((name) => `${quoteIdentifier(name)} = excluded.${quoteIdentifier(name)}`)
  const conflict = set.length === 0 ? 'NOTHING' : `UPDATE SET ${set.join(', ')}`
  const isMovable = mirror.key.every((name) => mirror.updated.includes(name))
  const hasMoved = `pg_catalog.record_image_ne(ROW(${rowOf('OLD', key)}), ROW(${rowOf('NEW', key)}))`
  const insert = `INSERT INTO ${to} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE`
  // A transaction that sees an older state than that in which a batch has copied the row would not find it there. This
  // does, and fails (40001), as such a transaction must expect to.
  const found = `IF pg_catalog.current_setting('transaction_isolation') <> 'read committed' THEN
      ${insert} VALUES (${rowOf('OLD', columns)}) ON CONFLICT (${key.join(', ')}) DO NOTHING;
    END IF;`
  const gone = (row: 'OLD' | 'NEW'): string =>
    `DELETE FROM ${to} AS there WHERE ${at('there', row)}
      AND NOT EXISTS (SELECT FROM ${from} AS here WHERE ${at('here', row)});`
  const moved = `
  IF TG_OP = 'UPDATE' AND ${hasMoved} THEN
    ${found}
    UPDATE ${to} AS there SET ${key.map((name) => `${name} = NEW.${name}`).join(', ')} WHERE ${at('there', 'OLD')}
      AND NOT EXISTS (SELECT FROM ${to} AS taken WHERE ${at('taken', 'NEW')});
    ${gone('OLD')}
  END IF;`
  return `
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    TRUNCATE ${to} CASCADE;
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' THEN
    ${found}
    ${gone('OLD')}
    RETURN NULL;
  END IF;${isMovable ? moved : ''}
  ${insert}
    SELECT ${rowOf('here', columns)} FROM ${from} AS here WHERE ${at('here', 'NEW')}
    ON CONFLICT (${key.join(', ')}) DO ${conflict};
  IF NOT FOUND THEN
    ${gone('NEW')}
  END IF;
  RETURN NULL;
END
`
}
