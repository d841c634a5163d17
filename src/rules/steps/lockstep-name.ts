import { createHash } from 'node:crypto'
import { clipBytes, maxIdentifierBytes } from '../../postgres/identifier.ts'

/**
 * A name of ours for something that stands in for `name`: `lockstep_` and the name. PostgreSQL cuts names at 63 bytes
 * without an error, and two long names cut to the same bytes would meet: what does not fit ends in a digest instead.
 */
export function lockstepName(purpose: 'index' | 'old' | 'nn' | 'sync' | 'new', name: string): string {
  const prefix = {
    index: 'lockstep_',
    old: 'lockstep_old_',
    nn: 'lockstep_nn_',
    sync: 'lockstep_sync_',
    new: 'lockstep_new_',
  }[purpose]
  const whole = `${prefix}${name}`
  if (Buffer.byteLength(whole) <= maxIdentifierBytes) return whole
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  const room = maxIdentifierBytes - prefix.length - digest.length - 1
  return `${prefix}${clipBytes(name, room)}_${digest}`
}
