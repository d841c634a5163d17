/** What blue-green calls its own objects: everything of ours is found by these names, and by nothing else. */

/** State, journal, marker, events, functions: on both sides. */
export const ourSchema = 'lockstep_bluegreen'
/** On green: blue's rows in blue's shape, of tables whose rows go elsewhere, while they are not at blue's name. */
export const landingSchema = 'lockstep_bluegreen_landing'
/** On green: its own tables that stand aside for a landing table of the same name, until the cut-over. */
export const asideSchema = 'lockstep_bluegreen_aside'

export const triggerPrefix = '~lockstep_bluegreen_'

/** Of slots, publications and subscriptions; slots are of the whole server. */
export interface ReplicationNames {
  readonly forward: string
  readonly events: string
  readonly back: string
  /** The publication of changes that green has worked out for blue's shape. */
  readonly backChanges: string
}

export function replicationNames(run: string): ReplicationNames {
  return {
    forward: `lockstep_${run}_forward`,
    events: `lockstep_${run}_events`,
    back: `lockstep_${run}_back`,
    backChanges: `lockstep_${run}_back_changes`,
  }
}

/**
 * Whoever writes a row of a table with critical events, and whoever says that one is dead, meet here: the former share
 * it, the latter has it alone. One key, so that no two can wait for each other crosswise.
 */
export const deathLock = `hashtextextended('lockstep_bluegreen dead rows', 0)`
