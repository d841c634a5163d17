/**
 * The beginning of a run: capture, slots, and blue's rows on green as of the instant from which the slots keep changes.
 * Cut off, it begins anew: what it had made is taken away first.
 */
import type { Session } from '../database/session.ts'
import { createExportedSlot, type ExportedSlot } from '../database/exported-slot.ts'
import type { RunState } from '../model/bluegreen-run.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { copyTables, type CopyTask } from './copy.ts'
import { arrivalSql, captureSql } from './events.ts'
import { dumpSchema } from './green-schema.ts'
import { createLandingSql, indexLandingSql, landingTable } from './landing.ts'
import { runMigrations, type GreenMigration } from './migrate-green.ts'
import { landingSchema, ourSchema, replicationNames } from './names.ts'
import { inTransaction, step, type Pair } from './pair.ts'
import { placedTables } from './placed.ts'
import { preflight } from './preflight.ts'
import { removeTraces } from './remove-traces.ts'
import { dropSlot, publicationSql, subscribe, unsubscribe } from './replication-sql.ts'
import { addDetail, createStore, readRun, readSide, setState } from './run-store.ts'
import { followed, selectTables, storedColumns, type Selection } from './selection.ts'
import { advanceSql, greenName, readSequences } from './sequences.ts'
import { readShapes, type TableShape } from './table-shape.ts'
import { fillTriggersSql } from './transforms.ts'
import { underWalLimit } from './wal-watch.ts'
import { withLocks } from './with-locks.ts'

/** A slot waits for old transactions of the whole server so long, then gives up. */
const slotTimeoutMs = 60_000

/** `history`: blue's own migrations, where they make green's schema. */
export async function startRun(
  pair: Pair,
  history: readonly GreenMigration[],
): Promise<Result<{ readonly state: RunState; readonly tables: number }>> {
  const seen = await readRun(pair)
  const other = [seen.blue, seen.green].find((side) => side !== null && side.name !== pair.file.name)
  if (other !== undefined && other !== null) {
    return fail(
      'another-run',
      `Run ${other.name} is under way.`,
      `Finish or abort it first, with a file whose name is ${other.name}.`,
    )
  }
  if (seen.state !== null && seen.state !== 'starting') return succeed({ state: seen.state, tables: 0 })
  const problems = await step(pair, 'preflight', () => preflight(pair))
  if (problems.length > 0) return { ok: false, problems }
  await step(pair, 'clear', () => clear(pair))
  await step(pair, 'store', async () => {
    // Green first: what is on blue alone is found by abort without it.
    await createStore(pair.green, 'green', pair.file.name)
    await createStore(pair.blue, 'blue', pair.file.name)
  })
  const schema = await step(pair, 'schema', () => makeSchema(pair, history))
  if (!schema.ok) return schema
  const selection = selectTables(pair.file, await readShapes(pair.blue, pair.file.schemas))
  const missing = await missingOnGreen(pair, selection)
  if (missing !== null) return missing
  await step(pair, 'capture', () => capture(pair, selection))
  const events = await step(pair, 'events', () => followEvents(pair))
  if (!events.ok) return events
  const slot = await step(pair, 'slot', () =>
    createExportedSlot(pair.blueUrl, replicationNames(pair.file.name).forward, slotTimeoutMs),
  )
  if (!slot.ok) return slot
  return underWalLimit(
    pair,
    () => copyRows(pair, selection, slot.value),
    () => removeTraces(pair),
  )
}

/** What an interrupted start has left, but for a schema that is whole. */
async function clear(pair: Pair): Promise<void> {
  const names = replicationNames(pair.file.name)
  await unsubscribe(pair.green, names.events)
  await dropSlot(pair.blue, names.events)
  await dropSlot(pair.blue, names.forward)
  if ((await readSide(pair.green)) === null) return
  const { direct, copied, landed } = selectTables(pair.file, await readShapes(pair.blue, pair.file.schemas))
  const green = new Set((await readShapes(pair.green, pair.file.schemas)).map(({ table }) => table))
  const tables = [...direct, ...copied, ...landed]
    .map(({ table }) => table)
    .filter((table) => green.has(table))
  await emptyTables(pair.green, tables)
  await pair.green.execute(`DROP SCHEMA IF EXISTS ${landingSchema} CASCADE;
    DELETE FROM ${ourSchema}.event; DELETE FROM ${ourSchema}.tombstone;`)
}

/** Not by TRUNCATE, which is refused where a table that is not copied refers to one of them. */
async function emptyTables(green: Session, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return
  await inTransaction(green, async () => {
    await green.execute('SET LOCAL session_replication_role = replica')
    for (const table of tables) await green.execute(`DELETE FROM ${table}`)
  })
}

async function makeSchema(pair: Pair, history: readonly GreenMigration[]): Promise<Result<null>> {
  const { schema } = pair.file
  if (schema.from === 'ready' || (await readSide(pair.green))?.detail.schemaDone === true) {
    return succeed(null)
  }
  if (schema.from === 'pg_dump') return dumpSchema(pair, schema)
  const ran = await runMigrations(pair, history, null)
  if (!ran.ok) return ran
  const { direct, copied, landed } = selectTables(pair.file, await readShapes(pair.blue, pair.file.schemas))
  const green = new Set((await readShapes(pair.green, pair.file.schemas)).map(({ table }) => table))
  // Migrations may bring rows of their own, which blue has, too.
  await emptyTables(
    pair.green,
    [...direct, ...copied, ...landed].map(({ table }) => table).filter((table) => green.has(table)),
  )
  await addDetail(pair.green, { schemaDone: true })
  return succeed(null)
}

async function missingOnGreen(pair: Pair, selection: Selection): Promise<Result<never> | null> {
  const green = new Map(
    (await readShapes(pair.green, pair.file.schemas)).map((shape) => [shape.table, shape]),
  )
  const landed = pair.file.schema.from === 'ready' ? [] : selection.landed
  const missing = [...selection.direct, ...selection.copied, ...landed].flatMap((shape) => {
    const there = green.get(shape.table)
    return there === undefined
      ? [shape.table]
      : storedColumns(shape)
          .filter((name) => there.columns.every((one) => one.name !== name))
          .map((name) => `${shape.table}.${name}`)
  })
  if (missing.length === 0) return null
  return fail(
    'schemas-differ',
    `Green's schema lacks what blue has: ${missing.join(', ')}.`,
    'See that schema.through is the last migration that blue has had, or take its schema by pg_dump.',
  )
}

/** On blue, in one transaction: the publications, and what writes the outbox. */
async function capture(pair: Pair, selection: Selection): Promise<void> {
  const names = replicationNames(pair.file.name)
  const tables = followed(selection).map(({ table }) => ({ table, columns: null }))
  const marker = { table: `${ourSchema}.marker`, columns: null }
  const events = [
    { table: `${ourSchema}.event`, columns: null },
    { table: `${ourSchema}.event_marker`, columns: null },
  ]
  await withLocks(
    pair,
    pair.blue,
    `${publicationSql(names.forward, [marker, ...tables])}
     ${pair.file.events.length === 0 ? '' : publicationSql(names.events, events)}
     ${captureSql(pair.file)}`,
  )
}

/** Green hears of events from here on, whatever becomes of its tables meanwhile. */
async function followEvents(pair: Pair): Promise<Result<null>> {
  if (pair.file.events.length === 0) return succeed(null)
  const name = replicationNames(pair.file.name).events
  const slot = await createExportedSlot(pair.blueUrl, name, slotTimeoutMs)
  if (!slot.ok) return slot
  await slot.value.release()
  await pair.green.execute(arrivalSql(pair.file, null))
  // What has happened before the slot was there is in the outbox, and in the rows that are copied.
  await subscribe(pair.green, {
    subscription: name,
    publications: [name],
    url: pair.blueUrlFromGreen ?? pair.blueUrl,
    enabled: true,
    disableOnError: false,
  })
  return succeed(null)
}

async function copyRows(
  pair: Pair,
  selection: Selection,
  slot: ExportedSlot,
): Promise<Result<{ readonly state: RunState; readonly tables: number }>> {
  const { direct, copied, landed } = selection
  await step(pair, 'landing', async () => {
    await pair.green.execute(
      `CREATE SCHEMA IF NOT EXISTS ${landingSchema}; ${landed.map(createLandingSql).join('\n')}`,
    )
    // Where migrations come after the copy, they bring the columns that are to be filled.
    if (pair.file.schema.from === 'ready') {
      await pair.green.execute(
        fillTriggersSql(pair.file, await placedTables(pair.green, pair.file.schemas, [])),
      )
    }
  })
  const task = (shape: TableShape, to: string): CopyTask => ({
    from: shape.kind === 'table' ? `ONLY ${shape.table}` : shape.table,
    to,
    columns: storedColumns(shape),
    pages: shape.pages,
  })
  const tasks = [
    ...[...direct, ...copied].map((shape) => task(shape, shape.table)),
    ...landed.map((shape) => task(shape, landingTable(shape))),
  ]
  try {
    await step(pair, 'copy', () => copyTables(pair, slot.snapshot, tasks))
  } finally {
    await slot.release()
  }
  await step(pair, 'index-landing', async () => {
    for (const shape of landed) await pair.green.execute(indexLandingSql(shape))
  })
  if (pair.file.schema.from !== 'ready') await step(pair, 'fill', () => fillFromLanding(pair, landed))
  await step(pair, 'sequences', () => bringSequences(pair))
  await step(pair, 'analyze', () => pair.green.execute('ANALYZE'))
  await step(pair, 'copied', () => setState(pair.green, 'copied'))
  return succeed({ state: 'copied', tables: tasks.length })
}

/** Migrations of green find the rows where they stand on blue. */
async function fillFromLanding(pair: Pair, landed: readonly TableShape[]): Promise<void> {
  await inTransaction(pair.green, async () => {
    await pair.green.execute('SET LOCAL session_replication_role = replica')
    for (const shape of landed) {
      const list = storedColumns(shape).map(quoteIdentifier).join(', ')
      await pair.green.execute(
        `INSERT INTO ${shape.table} (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM ${landingTable(shape)}`,
      )
    }
  })
}

async function bringSequences(pair: Pair): Promise<void> {
  const { file } = pair
  const sql = advanceSql(
    await readSequences(pair.blue, file.schemas),
    await readSequences(pair.green, file.schemas),
    greenName(file),
    { atLeast: 0, margin: file.sequences.margin },
  )
  if (sql !== '') await pair.green.execute(sql)
}
