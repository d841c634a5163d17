/** No write goes to a side any more: a trigger that refuses it, for everybody but replication, whatever they connect by. */
import type { Session } from '../database/session.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { ourSchema, triggerPrefix } from './names.ts'

const fence = quoteIdentifier(`${triggerPrefix}fence`)

/** 25006, read_only_sql_transaction: drivers and people know what it means, and nothing has been done yet. */
export const fenceFunctionSql = `CREATE OR REPLACE FUNCTION ${ourSchema}.fence() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'lockstep: % takes no writes any more, for they have moved to the other database', TG_TABLE_NAME
    USING ERRCODE = 'read_only_sql_transaction', HINT = 'Connect anew, and write there.';
END $$;`

/** The tables with their partitions, which somebody may write to by name. */
export async function fencedTables(session: Session, tables: readonly string[]): Promise<readonly string[]> {
  const rows = await session.query<{ relation: string }>(
    `SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS relation
       FROM unnest($1::text[]) AS wanted (name), LATERAL (
         SELECT relid::oid AS oid FROM pg_partition_tree(wanted.name::regclass)
         UNION SELECT wanted.name::regclass::oid) AS tree
       JOIN pg_class c ON c.oid = tree.oid JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1`,
    [tables],
  )
  return rows.map(({ relation }) => relation)
}

/** For a transaction that has the tables locked. */
export function raiseFenceSql(tables: readonly string[]): string {
  return tables
    .map(
      (table) =>
        `CREATE OR REPLACE TRIGGER ${fence} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION ${ourSchema}.fence();`,
    )
    .join('\n')
}

/** Waits for no reader, as DROP TRIGGER would. */
export async function openFenceSql(session: Session): Promise<string> {
  return (await fenced(session)).map((table) => `ALTER TABLE ${table} DISABLE TRIGGER ${fence};`).join('\n')
}

export async function dropFenceSql(session: Session): Promise<string> {
  return (await fenced(session)).map((table) => `DROP TRIGGER IF EXISTS ${fence} ON ${table};`).join('\n')
}

async function fenced(session: Session): Promise<readonly string[]> {
  const rows = await session.query<{ relation: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS relation FROM pg_trigger t
       JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE t.tgname = $1 AND t.tgparentid = 0 ORDER BY 1`,
    [`${triggerPrefix}fence`],
  )
  return rows.map(({ relation }) => relation)
}
