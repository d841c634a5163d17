/** Writes move back to blue, which has followed green since the cut-over: the same way, in the other direction. */
import type { CutoverReport } from '../model/bluegreen-run.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { dropFenceSql, fencedTables, fenceFunctionSql, openFenceSql, raiseFenceSql } from './fence.ts'
import { hold } from './flip.ts'
import { awaitMarkers, roundTrip, setMarkers } from './marker.ts'
import { moveWrites, type Move } from './move-writes.ts'
import { replicationNames } from './names.ts'
import { inTransaction, step, type Pair } from './pair.ts'
import { hasSubscription } from './replication-sql.ts'
import { addDetail, readRun, readSide, stateSql } from './run-store.ts'
import { advanceSql, blueName, readSequences } from './sequences.ts'
import { endBack, writtenOnGreen } from './way-back.ts'
import { withLocks } from './with-locks.ts'

const lagTimeoutMs = 60_000

export async function rollBack(pair: Pair): Promise<Result<CutoverReport>> {
  const { state, blue, green } = await readRun(pair)
  if (state !== 'cut-over' && state !== 'rolled-back') {
    return fail(
      'not-cut-over',
      'Writes go to blue: there is nothing to take back.',
      'Before a cut-over, abort.',
    )
  }
  const moved =
    state === 'rolled-back' ? await goOn(pair, blue?.state === 'rolled-back') : await move(pair, green?.state)
  if (!moved.ok) return moved
  await addDetail(pair.green, { flipped: false })
  await step(pair, 'end back', () => endBack(pair))
  await step(pair, 'drop fence', async () => {
    const sql = await dropFenceSql(pair.blue)
    if (sql !== '') await withLocks(pair, pair.blue, sql)
  })
  return moved
}

async function move(pair: Pair, green: string | undefined): Promise<Result<CutoverReport>> {
  const { file } = pair
  if (file.back === null) {
    return fail('no-way-back', 'The file says that there is no way back.', 'Green is the database.')
  }
  if (green !== 'cut-over' || !(await hasSubscription(pair.blue, replicationNames(file.name).back))) {
    return fail(
      'cutover-unfinished',
      'The cut-over was cut off before the way back began.',
      'migrate bluegreen cutover goes on with it; then roll back.',
    )
  }
  const lag = await roundTrip(pair, pair.green, pair.blue, lagTimeoutMs)
  if (!lag.ok) return lag
  const tables = await writtenOnGreen(pair)
  await pair.green.execute(fenceFunctionSql)
  const closeSql = `${raiseFenceSql(await fencedTables(pair.green, tables))} ${stateSql('rolled-back')}`
  return moveWrites(pair, {
    to: 'blue',
    from: pair.green,
    other: pair.blue,
    markers: ['marker'],
    tables,
    sequences: await sequencesOf(pair),
    openSql: await openSql(pair),
    closeSql,
  })
}

async function sequencesOf({ blue, green, file }: Pair): Promise<Move['sequences']> {
  const from = await readSequences(green, file.schemas)
  const to = await readSequences(blue, file.schemas)
  const distance = { atLeast: 0, margin: file.sequences.margin }
  return { from, advance: (now) => advanceSql(now, to, blueName(file), distance) }
}

async function openSql({ blue, file }: Pair): Promise<string> {
  const back = quoteIdentifier(replicationNames(file.name).back)
  return `ALTER SUBSCRIPTION ${back} DISABLE; ${await openFenceSql(blue)} ${stateSql('rolled-back')}`
}

async function goOn(pair: Pair, isOpen: boolean): Promise<Result<CutoverReport>> {
  if (!isOpen) {
    const value = await setMarkers(pair.green, ['marker'])
    const deadline = pair.now() + lagTimeoutMs
    const come = await awaitMarkers(pair.blue, ['marker'], value, { now: pair.now, deadline })
    if (!come.ok) return come
    const { from, advance } = await sequencesOf(pair)
    const sql = `${advance(from)} ${await openSql(pair)}`
    await step(pair, 'open', () => inTransaction(pair.blue, () => pair.blue.execute(sql)))
  }
  // Whether applications have been told is written down after they were.
  if ((await readSide(pair.green))?.detail.flipped !== false) {
    const held = await hold(pair.file.flip)
    if (!held.ok) return held
    const flipped = await step(pair, 'flip', () => held.value.flip('blue'))
    if (!flipped.ok) return flipped
  }
  return succeed({ to: 'blue', pauseMs: null, attempts: 0, steps: [] })
}
