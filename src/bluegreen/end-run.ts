/** The end of a run: given up before the cut-over, or finished after it. Nothing of ours is left on either side. */
import { connect } from '../database/session.ts'
import type { Side } from '../model/bluegreen.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { hold } from './flip.ts'
import type { Pair, PairOptions } from './pair.ts'
import { removeTraces, removeTracesOfBlue } from './remove-traces.ts'
import { addDetail, readRun } from './run-store.ts'

/** Before the cut-over. Green keeps its schema and rows, blue is as it was. */
export async function abortRun(pair: Pair): Promise<Result<null>> {
  const { state } = await readRun(pair)
  if (state === 'cut-over' || state === 'rolled-back') {
    return fail(
      'cut-over',
      'Writes have moved already.',
      'Take them back with rollback, or end the run with finish.',
    )
  }
  // A runner that was killed in its pause may have left the poolers paused.
  if (pair.file.flip.some(({ kind }) => kind === 'pgbouncer')) {
    const held = await hold(pair.file.flip)
    if (held.ok) await held.value.release()
  }
  await removeTraces(pair)
  return succeed(null)
}

/** For a green that is no more: blue alone. */
export async function abortOnBlue(options: PairOptions): Promise<Result<null>> {
  const connected = await connect(options.blueUrl, { applicationName: 'lockstep bluegreen' })
  if (!connected.ok) return connected
  const blue = connected.value
  try {
    const { state } = await readRun({ blue, green: blue })
    if (state === 'cut-over' || state === 'rolled-back') {
      return fail('cut-over', 'Writes have moved already.', 'End the run with finish, with green named.')
    }
    await removeTracesOfBlue({ ...options, blue, open: () => Promise.reject(new Error('not asked for')) })
    return succeed(null)
  } finally {
    await blue.close()
  }
}

/** After the cut-over, or a rollback. From then on there is no way back. */
export async function finishRun(pair: Pair): Promise<Result<{ readonly writes: Side | null }>> {
  const { state, blue, green } = await readRun(pair)
  if (state === null) return succeed({ writes: null })
  // Cut off before its end, it finds green clean already.
  if (blue?.detail.finishing === true) return finishNow(pair, 'green')
  if (state !== 'cut-over' && state !== 'rolled-back') {
    return fail('not-cut-over', `The run is ${state}: nothing has been cut over.`, 'End it with abort.')
  }
  if (state === 'cut-over' && (green?.state !== 'cut-over' || blue?.detail.flipped !== true)) {
    return fail(
      'cutover-unfinished',
      'The cut-over was cut off.',
      'migrate bluegreen cutover goes on with it.',
    )
  }
  if (state === 'rolled-back' && blue?.state === 'cut-over') {
    return fail(
      'rollback-unfinished',
      'The rollback was cut off.',
      'migrate bluegreen rollback goes on with it.',
    )
  }
  return finishNow(pair, state === 'cut-over' ? 'green' : 'blue')
}

async function finishNow(pair: Pair, writes: Side): Promise<Result<{ readonly writes: Side }>> {
  if (writes === 'green') await addDetail(pair.blue, { finishing: true })
  await removeTraces(pair)
  return succeed({ writes })
}
