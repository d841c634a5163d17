import type { TableSnapshot, TriggerSnapshot } from '../model/catalog.ts'

/** The names of the user's triggers that one of these fires. */
export function triggersOn(
  table: TableSnapshot,
  ...events: readonly TriggerSnapshot['events'][number][]
): readonly string[] {
  return table.triggers
    .filter((trigger) => events.some((event) => trigger.events.includes(event)))
    .map(({ name }) => name)
}
