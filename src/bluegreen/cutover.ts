/**
 * Writes move from blue to green. Until the fence on blue commits, nothing has happened: whatever fails, a ROLLBACK on both
 * sides leaves no trace. What green does is in a transaction that commits only after the fence; after a crash between the
 * two it is done again, for blue is closed for good and nothing can be lost meanwhile.
 */
import type { CutoverReport } from '../model/bluegreen-run.ts'
import type { Problem, Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { comeHomeSql, digestOf } from './attach.ts'
import { revived } from './events.ts'
import { fencedTables, fenceFunctionSql, raiseFenceSql } from './fence.ts'
import { hold } from './flip.ts'
import { awaitMarkers, roundTrip, setMarkers, type MarkerTable } from './marker.ts'
import { moveWrites, type Move } from './move-writes.ts'
import { ourSchema, replicationNames } from './names.ts'
import { inTransaction, step, type Pair } from './pair.ts'
import { placedTables } from './placed.ts'
import { addDetail, readRun, readSide, stateSql, type SideRun } from './run-store.ts'
import { followed, selectTables, type Selection } from './selection.ts'
import { advanceSql, greenName, readSequences, type SequenceValue } from './sequences.ts'
import { readShapes } from './table-shape.ts'
import { endForward, followBack, prepareWayBack } from './way-back.ts'

export interface CutoverOptions {
  /** Go although the last verification is old, or was never made. */
  readonly unverified: boolean
}

export async function cutOver(pair: Pair, options: CutoverOptions): Promise<Result<CutoverReport>> {
  const { state, green } = await readRun(pair)
  if (green === null || (state !== 'attached' && state !== 'cut-over')) {
    return fail(
      'not-attached',
      `Green does not follow blue: the run is ${state ?? 'not begun'}.`,
      'migrate bluegreen status says what comes next.',
    )
  }
  const selection = selectTables(pair.file, await readShapes(pair.blue, pair.file.schemas))
  const moved =
    state === 'cut-over' ? await goOn(pair, selection, green) : await move(pair, selection, green, options)
  if (!moved.ok) return moved
  await addDetail(pair.blue, { flipped: true })
  await settle(pair)
  return moved
}

async function move(
  pair: Pair,
  selection: Selection,
  green: SideRun,
  options: CutoverOptions,
): Promise<Result<CutoverReport>> {
  const ready = await step(pair, 'look', () => look(pair, green, options))
  if (!ready.ok) return ready
  await step(pair, 'prepare', () => prepare(pair, selection, green))
  return moveWrites(pair, await moveToGreen(pair, selection, green))
}

/** All that must be so before anything is locked; every reason at once. */
async function look(pair: Pair, green: SideRun, options: CutoverOptions): Promise<Result<null>> {
  const { file } = pair
  const problems: Problem[] = []
  const refuse = (code: string, message: string, hint: string): void => {
    problems.push({ code, message, hint, position: null, excerpt: null })
  }
  if (green.detail.attached !== digestOf(file)) {
    refuse('file-changed', 'The file says something else than what green was attached with.', 'Attach again.')
  }
  if (!options.unverified && !(await isVerified(pair, green))) {
    refuse(
      'unverified',
      `No verification of the last ${file.cutover.verifiedWithinMinutes} minutes was clean.`,
      'migrate bluegreen verify, or say --unverified.',
    )
  }
  const [parked] = await pair.green.query<{ count: string }>(
    `SELECT count(*) AS count FROM ${ourSchema}.parked`,
  )
  if (parked?.count !== '0') {
    refuse(
      'rows-parked',
      `${parked?.count} rows could not be transformed.`,
      'Mend the file, and attach again.',
    )
  }
  const placed = await placedTables(pair.green, file.schemas, green.detail.aside ?? [])
  if ((await revived(pair.green, file, placed)) > 0) {
    refuse(
      'rows-revived',
      'Rows are alive on green that are dead on blue.',
      'migrate bluegreen verify names them.',
    )
  }
  if (problems.length > 0) return { ok: false, problems }
  const lag = await roundTrip(pair, pair.blue, pair.green, 10_000)
  if (!lag.ok) return lag
  if (lag.value <= file.cutover.lagMaxMs) return succeed(null)
  return fail('lagging', `Green is ${Math.round(lag.value)} ms behind.`, 'Try again when it has caught up.')
}

async function isVerified({ green, file }: Pair, { detail }: SideRun): Promise<boolean> {
  if (detail.verified?.clean !== true) return false
  const [row] = await green.query<{ fresh: boolean }>(
    `SELECT clock_timestamp() - $1::timestamptz < make_interval(mins => $2::int) AS fresh`,
    [detail.verified.at, file.cutover.verifiedWithinMinutes],
  )
  return row?.fresh ?? false
}

/** What need not be done in the pause. */
async function prepare(pair: Pair, selection: Selection, green: SideRun): Promise<void> {
  const { file } = pair
  await prepareWayBack(pair, selection, green)
  await pair.blue.execute(fenceFunctionSql)
  const { margin } = file.sequences
  const { from, advance } = await sequencesOf(pair, green)
  const ahead = advance(from, { atLeast: Math.ceil(margin / 2), margin })
  if (ahead !== '') await pair.green.execute(ahead)
}

/** Of both sides; green's change by nobody but us. */
async function sequencesOf(
  { blue, green, file }: Pair,
  { detail }: SideRun,
): Promise<{
  readonly from: readonly SequenceValue[]
  readonly advance: (from: readonly SequenceValue[], distance: Parameters<typeof advanceSql>[3]) => string
}> {
  const from = await readSequences(blue, file.schemas)
  const to = await readSequences(green, file.schemas, detail.aside)
  return { from, advance: (now, distance) => advanceSql(now, to, greenName(file), distance) }
}

function markersOf({ file }: Pair): readonly MarkerTable[] {
  return file.events.length > 0 ? ['marker', 'event_marker'] : ['marker']
}

async function moveToGreen(pair: Pair, selection: Selection, green: SideRun): Promise<Move> {
  const tables = followed(selection).map(({ table }) => table)
  const { from, advance } = await sequencesOf(pair, green)
  const distance = { atLeast: 0, margin: pair.file.sequences.margin }
  return {
    to: 'green',
    from: pair.blue,
    other: pair.green,
    markers: markersOf(pair),
    tables,
    sequences: { from, advance: (now) => advance(now, distance) },
    openSql: openSql(pair, selection, green),
    closeSql: `${raiseFenceSql(await fencedTables(pair.blue, tables))} ${stateSql('cut-over')}`,
  }
}

/** Green stops following, its own tables take their names back, and what is later than this instant will go back. */
function openSql({ file }: Pair, selection: Selection, green: SideRun): string {
  const forward = quoteIdentifier(replicationNames(file.name).forward)
  return `ALTER SUBSCRIPTION ${forward} DISABLE;
${comeHomeSql(selection.landed, green.detail.aside ?? [])}
UPDATE ${ourSchema}.run SET detail = detail || jsonb_build_object('from', pg_current_wal_insert_lsn());
${stateSql('cut-over')}`
}

const markerTimeoutMs = 60_000

/** Blue is fenced. Green may not be open yet, and applications may not have been sent there. */
async function goOn(pair: Pair, selection: Selection, green: SideRun): Promise<Result<CutoverReport>> {
  if (green.state !== 'cut-over') {
    const markers = markersOf(pair)
    const value = await setMarkers(pair.blue, markers)
    const deadline = pair.now() + markerTimeoutMs
    const come = await awaitMarkers(pair.green, markers, value, { now: pair.now, deadline })
    if (!come.ok) return come
    const { from, advance } = await sequencesOf(pair, green)
    const ahead = advance(from, { atLeast: 0, margin: pair.file.sequences.margin })
    await step(pair, 'open', () =>
      inTransaction(pair.green, () => pair.green.execute(`${ahead} ${openSql(pair, selection, green)}`)),
    )
  }
  if ((await readSide(pair.blue))?.detail.flipped !== true) {
    const held = await hold(pair.file.flip)
    if (!held.ok) return held
    const flipped = await step(pair, 'flip', () => held.value.flip('green'))
    if (!flipped.ok) return flipped
  }
  return succeed({ to: 'green', pauseMs: null, attempts: 0, steps: [] })
}

/** After the pause: the way there ends, the way back begins. */
async function settle(pair: Pair): Promise<void> {
  const from = (await readSide(pair.green))?.detail.from
  await step(pair, 'end forward', () => endForward(pair))
  if (from !== undefined) await step(pair, 'follow back', () => followBack(pair, from))
}
