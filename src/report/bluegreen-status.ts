import type { BluegreenStatus } from '../model/bluegreen-run.ts'
import { bytesText } from './bytes.ts'
import { paint } from './paint.ts'

/** How far a run is, what keeps changes, and what comes next. */
export function bluegreenStatusPretty(status: BluegreenStatus, colored: boolean): string {
  const color = paint(colored)
  const { name, state, slots, subscriptions, migrations, verified } = status
  const done = migrations.filter((one) => one.state === 'done').length
  const cut = migrations.filter((one) => one.state === 'running').map(({ version }) => version)
  return [
    state === null
      ? `no run ${name}`
      : `${color.bold(`run ${name}`)}: ${state}, writes go to ${status.writes}`,
    ...slots.map(
      (slot) =>
        `  slot ${slot.name} on ${slot.side}: ${slot.active ? 'read from' : 'waiting'}, keeps ${bytesText(slot.keptBytes)} of WAL (${slot.walStatus ?? 'nothing yet'})`,
    ),
    ...subscriptions.map(
      (one) =>
        `  subscription ${one.name} on ${one.side}: ${one.enabled ? (one.running ? 'running' : color.yellow('no worker')) : color.yellow('stopped')}${one.errors === null || one.errors === 0 ? '' : color.red(`, ${one.errors} errors: see the log of ${one.side}`)}`,
    ),
    ...(migrations.length === 0 ? [] : [`  ${done} migrations have run on green`]),
    ...cut.map((version) => color.yellow(`  migration ${version} was cut off, or runs`)),
    ...(status.tombstones === 0 ? [] : [`  ${status.tombstones} tombstones`]),
    ...(status.parked === 0 ? [] : [color.red(`  ${status.parked} rows could not be transformed`)]),
    ...(verified === null
      ? []
      : [`  verified ${verified.at}: ${verified.clean ? 'clean' : color.red('not clean')}`]),
    `next: migrate bluegreen ${status.next}`,
    '',
  ].join('\n')
}
