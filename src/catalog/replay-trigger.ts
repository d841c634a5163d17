/** Triggers come, go, and are switched off: one that is off is in nobody's way, and is not lost. */
import type { TriggerSnapshot } from '../model/catalog.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { createdTrigger, droppedTrigger, isRowTrigger } from '../sql/statement-facts.ts'
import { editEntry } from './edit-state.ts'
import { entryOf, partitionsIn, resolveIn, type Entry, type State } from './state.ts'

/** One FOR EACH ROW is copied to every partition, under its name: https://www.postgresql.org/docs/current/sql-createtrigger.html */
export function createTrigger(state: State, table: RelationName, sql: string): State {
  const trigger = createdTrigger(sql)
  if (trigger === null) return state
  const target = resolveIn(state, table)
  const relations = isRowTrigger(sql) ? [target, ...partitionsIn(state, target)] : [target]
  return relations.reduce((next, one) => editEntry(next, one, (to) => withTrigger(to, trigger)), state)
}

/** With its copies: a trigger that a partition has of its own cannot bear the name of one of its parent's. */
export function dropTrigger(state: State, table: RelationName, sql: string): State {
  const name = droppedTrigger(sql)
  const target = resolveIn(state, table)
  const entry = entryOf(state, target)
  const had = [...(entry?.table.triggers ?? []), ...(entry?.disabled ?? [])].some((one) => one.name === name)
  const relations = had ? [target, ...partitionsIn(state, target)] : []
  const isOther = (trigger: TriggerSnapshot): boolean => trigger.name !== name
  return relations.reduce(
    (next, one) =>
      editEntry(next, one, (from) => ({
        ...from,
        table: { ...from.table, triggers: from.table.triggers.filter(isOther) },
        disabled: from.disabled.filter(isOther),
      })),
    state,
  )
}

/** Subcommands after which a trigger fires for an application, and after which it does not. `name` null: all of them. */
const switches: Readonly<Record<string, boolean>> = {
  'ENABLE TRIGGER': true,
  'ENABLE ALWAYS TRIGGER': true,
  'ENABLE TRIGGER ALL': true,
  'ENABLE TRIGGER USER': true,
  // Only where rows come by replication.
  'ENABLE REPLICA TRIGGER': false,
  'DISABLE TRIGGER': false,
  'DISABLE TRIGGER ALL': false,
  'DISABLE TRIGGER USER': false,
}

export function isTriggerSwitch(subcommand: string): boolean {
  return switches[subcommand] !== undefined
}

/** Of the partitions too, as ALTER TABLE without ONLY does. */
export function switchTriggers(
  state: State,
  table: RelationName,
  { subcommand, name }: { readonly subcommand: string; readonly name: string | null },
): State {
  const isOn = switches[subcommand] === true
  const target = resolveIn(state, table)
  const isMeant = (trigger: TriggerSnapshot): boolean => name === null || trigger.name === name
  return [target, ...partitionsIn(state, target)].reduce(
    (next, one) =>
      editEntry(next, one, (entry) => (isOn ? enabled(entry, isMeant) : disabled(entry, isMeant))),
    state,
  )
}

function enabled(entry: Entry, isMeant: (trigger: TriggerSnapshot) => boolean): Entry {
  return entry.disabled.filter(isMeant).reduce(withTrigger, entry)
}

function disabled(entry: Entry, isMeant: (trigger: TriggerSnapshot) => boolean): Entry {
  const off = entry.table.triggers.filter(isMeant)
  if (off.length === 0) return entry
  const triggers = entry.table.triggers.filter((trigger) => !isMeant(trigger))
  return { ...entry, table: { ...entry.table, triggers }, disabled: [...entry.disabled, ...off] }
}

function withTrigger(entry: Entry, trigger: TriggerSnapshot): Entry {
  const isOther = ({ name }: TriggerSnapshot): boolean => name !== trigger.name
  const triggers = [...entry.table.triggers.filter(isOther), trigger].sort((one, other) =>
    one.name < other.name ? -1 : 1,
  )
  return { ...entry, table: { ...entry.table, triggers }, disabled: entry.disabled.filter(isOther) }
}
