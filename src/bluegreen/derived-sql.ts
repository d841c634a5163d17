/**
 * Tables that are queries over tables of the other side, as SQL. A changed row says which keys it reaches (`keys_…`), and
 * each of those is made anew (`compute_…`, `refill_…`): so a row that is split, merged or filtered needs no case of its own.
 */
import type { DerivedTable } from '../model/bluegreen.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { functionSql } from './function-sql.ts'
import { ourSchema } from './names.ts'
import type { TableShape } from './table-shape.ts'

export interface Derivation {
  readonly derived: DerivedTable
  /** From 1, in the names of its functions. */
  readonly number: number
  /** What it writes to, as SQL finds it. */
  readonly relation: string
  readonly shape: TableShape
  /** Where its queries look for tables. */
  readonly searchPath: readonly string[]
  /** FROM clause of its query. */
  readonly from: string
}

/** The rows that ought to be. */
export function querySql({ derived, from }: Derivation): string {
  const columns = Object.entries(derived.columns).map(
    ([column, expression]) => `(${expression}) AS ${quoteIdentifier(column)}`,
  )
  const where = derived.where === undefined ? '' : ` WHERE ${derived.where}`
  return `SELECT ${columns.join(', ')} FROM ${from}${where}`
}

export function typeOf({ shape }: Pick<Derivation, 'shape'>, column: string): string {
  return shape.columns.find(({ name }) => name === column)?.type ?? 'text'
}

function keyArguments(derivation: Derivation): string {
  return derivation.derived.key
    .map((column, index) => `lockstep_k${index + 1} ${typeOf(derivation, column)}`)
    .join(', ')
}

function keyIs(derivation: Derivation, row: string): string {
  return derivation.derived.key
    .map((column, index) => `${row}.${quoteIdentifier(column)} = lockstep_k${index + 1}`)
    .join(' AND ')
}

/** `keys_N_M`: of the row of a source, the keys that it reaches. `sourceRelation`: whose row type it takes. */
export function keysSql(derivation: Derivation, source: number, sourceRelation: string): string {
  const { derived, number, searchPath } = derivation
  const written = derived.sources[source]?.keys
  const names = derived.key.map((_, index) => `lockstep_k${index + 1}`)
  const query =
    written ?? `SELECT ${derived.key.map((column) => `changed.${quoteIdentifier(column)}`).join(', ')}`
  const typed = derived.key.map(
    (column, index) => `lockstep_key.lockstep_k${index + 1}::${typeOf(derivation, column)}`,
  )
  return functionSql({
    name: `keys_${number}_${source + 1}(changed ${sourceRelation})`,
    returns: `TABLE (${keyArguments(derivation)})`,
    byKey: true,
    searchPath,
    // In plpgsql, which keeps its plans from row to row.
    body: `BEGIN
  RETURN QUERY SELECT ${typed.join(', ')} FROM (${query}) AS lockstep_key (${names.join(', ')})
    WHERE ${names.map((name) => `lockstep_key.${name} IS NOT NULL`).join(' AND ')};
END`,
  })
}

/** A loop of plpgsql over the keys that OLD and NEW reach, with `k` for each. */
export function forEachKey({ derived, number }: Derivation, source: number, work: string): string {
  const name = `${ourSchema}.keys_${number}_${source + 1}`
  const names = derived.key.map((_, index) => `k.lockstep_k${index + 1}`)
  return `  FOR k IN SELECT * FROM ${name}(OLD) UNION SELECT * FROM ${name}(NEW) LOOP
    PERFORM ${work}(${names.join(', ')});
  END LOOP;`
}

/** `compute_N(key)`: the row of that key as it ought to be, or none. */
export function computeSql(derivation: Derivation, poison: 'stop' | 'park'): string {
  const { number, derived } = derivation
  const parked = `${ourSchema}.parked WHERE target = ${quoteLiteral(derived.table)} AND key = ${keyJson(derived)}`
  const work = `  DELETE FROM ${derivation.relation} AS t WHERE ${keyIs(derivation, 't')}
    AND NOT EXISTS (SELECT FROM (${querySql(derivation)}) AS q WHERE ${keyIs(derivation, 'q')});
  ${upsertSql(derivation, `WHERE ${keyIs(derivation, 'q')}`)};`
  const body =
    poison === 'stop'
      ? `BEGIN\n${work}\nEND`
      : `BEGIN
${work}
  DELETE FROM ${parked};
EXCEPTION WHEN OTHERS THEN
  INSERT INTO ${ourSchema}.parked (target, key, error) VALUES (${quoteLiteral(derived.table)}, ${keyJson(derived)}, SQLERRM)
    ON CONFLICT (target, key) DO UPDATE SET error = excluded.error, at = clock_timestamp();
END`
  return functionSql({
    name: `compute_${number}(${keyArguments(derivation)})`,
    returns: 'void',
    body,
    byKey: true,
    searchPath: derivation.searchPath,
  })
}

function keyJson({ key }: DerivedTable): string {
  const parts = key.map((column, index) => `${quoteLiteral(column)}, lockstep_k${index + 1}::text`)
  return `jsonb_build_object(${parts.join(', ')})`
}

/** `refill_N()`: every row as it ought to be; returns how many were not. */
export function refillSql(derivation: Derivation): string {
  const { number, derived, relation } = derivation
  const same = derived.key.map((column) => `q.${quoteIdentifier(column)} = t.${quoteIdentifier(column)}`)
  return functionSql({
    name: `refill_${number}()`,
    returns: 'bigint',
    searchPath: derivation.searchPath,
    body: `DECLARE
  lockstep_gone bigint;
  lockstep_made bigint;
BEGIN
  DELETE FROM ${relation} AS t WHERE NOT EXISTS (SELECT FROM (${querySql(derivation)}) AS q WHERE ${same.join(' AND ')});
  GET DIAGNOSTICS lockstep_gone = ROW_COUNT;
  ${upsertSql(derivation, '')};
  GET DIAGNOSTICS lockstep_made = ROW_COUNT;
  RETURN lockstep_gone + lockstep_made;
END`,
  })
}

/** Values are compared as text: some types have no equality, and equal is not always the same. */
function upsertSql(derivation: Derivation, where: string): string {
  const { derived, relation, shape } = derivation
  const columns = Object.keys(derived.columns)
  const list = columns.map(quoteIdentifier).join(', ')
  const always = new Set(shape.columns.filter(({ identityAlways }) => identityAlways).map(({ name }) => name))
  const set = columns
    .filter((column) => !derived.key.includes(column) && !always.has(column))
    .map(quoteIdentifier)
  const rows = (row: string): string => `(${set.map((column) => `${row}.${column}::text`).join(', ')})`
  const update =
    set.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET ${set.map((column) => `${column} = excluded.${column}`).join(', ')}
    WHERE ${rows('t')} IS DISTINCT FROM ${rows('excluded')}`
  return `INSERT INTO ${relation} AS t (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM (${querySql(derivation)}) AS q ${where}
    ON CONFLICT (${derived.key.map(quoteIdentifier).join(', ')}) ${update}`
}

/** Keys of rows that are not as they ought to be, at most `limit`, in the snapshot of one statement. */
export function differenceSql(derivation: Derivation, actual: string, limit: number): string {
  const { derived } = derivation
  const columns = Object.keys(derived.columns)
  const typed = columns.map(
    (column) => `q.${quoteIdentifier(column)}::${typeOf(derivation, column)} AS ${quoteIdentifier(column)}`,
  )
  const same = derived.key.map((column) => `q.${quoteIdentifier(column)} = t.${quoteIdentifier(column)}`)
  const rows = (row: string): string =>
    `(${columns.map((column) => `${row}.${quoteIdentifier(column)}::text`).join(', ')})`
  const key = derived.key.map(
    (column) => `coalesce(q.${quoteIdentifier(column)}, t.${quoteIdentifier(column)})::text`,
  )
  const first = quoteIdentifier(derived.key[0] ?? '')
  return `SELECT concat_ws(', ', ${key.join(', ')}) AS key
    FROM (SELECT ${typed.join(', ')} FROM (${querySql(derivation)}) AS q) AS q
    FULL JOIN ${actual} AS t ON ${same.join(' AND ')}
   WHERE q.${first} IS NULL OR t.${first} IS NULL OR ${rows('q')} IS DISTINCT FROM ${rows('t')} LIMIT ${limit}`
}
