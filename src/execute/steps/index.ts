import type { StepKind } from '../../model/plan.ts'
import type { StepExecutor } from '../context.ts'
import { capture } from './capture.ts'
import { check } from './check.ts'
import { createIndex } from './create-index.ts'
import { ddl } from './ddl.ts'
import { dropIndex } from './drop-index.ts'
import { gate } from './gate.ts'
import { inBatches } from './in-batches.ts'
import { patient } from './patient.ts'
import { recordHistory } from './record-history.ts'
import { rows } from './rows.ts'

/** One entry a kind: leaving one out does not compile. */
export const executors = {
  ddl,
  patient,
  'create-index': createIndex,
  'drop-index': dropIndex,
  'in-batches': inBatches,
  rows,
  capture,
  'record-history': recordHistory,
  check,
  gate,
} satisfies { [K in StepKind]: StepExecutor<K> }
