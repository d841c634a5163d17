/**
 * Green begins to follow blue: its tables that a landing table needs the name of stand aside, triggers carry what lands to
 * where it belongs, and the slot that has kept blue's changes since the snapshot is read. Run again, it installs what the
 * file says now, makes parked rows anew and goes on where it stopped.
 */
import { createHash } from 'node:crypto'
import type { BluegreenFile } from '../model/bluegreen.ts'
import type { RunState } from '../model/bluegreen-run.ts'
import type { Problem, Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { differencesOfIdentity } from './green-identity.ts'
import { arrivalSql, guardSql, sweepSql } from './events.ts'
import { landingTable } from './landing.ts'
import { asideSchema, landingSchema, ourSchema, replicationNames } from './names.ts'
import { inTransaction, say, serverError, step, type Pair } from './pair.ts'
import { placedTables, type Placed } from './placed.ts'
import { hasSubscription, subscribe } from './replication-sql.ts'
import { addDetail, readRun, stateSql, detailSql, type RunDetail } from './run-store.ts'
import { selectTables, storedColumns, type Selection } from './selection.ts'
import { readShapes, type TableShape } from './table-shape.ts'
import { fillTriggersSql, forwardDerivations, landingTriggersSql } from './transforms.ts'

export async function attachGreen(
  pair: Pair,
): Promise<Result<{ readonly state: RunState; readonly corrected: number }>> {
  const { state, green } = await readRun(pair)
  if (state !== 'copied' && state !== 'migrated' && state !== 'attached') {
    return fail(
      'not-ready',
      `Attach needs a copy on green, and the run is ${state ?? 'not begun'}.`,
      'migrate bluegreen status says what comes next.',
    )
  }
  if (state === 'copied' && pair.file.migrations !== null) {
    return fail('not-migrated', "Green's migrations have not run.", 'migrate bluegreen migrate comes first.')
  }
  const blue = await readShapes(pair.blue, pair.file.schemas)
  const selection = selectTables(pair.file, blue)
  const detail = green?.detail ?? {}
  const before = await placedTables(pair.green, pair.file.schemas, detail.aside ?? [])
  const problems = attachProblems(pair.file, selection, before)
  if (problems.length > 0) return { ok: false, problems }
  if (state === 'attached') await quiet(pair)
  const corrected = await step(pair, 'transforms', () => install(pair, selection, before, detail))
  if (!corrected.ok) return corrected
  await step(pair, 'follow', () => follow(pair))
  return succeed({ state: 'attached', corrected: corrected.value })
}

/** While functions are replaced and rows made anew, nothing arrives. */
async function quiet({ file, green }: Pair): Promise<void> {
  if (!(await hasSubscription(green, replicationNames(file.name).forward))) return
  await green.execute(`ALTER SUBSCRIPTION ${quoteIdentifier(replicationNames(file.name).forward)} DISABLE`)
}

async function follow(pair: Pair): Promise<void> {
  const name = replicationNames(pair.file.name).forward
  await subscribe(pair.green, {
    subscription: name,
    publications: [name],
    url: pair.blueUrlFromGreen ?? pair.blueUrl,
    enabled: false,
    disableOnError: true,
  })
  await pair.green.execute(`ALTER SUBSCRIPTION ${quoteIdentifier(name)} ENABLE`)
}

function problem(code: string, message: string, hint: string): Problem {
  return { code, message, hint, position: null, excerpt: null }
}

function attachProblems(
  file: BluegreenFile,
  selection: Selection,
  placed: ReadonlyMap<string, Placed>,
): readonly Problem[] {
  const needed = [
    ...file.targets.map(({ table }) => table),
    ...Object.keys(file.fill),
    ...file.events.flatMap(({ green }) => green.map(({ table }) => table)),
    ...(file.back ?? []).flatMap(({ sources }) => sources.map(({ table }) => table)),
  ]
  return [
    ...[...new Set(needed)]
      .filter((table) => !placed.has(table))
      .map((table) =>
        problem('missing-table', `${table} is not on green.`, 'Mend the file, or the migrations.'),
      ),
    ...file.targets.flatMap(({ table, key, columns }) =>
      targetProblems(placed.get(table)?.shape, key, columns),
    ),
    ...selection.direct.flatMap((shape) => directProblems(file, shape, placed.get(shape.table)?.shape)),
  ]
}

function targetProblems(
  shape: TableShape | undefined,
  key: readonly string[],
  columns: Readonly<Record<string, string>>,
): readonly Problem[] {
  if (shape === undefined) return []
  const isUnique = shape.uniques.some(({ columns }) => columns.toSorted().join() === key.toSorted().join())
  const unknown = Object.keys(columns).filter((name) => shape.columns.every((one) => one.name !== name))
  return [
    ...(isUnique
      ? []
      : [
          problem(
            'key-not-unique',
            `${shape.table} on green has no unique index over its NOT NULL columns ${key.join(', ')}.`,
            'Name another key, or make such an index.',
          ),
        ]),
    ...unknown.map((name) =>
      problem('missing-column', `${shape.table} on green has no column ${name}.`, 'Mend the file.'),
    ),
  ]
}

function directProblems(
  file: BluegreenFile,
  blue: TableShape,
  green: TableShape | undefined,
): readonly Problem[] {
  const hint = `Make ${blue.table} a source of a target that says what becomes of it, or exclude it.`
  if (green === undefined) return [problem('missing-table', `${blue.table} is not on green any more.`, hint)]
  const there = new Map(green.columns.map((column) => [column.name, column]))
  const sent = new Set(storedColumns(blue))
  const missing = [...sent].filter((name) => there.get(name)?.generated !== false)
  const unfilled = green.columns.filter(
    ({ name, notNull, hasDefault, generated }) =>
      !sent.has(name) && notNull && !hasDefault && !generated && file.fill[blue.table]?.[name] === undefined,
  )
  const identity = differencesOfIdentity(blue, green)
  return [
    ...missing.map((name) =>
      problem('missing-column', `${blue.table} on green cannot take blue's column ${name}.`, hint),
    ),
    ...unfilled.map(({ name }) =>
      problem(
        'unfilled-column',
        `${blue.table}.${name} on green is NOT NULL, without a default, and blue has no such column.`,
        `Say in fill what it is.`,
      ),
    ),
    ...(identity.kind === 'none'
      ? [
          problem(
            'no-identity',
            `${blue.table} on green has no unique index over ${(blue.identity ?? []).join(', ')}, by which blue tells its rows.`,
            hint,
          ),
        ]
      : []),
  ]
}

/** In one transaction of green: all of it is there, or nothing. */
async function install(
  pair: Pair,
  selection: Selection,
  before: ReadonlyMap<string, Placed>,
  detail: RunDetail,
): Promise<Result<number>> {
  const { green, file } = pair
  try {
    const corrected = await inTransaction(green, async () => {
      await green.execute('SET LOCAL session_replication_role = replica')
      const aside = await standAside(pair, selection, before, detail)
      const placed = await placedTables(green, file.schemas, aside)
      const identities = await takeIdentities(pair, selection, placed, detail)
      const derivations = forwardDerivations(file, placed)
      await green.execute(landingTriggersSql(file, derivations, selection.landed))
      await green.execute(fillTriggersSql(file, placed))
      let corrected = 0
      for (const { number, derived } of derivations) {
        const [row] = await green.query<{ rows: string }>(`SELECT ${ourSchema}.refill_${number}() AS rows`)
        if (row?.rows !== '0')
          say(pair, `${derived.table}: ${row?.rows} rows were not as the file says, and are now`)
        corrected += Number(row?.rows ?? 0)
      }
      await green.execute(`DELETE FROM ${ourSchema}.parked`)
      if (file.events.length > 0) {
        await green.execute(`${guardSql(file, placed)} ${arrivalSql(file, placed)} ${sweepSql(file, placed)}`)
      }
      await green.execute(
        `${stateSql('attached')} ${detailSql({ aside, identities, attached: digestOf(file) })}`,
      )
      return corrected
    })
    return succeed(corrected)
  } catch (error) {
    const said = serverError(error)
    return fail(
      'transform-refused',
      `Green refuses what the file says: ${said.message}${said.detail === null ? '' : ` (${said.detail})`}`,
      'Nothing has been changed. Mend the file, and attach again.',
    )
  }
}

/** What functions are made of: a file that differs in it must be attached again. */
export function digestOf(file: BluegreenFile): string {
  const { schemas, exclude, fill, targets, back, poison, events } = file
  return createHash('sha256')
    .update(JSON.stringify({ schemas, exclude, fill, targets, back, poison, events }))
    .digest('hex')
}

/** Green's own table goes aside where a landing table needs its name, and the landing table takes it. */
async function standAside(
  pair: Pair,
  { landed }: Selection,
  placed: ReadonlyMap<string, Placed>,
  detail: RunDetail,
): Promise<NonNullable<RunDetail['aside']>> {
  if (detail.aside !== undefined) return detail.aside
  const colliding = landed.filter(({ table }) => placed.has(table))
  const moves = colliding.map(({ table }) => `ALTER TABLE ${table} SET SCHEMA ${asideSchema};`)
  const landings = landed.map(
    (shape) => `ALTER TABLE ${landingTable(shape)} SET SCHEMA ${quoteIdentifier(shape.schema)};`,
  )
  await pair.green.execute(
    `CREATE SCHEMA IF NOT EXISTS ${asideSchema}; ${moves.join('\n')} ${landings.join('\n')}`,
  )
  return colliding.map(({ schema, name }) => ({ schema, name }))
}

/** At the cut-over, and back at an abort: the other way round. SQL. */
export function comeHomeSql(landed: readonly TableShape[], aside: NonNullable<RunDetail['aside']>): string {
  return [
    ...landed.map(({ table }) => `ALTER TABLE ${table} SET SCHEMA ${landingSchema};`),
    ...aside.map(
      ({ schema, name }) =>
        `ALTER TABLE ${formatRelation({ schema: asideSchema, name })} SET SCHEMA ${quoteIdentifier(schema)};`,
    ),
  ].join('\n')
}

async function takeIdentities(
  pair: Pair,
  { direct }: Selection,
  placed: ReadonlyMap<string, Placed>,
  detail: RunDetail,
): Promise<NonNullable<RunDetail['identities']>> {
  if (detail.identities !== undefined) return detail.identities
  const identities: { table: string; was: string }[] = []
  for (const blue of direct) {
    const green = placed.get(blue.table)?.shape
    if (green === undefined) continue
    const difference = differencesOfIdentity(blue, green)
    if (difference.kind !== 'index') continue
    identities.push({ table: green.table, was: difference.was })
    await pair.green.execute(
      `ALTER TABLE ${green.table} REPLICA IDENTITY USING INDEX ${quoteIdentifier(difference.index)}`,
    )
  }
  return identities
}

export async function recordVerification(pair: Pair, clean: boolean): Promise<void> {
  const [row] = await pair.green.query<{ at: string }>('SELECT clock_timestamp()::text AS at')
  await addDetail(pair.green, { verified: { at: row?.at ?? '', clean } })
}
