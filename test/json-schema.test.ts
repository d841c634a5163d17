/** The JSON Schemas in docs/ are written from the zod schemas, so that editors and CI jobs read what the code reads. */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { bluegreenFile } from '../src/model/bluegreen.ts'
import { catalogFile } from '../src/model/catalog-file.ts'
import { config } from '../src/model/config.ts'
import { lintReport } from '../src/model/finding.ts'
import { orderExplanation } from '../src/model/order-explanation.ts'
import { runReport } from '../src/model/outcome.ts'
import { plan } from '../src/model/plan.ts'
import { runLogLine } from '../src/model/run-log.ts'
import { auditTrail } from '../src/model/audit.ts'
import { trace } from '../src/model/trace.ts'

it.each([
  { name: 'lint-report', schema: lintReport, io: 'output' },
  { name: 'catalog', schema: catalogFile, io: 'output' },
  { name: 'plan', schema: plan, io: 'output' },
  { name: 'order-explanation', schema: orderExplanation, io: 'output' },
  { name: 'run-report', schema: runReport, io: 'output' },
  { name: 'trace-report', schema: trace, io: 'output' },
  { name: 'run-log', schema: runLogLine, io: 'output' },
  { name: 'audit', schema: auditTrail, io: 'output' },
  { name: 'config', schema: config, io: 'input' },
  { name: 'bluegreen', schema: bluegreenFile, io: 'input' },
] as const)('docs/$name.schema.json', async ({ name, schema, io }) => {
  const text = `${JSON.stringify(z.toJSONSchema(schema, { io }), null, 2)}\n`
  await expect(text).toMatchFileSnapshot(`../docs/${name}.schema.json`)
})
