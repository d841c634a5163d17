/** Is green what blue is, and does the way back lead where it came from? Asked while both are at work. */
import type { Session } from '../database/session.ts'
import type { Comparison, VerificationReport } from '../model/bluegreen-run.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { recordVerification } from './attach.ts'
import { compareRows, sidesOf, textSettings } from './compare-rows.ts'
import { differenceSql, type Derivation } from './derived-sql.ts'
import { revived } from './events.ts'
import { roundTrip } from './marker.ts'
import { asideSchema, ourSchema } from './names.ts'
import { step, type Pair } from './pair.ts'
import { placedTables } from './placed.ts'
import { readRun } from './run-store.ts'
import { followed, selectTables } from './selection.ts'
import { readShapes } from './table-shape.ts'
import { backDerivations, forwardDerivations } from './transforms.ts'

const lagTimeoutMs = 600_000
const shownMax = 5

/** Only while green follows blue: before there is nothing to compare, and after it blue stands still. */
export async function verifyRun(pair: Pair): Promise<Result<VerificationReport>> {
  const { state, green } = await readRun(pair)
  if (state !== 'attached') {
    return fail(
      'not-attached',
      `Green does not follow blue: the run is ${state ?? 'not begun'}.`,
      'migrate bluegreen status says what comes next.',
    )
  }
  const { file } = pair
  await pair.blue.execute(textSettings)
  await pair.green.execute(textSettings)
  const lag = await step(pair, 'lag', () => roundTrip(pair, pair.blue, pair.green, lagTimeoutMs))
  if (!lag.ok) return lag
  const comparisons: Comparison[] = []
  const shapes = followed(selectTables(file, await readShapes(pair.blue, file.schemas)))
  const there = new Map((await readShapes(pair.green, file.schemas)).map((shape) => [shape.table, shape]))
  for (const blue of shapes) {
    const found = there.get(blue.table)
    if (found === undefined) continue
    const compared = await step(pair, `compare ${blue.table}`, () =>
      compareRows(pair, sidesOf(pair, blue, found)),
    )
    if (!compared.ok) return compared
    comparisons.push(compared.value)
  }
  const placed = await placedTables(pair.green, file.schemas, green?.detail.aside ?? [])
  for (const one of forwardDerivations(file, placed)) {
    comparisons.push(await derivedIsRight(pair, one, `${one.derived.table}, as the file makes it`))
  }
  for (const one of await backDerivations(pair.blue, file)) {
    comparisons.push(await derivedIsRight(pair, one, `${one.derived.table}, on the way back`))
  }
  comparisons.push(await parkedRows(pair.green))
  if (file.events.length > 0) {
    const alive = await revived(pair.green, file, placed)
    comparisons.push(counted('rows alive that have a tombstone', alive))
  }
  for (const invariant of file.invariants) comparisons.push(await askBoth(pair, invariant))
  const clean = comparisons.every(({ verdict }) => verdict === 'equal')
  await recordVerification(pair, clean)
  return succeed({ clean, comparisons, lagMs: lag.value })
}

const looksMax = 8
const keysMax = 1000

/**
 * One statement sees one snapshot, in which a row and what is made of it agree; only an event may have made a row dead
 * ahead of it. So what differs must differ in look after look.
 */
async function derivedIsRight(pair: Pair, derivation: Derivation, what: string): Promise<Comparison> {
  return step(pair, `derive ${derivation.derived.table}`, async () => {
    let left: ReadonlySet<string> | null = null
    for (let look = 1; look <= looksMax; look += 1) {
      const found = await differentKeys(pair, derivation)
      const both: ReadonlySet<string> =
        left === null ? found : new Set([...left].filter((key) => found.has(key)))
      left = both
      if (left.size === 0) break
      await roundTrip(pair, pair.blue, pair.green, lagTimeoutMs)
    }
    const keys = [...(left ?? [])]
    const detail = keys.slice(0, shownMax).map((key) => `${derivation.derived.key.join(', ')} = ${key}`)
    return { ...counted(what, keys.length), detail }
  })
}

async function differentKeys(pair: Pair, derivation: Derivation): Promise<ReadonlySet<string>> {
  await pair.green.execute(`SET search_path = ${derivation.searchPath.map(quoteIdentifier).join(', ')}`)
  const rows = await pair.green.query<{ key: string }>(
    differenceSql(derivation, derivation.relation, keysMax),
  )
  await pair.green.execute('RESET search_path')
  return new Set(rows.map(({ key }) => key))
}

function counted(what: string, count: number): Comparison {
  return { what, verdict: count === 0 ? 'equal' : 'different', rows: count, detail: [] }
}

async function parkedRows(green: Session): Promise<Comparison> {
  const rows = await green.query<{ target: string; key: string; error: string; count: string }>(
    `SELECT target, key::text AS key, error, count(*) OVER () AS count FROM ${ourSchema}.parked LIMIT ${shownMax}`,
  )
  return {
    ...counted('rows that could not be transformed', Number(rows[0]?.count ?? 0)),
    detail: rows.map(({ target, key, error }) => `${target} ${key}: ${error}`),
  }
}

const attemptsMax = 10

/** What it answers on blue must be what it answers on green once a marker has gone over; asked again while it changes. */
async function askBoth(
  pair: Pair,
  { name, blue, green }: Pair['file']['invariants'][number],
): Promise<Comparison> {
  const what = `invariant ${name}`
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const before = await answer(pair, pair.blue, blue)
    await roundTrip(pair, pair.blue, pair.green, lagTimeoutMs)
    const there = await answer(pair, pair.green, green)
    if (there === before) return { what, verdict: 'equal', rows: null, detail: [] }
    if ((await answer(pair, pair.blue, blue)) === before) {
      return { what, verdict: 'different', rows: null, detail: [`blue: ${before}`, `green: ${there}`] }
    }
  }
  return { what, verdict: 'undecided', rows: null, detail: [] }
}

async function answer({ file }: Pair, session: Session, sql: string): Promise<string> {
  await session.execute(`SET search_path = ${[asideSchema, ...file.schemas].map(quoteIdentifier).join(', ')}`)
  const rows = await session.query(sql)
  await session.execute('RESET search_path')
  return JSON.stringify(rows.map((row) => JSON.stringify(row)).sort())
}
