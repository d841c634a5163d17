import type { Session } from '../database/session.ts'
import type { Debris } from '../model/debris.ts'
import { findDebris } from './find-debris.ts'
import { journalExists, readCurrentPlan, readStoredPlan, readSteps } from './journal.ts'
import { stepsOf } from './passage.ts'
import { debrisOf } from './repair-step.ts'

/** What lies about, with what is to be done about it. Changes nothing, and waits for nobody. */
export async function readDebris(control: Session): Promise<readonly Debris[]> {
  const openPlan = await readOpenPlan(control)
  const found = await findDebris(control)
  return found.flatMap((one, at) => debrisOf(one, at + 1, openPlan) ?? [])
}

async function readOpenPlan(control: Session): Promise<Parameters<typeof debrisOf>[2]> {
  if (!(await journalExists(control))) return null
  const row = await readCurrentPlan(control)
  if (row?.status !== 'open') return null
  const stored = await readStoredPlan(control, row.id)
  // An older lockstep may not read it; whatever is there may be that plan's.
  if (!stored.ok) return { id: row.id, stepOf: () => row.id }
  const begun = await readSteps(control, row.id)
  const makers = new Map(
    stepsOf(stored.value)
      .filter(({ id }) => begun.has(id))
      .flatMap(({ id, touches }) => touches.creates.map((object) => [object, id] as const)),
  )
  return { id: row.id, stepOf: (object) => makers.get(object) ?? null }
}
