/**
 * The names PostgreSQL itself gives to constraints and indexes that the author left unnamed.
 * Source: makeObjectName, ChooseRelationName, ChooseIndexName, ChooseIndexColumnNames (src/backend/commands/indexcmds.c),
 * ChooseConstraintName (src/backend/catalog/pg_constraint.c); the same on 14 to 18. Names and columns are unquoted.
 *
 * `isTaken` answers whether a name is in use in the table's schema: by a relation, by a constraint, or by either, as the
 * function says.
 */
import { clipBytes, maxIdentifierBytes } from './identifier.ts'

type IsTaken = (name: string) => boolean

/** `t_a_b_fkey`. `isTaken`: by a constraint. */
export function foreignKeyName(table: string, columns: readonly string[], isTaken: IsTaken): string {
  return firstFree(table, joinColumns(columns), 'fkey', isTaken)
}

/**
 * `t_a_check` where the expression reads exactly one column, else `t_check`. `columns`: what it reads, repeats allowed.
 * `isTaken`: by a constraint.
 */
export function checkName(table: string, columns: readonly string[], isTaken: IsTaken): string {
  const [first, ...others] = new Set(columns)
  const column = first !== undefined && others.length === 0 ? first : null
  return firstFree(table, column, 'check', isTaken)
}

/** `t_a_not_null`, the constraint of a NOT NULL column from 18 on. `isTaken`: by a constraint. */
export function notNullName(table: string, column: string, isTaken: IsTaken): string {
  return firstFree(table, column, 'not_null', isTaken)
}

/** `t_a_b_key`; `columns` with those of INCLUDE at the end. `isTaken`: by a relation or a constraint. */
export function uniqueName(table: string, columns: readonly string[], isTaken: IsTaken): string {
  return firstFree(table, joinColumns(indexColumnNames(columns)), 'key', isTaken)
}

/** `t_pkey`. `isTaken`: by a relation or a constraint. */
export function primaryKeyName(table: string, isTaken: IsTaken): string {
  return firstFree(table, null, 'pkey', isTaken)
}

/** `t_a_b_excl`; `columns` as for `indexName`. `isTaken`: by a relation or a constraint. */
export function excludeName(table: string, columns: readonly (string | null)[], isTaken: IsTaken): string {
  return firstFree(table, joinColumns(indexColumnNames(columns)), 'excl', isTaken)
}

/**
 * `t_a_b_idx`. `columns` in order, those of INCLUDE at the end; for an expression the name PostgreSQL would give to it
 * as a result column (`lower` for `lower(a)`), null where it has none (`expr`). `isTaken`: by a relation.
 */
export function indexName(table: string, columns: readonly (string | null)[], isTaken: IsTaken): string {
  return firstFree(table, joinColumns(indexColumnNames(columns)), 'idx', isTaken)
}

/** `t_c_seq`, the sequence of a serial or identity column. `isTaken`: by a relation. */
export function sequenceName(table: string, column: string, isTaken: IsTaken): string {
  return firstFree(table, column, 'seq', isTaken)
}

/** makeObjectName: `name1_name2_label` in 63 bytes; the longer of the two names gives way first. */
export function makeObjectName(name1: string, name2: string | null, label: string): string {
  const overhead = Buffer.byteLength(label) + 1 + (name2 === null ? 0 : 1)
  const available = maxIdentifierBytes - overhead
  let bytes1 = Buffer.byteLength(name1)
  let bytes2 = name2 === null ? 0 : Buffer.byteLength(name2)
  while (bytes1 + bytes2 > available) {
    if (bytes1 > bytes2) bytes1--
    else bytes2--
  }
  const parts = [clipBytes(name1, bytes1), ...(name2 === null ? [] : [clipBytes(name2, bytes2)]), label]
  return parts.join('_')
}

function firstFree(name1: string, name2: string | null, label: string, isTaken: IsTaken): string {
  for (let pass = 0; ; pass++) {
    const name = makeObjectName(name1, name2, pass === 0 ? label : `${label}${pass}`)
    if (!isTaken(name)) return name
  }
}

/** ChooseIndexNameAddition: stops after the column with which the text reaches 64 bytes. */
function joinColumns(columns: readonly string[]): string {
  let joined = ''
  for (const column of columns) {
    joined += joined === '' ? column : `_${column}`
    if (Buffer.byteLength(joined) > maxIdentifierBytes) break
  }
  return joined
}

/** ChooseIndexColumnNames: a repeated name gets a number, in place of its last bytes where it is long. */
function indexColumnNames(columns: readonly (string | null)[]): readonly string[] {
  const names: string[] = []
  for (const column of columns) {
    const original = column ?? 'expr'
    let name = original
    for (let number = 1; names.includes(name); number++) {
      name = clipBytes(original, maxIdentifierBytes - String(number).length) + number
    }
    names.push(name)
  }
  return names
}
