/**
 * Replication from green to blue, for after the cut-over. Tables of the same shape are published as they are. Of the
 * others, green works out what blue's rows would be, in the transaction that changes them, and publishes that.
 */
import type { Session } from '../database/session.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { forEachKey, keysSql, querySql, typeOf, type Derivation } from './derived-sql.ts'
import { functionSql } from './function-sql.ts'
import { ourSchema, replicationNames, triggerPrefix } from './names.ts'
import type { Pair } from './pair.ts'
import { placedTables } from './placed.ts'
import { dropSlot, hasSubscription, publicationSql, subscribe, unsubscribe } from './replication-sql.ts'
import type { SideRun } from './run-store.ts'
import { selectTables, storedColumns, type Selection } from './selection.ts'
import { readShapes } from './table-shape.ts'
import { backDerivations, rowTriggerSql } from './transforms.ts'
import { withLocks } from './with-locks.ts'

/** Everything but the subscription, before the pause: nothing of it does anything until green is written to. */
export async function prepareWayBack(pair: Pair, selection: Selection, green: SideRun): Promise<void> {
  const { file } = pair
  if (file.back === null) return
  const names = replicationNames(file.name)
  const derivations = await backDerivations(pair.blue, file)
  const placed = await placedTables(pair.green, file.schemas, green.detail.aside ?? [])
  const sources = [
    ...new Set(derivations.flatMap(({ derived }) => derived.sources.map(({ table }) => table))),
  ]
  const triggers = sources.map((table, index) => {
    const relation = placed.get(table)?.relation ?? table
    const loops = derivations.flatMap((derivation) =>
      derivation.derived.sources.flatMap((source, place) =>
        source.table === table
          ? [forEachKey(derivation, place, `${ourSchema}.back_${derivation.number}`)]
          : [],
      ),
    )
    return rowTriggerSql({ name: `back_of_${index + 1}`, trigger: 'back', table: relation, loops })
  })
  const functions = derivations.flatMap((derivation) => [
    ...derivation.derived.sources.map(({ table }, source) =>
      keysSql(derivation, source, placed.get(table)?.relation ?? table),
    ),
    changeSql(derivation),
  ])
  const direct = selection.direct.map((shape) => ({ table: shape.table, columns: storedColumns(shape) }))
  const marker = { table: `${ourSchema}.marker`, columns: null }
  const changes = { table: `${ourSchema}.back_change`, columns: null }
  await withLocks(
    pair,
    pair.green,
    [
      ...functions,
      ...triggers,
      publicationSql(names.back, [marker, ...direct]),
      publicationSql(names.backChanges, [changes], `publish = 'insert'`),
    ].join('\n'),
  )
  await withLocks(pair, pair.blue, arrivalOfChangesSql(derivations))
  await makeSlot(pair.green, names.back)
}

/** Waits for green's own transactions, and in one cluster for blue's: so it is made before anything is locked. */
async function makeSlot(green: Session, name: string): Promise<void> {
  await dropSlot(green, name)
  await green.execute(`SET statement_timeout = '60s'`)
  await green.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [name])
  await green.execute(`SET statement_timeout = 0`)
}

/**
 * `back_N(key)` on green: what blue's row of that key would be, or NULL for none. Two transactions that change parts of one
 * row take their turns, else each would work it out without the other's part.
 */
function changeSql(derivation: Derivation): string {
  const { derived, number } = derivation
  const names = derived.key.map((_, index) => `lockstep_k${index + 1}`)
  const columns = Object.keys(derived.columns)
  const match = derived.key.map((column, index) => `q.${quoteIdentifier(column)} = ${names[index]}`)
  const turn =
    derived.sources.length === 1
      ? ''
      : `  PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(E'\\x1f', 'lockstep back ${number}', ${names.map((name) => `${name}::text`).join(', ')}), 0));\n`
  const typed = names.map((name, index) => `${name} ${typeOf(derivation, derived.key[index] ?? '')}`)
  return functionSql({
    name: `back_${number}(${typed.join(', ')})`,
    returns: 'void',
    byKey: true,
    searchPath: derivation.searchPath,
    body: `BEGIN
${turn}  INSERT INTO ${ourSchema}.back_change (target, key, "row")
    SELECT ${number}, jsonb_object(${textArray(derived.key)}, ARRAY[${names.map((name) => `${name}::text`).join(', ')}]),
      (SELECT jsonb_object(${textArray(columns)}, ARRAY[${columns.map((column) => `q.${quoteIdentifier(column)}::text`).join(', ')}])
         FROM (${querySql(derivation)}) AS q WHERE ${match.join(' AND ')});
END`,
  })
}

function textArray(names: readonly string[]): string {
  return `ARRAY[${names.map(quoteLiteral).join(', ')}]`
}

/** On blue: a change is put where it belongs, and not kept. */
function arrivalOfChangesSql(derivations: readonly Derivation[]): string {
  const cases = derivations.map(({ derived, number, relation, shape }) => {
    const type = (column: string): string => shape.columns.find(({ name }) => name === column)?.type ?? 'text'
    const value = (from: string, column: string): string =>
      `(NEW.${from} ->> ${quoteLiteral(column)})::${type(column)}`
    const columns = Object.keys(derived.columns)
    const list = columns.map(quoteIdentifier).join(', ')
    const always = new Set(
      shape.columns.filter(({ identityAlways }) => identityAlways).map(({ name }) => name),
    )
    const set = columns
      .filter((column) => !derived.key.includes(column) && !always.has(column))
      .map((column) => `${quoteIdentifier(column)} = excluded.${quoteIdentifier(column)}`)
    const match = derived.key.map((column) => `${quoteIdentifier(column)} = ${value('key', column)}`)
    return `  IF NEW.target = ${number} THEN
    IF NEW."row" IS NULL THEN
      DELETE FROM ${relation} WHERE ${match.join(' AND ')};
    ELSE
      INSERT INTO ${relation} (${list}) OVERRIDING SYSTEM VALUE VALUES (${columns.map((column) => value('"row"', column)).join(', ')})
        ON CONFLICT (${derived.key.map(quoteIdentifier).join(', ')}) DO ${set.length === 0 ? 'NOTHING' : `UPDATE SET ${set.join(', ')}`};
    END IF;
  END IF;`
  })
  const trigger = quoteIdentifier(`${triggerPrefix}back`)
  return `${functionSql({
    name: 'back_arrived()',
    returns: 'trigger',
    searchPath: ['pg_catalog'],
    body: `BEGIN\n${cases.join('\n')}\n  RETURN NULL;\nEND`,
  })}
DROP TRIGGER IF EXISTS ${trigger} ON ${ourSchema}.back_change;
CREATE TRIGGER ${trigger} BEFORE INSERT ON ${ourSchema}.back_change FOR EACH ROW EXECUTE FUNCTION ${ourSchema}.back_arrived();
ALTER TABLE ${ourSchema}.back_change ENABLE REPLICA TRIGGER ${trigger};`
}

/** Blue follows green, from the LSN at which green was closed to all but replication. */
export async function followBack(pair: Pair, from: string): Promise<void> {
  const names = replicationNames(pair.file.name)
  if (pair.file.back === null || (await isEnabled(pair.blue, names.back))) return
  await subscribe(pair.blue, {
    subscription: names.back,
    publications: [names.back, names.backChanges],
    url: pair.greenUrlFromBlue ?? pair.greenUrl,
    enabled: false,
    disableOnError: true,
  })
  await pair.blue.query(
    `SELECT pg_replication_origin_advance('pg_' || oid, $2::pg_lsn) FROM pg_subscription WHERE subname = $1`,
    [names.back, from],
  )
  await pair.blue.execute(`ALTER SUBSCRIPTION ${quoteIdentifier(names.back)} ENABLE`)
}

async function isEnabled(session: Session, name: string): Promise<boolean> {
  if (!(await hasSubscription(session, name))) return false
  const [row] = await session.query<{ enabled: boolean }>(
    'SELECT subenabled AS enabled FROM pg_subscription WHERE subname = $1',
    [name],
  )
  return row?.enabled ?? false
}

/** The way there, when nobody takes it any more. */
export async function endForward(pair: Pair): Promise<void> {
  const names = replicationNames(pair.file.name)
  for (const name of [names.forward, names.events]) {
    await unsubscribe(pair.green, name)
    await dropSlot(pair.blue, name)
  }
}

export async function endBack(pair: Pair): Promise<void> {
  const names = replicationNames(pair.file.name)
  await unsubscribe(pair.blue, names.back)
  await dropSlot(pair.green, names.back)
}

/** Tables of green that the new application may write to: all that are followed, or made of something. */
export async function writtenOnGreen(pair: Pair): Promise<readonly string[]> {
  const { direct } = selectTables(pair.file, await readShapes(pair.blue, pair.file.schemas))
  const { targets, back } = pair.file
  return [
    ...new Set([
      ...direct.map(({ table }) => table),
      ...targets.map(({ table }) => table),
      ...(back ?? []).flatMap(({ sources }) => sources.map(({ table }) => table)),
    ]),
  ].toSorted()
}
