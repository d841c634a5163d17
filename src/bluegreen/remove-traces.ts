/**
 * Everything of ours, found by its name and taken away, on one side or both; whatever is gone already is no error. Green's
 * tables that stand aside come home first. Rows and schema of the user's stay as they are.
 */
import type { Session } from '../database/session.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { asideSchema, landingSchema, ourSchema, replicationNames, triggerPrefix } from './names.ts'
import { step, type Pair } from './pair.ts'
import { dropSlot, unsubscribe } from './replication-sql.ts'
import { readSide } from './run-store.ts'
import { withLocks } from './with-locks.ts'

export async function removeTraces(pair: Pair): Promise<void> {
  const names = replicationNames(pair.file.name)
  for (const name of [names.forward, names.events]) {
    await step(pair, `drop subscription ${name}`, () => unsubscribe(pair.green, name))
  }
  await step(pair, `drop subscription ${names.back}`, () => unsubscribe(pair.blue, names.back))
  for (const name of [names.forward, names.events]) {
    await step(pair, `drop slot ${name}`, () => dropSlot(pair.blue, name))
  }
  await step(pair, `drop slot ${names.back}`, () => dropSlot(pair.green, names.back))
  await step(pair, 'clean green', () => cleanSide(pair, pair.green))
  await step(pair, 'clean blue', () => cleanSide(pair, pair.blue))
}

/** Blue alone, when green is no more. */
export async function removeTracesOfBlue(pair: Omit<Pair, 'green'>): Promise<void> {
  const names = replicationNames(pair.file.name)
  await unsubscribe(pair.blue, names.back)
  for (const name of [names.forward, names.events]) await dropSlot(pair.blue, name)
  await cleanSide(pair, pair.blue)
}

async function cleanSide(pair: Omit<Pair, 'green'>, session: Session): Promise<void> {
  const names = replicationNames(pair.file.name)
  const publications = Object.values(names).map(
    (name: string) => `DROP PUBLICATION IF EXISTS ${quoteIdentifier(name)};`,
  )
  const sql = [
    ...publications,
    ...(await triggerSql(session)),
    // Functions of ours take rows of landing tables.
    `DROP SCHEMA IF EXISTS ${ourSchema} CASCADE;`,
    await comeHomeSql(session),
    ...(await identitySql(session)),
    `DROP SCHEMA IF EXISTS ${landingSchema} CASCADE;`,
  ]
  await withLocks(pair, session, sql.join('\n'))
}

/** Landing tables at blue's names go, and green's own take their place. */
async function comeHomeSql(session: Session): Promise<string> {
  const aside = await session.query<{ name: string }>(
    `SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`,
    [asideSchema],
  )
  const landed = await session.query<{ relation: string }>(
    `SELECT t.tgrelid::regclass::text AS relation FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE t.tgname = $1 AND n.nspname <> $2`,
    [`${triggerPrefix}land`, landingSchema],
  )
  const detail = (await readSide(session))?.detail.aside ?? []
  const moves = aside.map(({ name }) => {
    const home = detail.find((one) => one.name === name)?.schema ?? 'public'
    return `ALTER TABLE ${formatRelation({ schema: asideSchema, name })} SET SCHEMA ${quoteIdentifier(home)};`
  })
  return [
    ...landed.map(({ relation }) => `DROP TABLE ${relation};`),
    ...moves,
    `DROP SCHEMA IF EXISTS ${asideSchema};`,
  ].join('\n')
}

async function triggerSql(session: Session): Promise<readonly string[]> {
  const rows = await session.query<{ sql: string }>(
    `SELECT format('DROP TRIGGER IF EXISTS %I ON %s;', t.tgname, t.tgrelid::regclass) AS sql FROM pg_trigger t
       JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE starts_with(t.tgname, $1) AND t.tgparentid = 0 AND n.nspname <> ALL ($2::text[])
        AND NOT EXISTS (SELECT FROM pg_trigger l WHERE l.tgrelid = t.tgrelid AND l.tgname = $3)`,
    [triggerPrefix, [ourSchema, landingSchema], `${triggerPrefix}land`],
  )
  return rows.map(({ sql }) => sql)
}

async function identitySql(session: Session): Promise<readonly string[]> {
  return ((await readSide(session))?.detail.identities ?? []).map(
    ({ table, was }) => `ALTER TABLE IF EXISTS ${table} REPLICA IDENTITY ${was};`,
  )
}
