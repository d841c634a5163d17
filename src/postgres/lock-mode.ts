/**
 * Table-level lock modes and which of them exclude each other.
 * Source: https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES, table 13.2;
 * the same on 14 to 18. Spelled as `pg_locks.mode` spells them minus the suffix "Lock", so that a declared lock and an
 * observed one compare as strings.
 */
export const lockModes = [
  'AccessShare',
  'RowShare',
  'RowExclusive',
  'ShareUpdateExclusive',
  'Share',
  'ShareRowExclusive',
  'Exclusive',
  'AccessExclusive',
] as const

export type LockMode = (typeof lockModes)[number]

/** For each mode, the weakest-to-strongest list of modes that cannot be held beside it by another transaction. */
const conflicts: { readonly [M in LockMode]: readonly LockMode[] } = {
  AccessShare: ['AccessExclusive'],
  RowShare: ['Exclusive', 'AccessExclusive'],
  RowExclusive: ['Share', 'ShareRowExclusive', 'Exclusive', 'AccessExclusive'],
  ShareUpdateExclusive: [
    'ShareUpdateExclusive',
    'Share',
    'ShareRowExclusive',
    'Exclusive',
    'AccessExclusive',
  ],
  Share: ['RowExclusive', 'ShareUpdateExclusive', 'ShareRowExclusive', 'Exclusive', 'AccessExclusive'],
  ShareRowExclusive: [
    'RowExclusive',
    'ShareUpdateExclusive',
    'Share',
    'ShareRowExclusive',
    'Exclusive',
    'AccessExclusive',
  ],
  Exclusive: [
    'RowShare',
    'RowExclusive',
    'ShareUpdateExclusive',
    'Share',
    'ShareRowExclusive',
    'Exclusive',
    'AccessExclusive',
  ],
  AccessExclusive: lockModes,
}

export function conflictsWith(mode: LockMode): readonly LockMode[] {
  return conflicts[mode]
}

export function isConflicting(one: LockMode, other: LockMode): boolean {
  return conflicts[one].includes(other)
}

/** A plain SELECT takes AccessShare, so only AccessExclusive makes readers wait. */
export function blocksReads(mode: LockMode): boolean {
  return isConflicting(mode, 'AccessShare')
}

/** INSERT, UPDATE, DELETE and MERGE take RowExclusive. */
export function blocksWrites(mode: LockMode): boolean {
  return isConflicting(mode, 'RowExclusive')
}

/**
 * The stronger of two modes in PostgreSQL's own numbering (its lock manager's order, not set inclusion:
 * Share and ShareUpdateExclusive exclude different sets).
 */
export function strongerLockMode(one: LockMode, other: LockMode): LockMode {
  return lockModes.indexOf(one) >= lockModes.indexOf(other) ? one : other
}

/** `ShareRowExclusive` → `SHARE ROW EXCLUSIVE`, as LOCK TABLE and the manual write it. */
export function lockModeSql(mode: LockMode): string {
  return mode.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase()
}

/** Does holding `mode` exclude everything that `other` excludes, and so make `other` beside it irrelevant? */
export function coversMode(mode: LockMode, other: LockMode): boolean {
  return conflicts[other].every((excluded) => conflicts[mode].includes(excluded))
}
