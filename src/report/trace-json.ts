import type { Trace } from '../model/trace.ts'

/** The stable contract of `migrate trace --format json`; its JSON Schema is docs/trace-report.schema.json. */
export function traceJson(trace: Trace): string {
  return `${JSON.stringify(trace, null, 2)}\n`
}
