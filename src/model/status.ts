/** What `migrate status` tells: the plan in the journal, how far it is, who runs it, and what lies about. */
import { z } from 'zod'
import { debris } from './debris.ts'
import { outcome } from './outcome.ts'
import { phaseName } from './plan.ts'

export const stepStatus = z.strictObject({
  stage: z.int(),
  phase: phaseName,
  step: z.string(),
  title: z.string(),
  /** `pending`: never tried, or taken back. `stopped`: tried, and not applied. */
  state: z.enum(['pending', 'running', 'applied', 'stopped', 'undone']),
  /** What the catalog says of a step that is in flight; null for all others. */
  found: z.enum(['absent', 'running', 'partial', 'done']).nullable(),
  attempts: z.int(),
  /** Rows changed, so far or in all. */
  rows: z.number().nullable(),
  outcome: outcome.nullable(),
})

export const status = z.strictObject({
  /** The open plan, else the last one; null: the database has never seen one. */
  plan: z
    .strictObject({
      id: z.string(),
      digest: z.string(),
      status: z.enum(['open', 'done', 'rolled-back', 'superseded']),
      startedBy: z.string(),
      startedAt: z.string(),
      rollbackStoppedAt: z.string().nullable(),
    })
    .nullable(),
  /** Who holds the runner's lock at this moment. */
  runner: z
    .strictObject({ owner: z.string(), backend: z.int(), heartbeatAgeMs: z.number().nullable() })
    .nullable(),
  steps: z.array(stepStatus),
  /** The first gate that nobody has opened. */
  gate: z.string().nullable(),
  /** Of whoever left it. */
  debris: z.array(debris),
})

export type Status = z.infer<typeof status>
export type StepStatus = z.infer<typeof stepStatus>
