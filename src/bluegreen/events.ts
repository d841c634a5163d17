/**
 * Critical events. On blue a trigger writes each into the outbox, in the transaction of the event itself. The outbox has a
 * slot of its own, so that green hears of it within moments, whether or not it follows the tables yet. There the event
 * becomes a tombstone; from `attach` on, a guard on each table keeps dead whatever has one.
 */
import type { Session } from '../database/session.ts'
import type { BluegreenFile, CriticalEvent } from '../model/bluegreen.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { functionSql } from './function-sql.ts'
import { deathLock, ourSchema, triggerPrefix } from './names.ts'
import type { Placed } from './placed.ts'

/** On blue: what writes the outbox. Its locks are those of CREATE TRIGGER: writers under way are waited for. */
export function captureSql(file: BluegreenFile): string {
  return file.events.map(captureOf).join('\n')
}

function captureOf(event: CriticalEvent, index: number): string {
  const key = event.key.map((column) => `${quoteLiteral(column)}, OLD.${quoteIdentifier(column)}::text`)
  const name = `capture_${index + 1}`
  const body = `BEGIN
  INSERT INTO ${ourSchema}.event (event, key) VALUES (${quoteLiteral(event.name)}, jsonb_build_object(${key.join(', ')}));
  RETURN NULL;
END`
  const trigger = (what: string, on: string, when: string): string => {
    const quoted = quoteIdentifier(`${triggerPrefix}${what}_${index + 1}`)
    return `DROP TRIGGER IF EXISTS ${quoted} ON ${event.table};
CREATE TRIGGER ${quoted} AFTER ${on} ON ${event.table} FOR EACH ROW ${when}EXECUTE FUNCTION ${ourSchema}.${name}();`
  }
  return [
    functionSql({ name: `${name}()`, returns: 'trigger', body, searchPath: ['pg_catalog'] }),
    event.when === null ? '' : trigger('event_u', 'UPDATE', `WHEN (${event.when}) `),
    event.deleted ? trigger('event_d', 'DELETE', '') : '',
  ].join('\n')
}

/** On green: what becomes of an event that arrives. Before green's tables are placed, a tombstone and no more. */
export function arrivalSql(file: BluegreenFile, placed: ReadonlyMap<string, Placed> | null): string {
  const kills =
    placed === null
      ? []
      : file.events.flatMap((event) =>
          event.green.map(
            (one) => `  IF NEW.event = ${quoteLiteral(event.name)} THEN
    ${killSql(event, one, placedOf(placed, one.table), 'NEW.key')};
  END IF;`,
          ),
        )
  // The worker that carries rows locks a row before its triggers fire, so the two may wait for each other: this one gives
  // way, long before the server would choose one of them.
  const body = `BEGIN
  LOOP
    BEGIN
      PERFORM pg_advisory_xact_lock(${deathLock});
      INSERT INTO ${ourSchema}.tombstone (event, key) VALUES (NEW.event, NEW.key) ON CONFLICT DO NOTHING;
${kills.join('\n')}
      EXIT;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      PERFORM pg_sleep(0.002);
    END;
  END LOOP;
  RETURN NULL;
END`
  const trigger = quoteIdentifier(`${triggerPrefix}arrival`)
  return `${functionSql({ name: 'event_arrived()', returns: 'trigger', body, searchPath: ['pg_catalog', ...file.schemas], settings: { lock_timeout: '100ms' } })}
DROP TRIGGER IF EXISTS ${trigger} ON ${ourSchema}.event;
CREATE TRIGGER ${trigger} AFTER INSERT ON ${ourSchema}.event FOR EACH ROW EXECUTE FUNCTION ${ourSchema}.event_arrived();
ALTER TABLE ${ourSchema}.event ENABLE REPLICA TRIGGER ${trigger};`
}

/** Everything that has a tombstone, made dead: in one transaction, alone. */
export function sweepSql(file: BluegreenFile, placed: ReadonlyMap<string, Placed>): string {
  const sweeps = file.events.flatMap((event) =>
    event.green.map((one) => {
      const kill = killSql(event, one, placedOf(placed, one.table), 'b.key', `${ourSchema}.tombstone AS b`)
      return `${kill} AND b.event = ${quoteLiteral(event.name)};`
    }),
  )
  return [`SELECT pg_advisory_xact_lock(${deathLock});`, ...sweeps].join('\n')
}

/** How many rows are alive that have a tombstone, in one snapshot. */
export async function revived(
  session: Session,
  file: BluegreenFile,
  placed: ReadonlyMap<string, Placed>,
): Promise<number> {
  const counts = file.events.flatMap((event) =>
    event.green.map((one) => {
      const place = placedOf(placed, one.table)
      return `(SELECT count(*) FROM ${place.relation} AS t, ${ourSchema}.tombstone AS b
        WHERE b.event = ${quoteLiteral(event.name)} AND ${matchSql(one, place, 'b.key')} AND ${aliveSql(one)})`
    }),
  )
  if (counts.length === 0) return 0
  const [row] = await session.query<{ alive: string }>(`SELECT ${counts.join(' + ')} AS alive`)
  return Number(row?.alive ?? 0)
}

/** On green: a trigger for each table that an event speaks of, before every row, whoever writes it. */
export function guardSql(file: BluegreenFile, placed: ReadonlyMap<string, Placed>): string {
  const tables = new Set(file.events.flatMap(({ green }) => green.map(({ table }) => table)))
  return [...tables]
    .map((table, index) => {
      const checks = file.events.flatMap((event) =>
        event.green.filter((one) => one.table === table).map((one) => checkSql(event, one)),
      )
      const body = `BEGIN
  PERFORM pg_advisory_xact_lock_shared(${deathLock});
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
${checks.join('\n')}
  RETURN NEW;
END`
      const name = `guard_${index + 1}`
      const trigger = quoteIdentifier(`${triggerPrefix}guard`)
      const { relation } = placedOf(placed, table)
      return `${functionSql({ name: `${name}()`, returns: 'trigger', body, searchPath: ['pg_catalog'] })}
DROP TRIGGER IF EXISTS ${trigger} ON ${relation};
CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE OR DELETE ON ${relation} FOR EACH ROW EXECUTE FUNCTION ${ourSchema}.${name}();
ALTER TABLE ${relation} ENABLE ALWAYS TRIGGER ${trigger};`
    })
    .join('\n')
}

type Death = CriticalEvent['green'][number]

function checkSql(event: CriticalEvent, one: Death): string {
  const key = Object.entries(one.match).map(
    ([column, of]) => `${quoteLiteral(of)}, NEW.${quoteIdentifier(column)}::text`,
  )
  const tombstone = `EXISTS (SELECT FROM ${ourSchema}.tombstone AS b WHERE b.event = ${quoteLiteral(event.name)}
      AND b.key = jsonb_build_object(${key.join(', ')}))`
  const refuse = `IF current_setting('session_replication_role') <> 'replica' THEN
      RAISE EXCEPTION 'lockstep: % on blue before the cut-over; it stays so', ${quoteLiteral(event.name)} USING ERRCODE = 'check_violation';
    END IF;`
  if (one.dead === 'absent') {
    return `  IF ${tombstone} THEN
    ${refuse}
    RETURN NULL;
  END IF;`
  }
  const assignments = Object.entries(one.dead).map(
    ([column, value]) => `    NEW.${quoteIdentifier(column)} := ${value};`,
  )
  return `  IF (${deadSql(one.dead, 'NEW')}) IS NOT TRUE AND ${tombstone} THEN
    ${refuse}
${assignments.join('\n')}
  END IF;`
}

function killSql(event: CriticalEvent, one: Death, place: Placed, key: string, from?: string): string {
  const match = matchSql(one, place, key)
  if (one.dead === 'absent') {
    return `DELETE FROM ${place.relation} AS t${from === undefined ? '' : ` USING ${from}`} WHERE ${match}`
  }
  const set = Object.entries(one.dead).map(([column, value]) => `${quoteIdentifier(column)} = ${value}`)
  return `UPDATE ${place.relation} AS t SET ${set.join(', ')}${from === undefined ? '' : ` FROM ${from}`} WHERE ${match} AND ${aliveSql(one)}`
}

function aliveSql({ dead }: Death): string {
  return dead === 'absent' ? 'true' : `(${deadSql(dead, 't')}) IS NOT TRUE`
}

function deadSql(dead: Readonly<Record<string, string>>, row: string): string {
  return Object.entries(dead)
    .map(([column, value]) => `${row}.${quoteIdentifier(column)} IS NOT DISTINCT FROM (${value})`)
    .join(' AND ')
}

function matchSql({ match }: Death, place: Placed, key: string): string {
  return Object.entries(match)
    .map(([column, of]) => {
      const type = place.shape.columns.find(({ name }) => name === column)?.type ?? 'text'
      return `t.${quoteIdentifier(column)} = (${key} ->> ${quoteLiteral(of)})::${type}`
    })
    .join(' AND ')
}

function placedOf(placed: ReadonlyMap<string, Placed>, table: string): Placed {
  const place = placed.get(table)
  if (place === undefined) throw new Error(`${table} has not been looked for on green`)
  return place
}
