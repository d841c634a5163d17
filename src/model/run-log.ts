import { z } from 'zod'
import { problem } from './problem.ts'
import { runEvent } from './run-event.ts'

/** One line of `--log-format json`: an event of the run, or why there is no run. */
export const runLogLine = z.union([
  z.strictObject({ time: z.iso.datetime(), plan: z.string(), event: runEvent }),
  z.strictObject({ time: z.iso.datetime(), plan: z.string(), problem }),
])

export type RunLogLine = z.infer<typeof runLogLine>
