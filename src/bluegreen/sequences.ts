/**
 * Sequences, which are not replicated. A side that will give numbers is set beyond the other's by a margin, before the
 * cut-over; in the pause only those are set whose margin was used up.
 */
import type { Session } from '../database/session.ts'
import { quoteLiteral } from '../postgres/identifier.ts'
import { asideSchema } from './names.ts'
import type { BluegreenFile } from '../model/bluegreen.ts'
import type { RunDetail } from './run-store.ts'
import { formatRelation } from '../postgres/relation-name.ts'

export interface SequenceValue {
  /** Where it belongs. */
  readonly sequence: string
  /** As SQL finds it. */
  readonly relation: string
  readonly oid: number
  /** Null: it has given no number. */
  readonly value: bigint | null
  readonly increment: bigint
}

export async function readSequences(
  session: Session,
  schemas: readonly string[],
  aside: NonNullable<RunDetail['aside']> = [],
): Promise<readonly SequenceValue[]> {
  const rows = await session.query<{
    oid: number
    schema: string
    name: string
    owner: string | null
    value: string | null
    increment: string
  }>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, t.relname::text AS owner,
            pg_sequence_last_value(c.oid)::text AS value, s.seqincrement::text AS increment
       FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
         AND d.deptype IN ('a', 'i')
       LEFT JOIN pg_class t ON t.oid = d.refobjid
      WHERE n.nspname = ANY ($1::text[])`,
    [[...schemas, asideSchema]],
  )
  return rows.map(({ oid, schema, name, owner, value, increment }) => ({
    oid,
    sequence: formatRelation({
      schema: schema === asideSchema ? (aside.find((one) => one.name === owner)?.schema ?? schema) : schema,
      name,
    }),
    relation: formatRelation({ schema, name }),
    value: value === null ? null : BigInt(value),
    increment: BigInt(increment),
  }))
}

/** The same ones as they are now, by one short query: for the pause. */
export async function rereadSequences(
  session: Session,
  known: readonly SequenceValue[],
): Promise<readonly SequenceValue[]> {
  if (known.length === 0) return known
  const rows = await session.query<{ oid: number; value: string | null }>(
    `SELECT oid, pg_sequence_last_value(oid)::text AS value FROM unnest($1::oid[]) AS oid`,
    [known.map(({ oid }) => String(oid))],
  )
  const values = new Map(rows.map(({ oid, value }) => [oid, value]))
  return known.map((one) => {
    const value = values.get(one.oid) ?? null
    return { ...one, value: value === null ? null : BigInt(value) }
  })
}

/**
 * SQL that sets those of `to` that are less than `atLeast` numbers beyond `from`'s to `margin` beyond; empty where there
 * are none. `nameOf`: a name of `from` → one of `to`. A sequence that is on one side only is nobody's business.
 */
export function advanceSql(
  from: readonly SequenceValue[],
  to: readonly SequenceValue[],
  nameOf: (sequence: string) => string,
  { atLeast, margin }: { readonly atLeast: number; readonly margin: number },
): string {
  const there = new Map(to.map((one) => [one.sequence, one]))
  const calls = from.flatMap(({ sequence, value }) => {
    const other = there.get(nameOf(sequence))
    if (other === undefined || value === null) return []
    const least = value + other.increment * BigInt(atLeast)
    const isFar = other.value !== null && (other.increment > 0n ? other.value >= least : other.value <= least)
    return isFar
      ? []
      : [`setval(${quoteLiteral(other.relation)}, ${value + other.increment * BigInt(margin)})`]
  })
  return calls.length === 0 ? '' : `SELECT ${calls.join(', ')};`
}

export function greenName(file: BluegreenFile): (sequence: string) => string {
  return (sequence) => file.sequences.names[sequence] ?? sequence
}

export function blueName(file: BluegreenFile): (sequence: string) => string {
  const back = new Map(Object.entries(file.sequences.names).map(([blue, green]) => [green, blue]))
  return (sequence) => back.get(sequence) ?? sequence
}
