/** Plans written out for other runners, as a person finds them; `emit.postgres.test.ts` runs them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { emitPlan, emitToolNames, type EmitToolName } from '../src/emit/emit-plan.ts'
import { versionsAfter } from '../src/emit/version-after.ts'
import type { Migration } from '../src/model/migration.ts'
import { plan as planSchema, type Plan } from '../src/model/plan.ts'
import { readMigrations } from '../src/source/read-migrations.ts'
import { parseScript, type Script } from '../src/sql/parse-script.ts'
import { loadParser } from '../src/sql/parser.ts'
import { packageFolder } from './cli/run-migrate.ts'
import { must } from './execute/run-fixture.ts'
import { examplePlan } from './support/example-plan.ts'

beforeAll(loadParser)

const workedPlans = ['1.x', '2.x'].map((id) =>
  planSchema.parse(JSON.parse(readFileSync(join(packageFolder, `plans/${id}.json`), 'utf8'))),
)

function migrationsFor(tool: EmitToolName, plan: Plan): readonly Migration[] {
  const layout = tool === 'sql' ? 'golang-migrate' : tool
  const read = must(readMigrations(emitPlan(plan, tool), { layout, transaction: null }))
  expect(read.passedOver).toEqual([])
  expect(read.down.length).toBe(read.up.length)
  return [...read.up, ...read.down]
}

describe.each(emitToolNames)('a plan for %s', (tool) => {
  it('is files as its runner reads them', async () => {
    const files = emitPlan(examplePlan, tool).map(({ path, text }) => `==> ${path} <==\n${text}`)
    await expect(files.join('\n')).toMatchFileSnapshot(`golden/emit/${tool}.txt`)
  })

  it('is SQL, and one statement where there is no transaction', () => {
    for (const plan of [examplePlan, ...workedPlans]) {
      for (const { path, text, transaction } of migrationsFor(tool, plan)) {
        const script = parseScript(text, path)
        expect(script.problems, path).toEqual([])
        // A file that its runner wraps may hold many; one that opens its own transaction says so.
        const isWrapped = transaction === 'file' || transaction === 'unless-refused'
        const isAlone = !isWrapped && !opensTransaction(script)
        expect(script.statements.length, path).toBe(isAlone ? 1 : script.statements.length)
        expect(transaction !== 'file' || !text.includes(' INDEX CONCURRENTLY '), path).toBe(true)
      }
    }
  })
})

function opensTransaction({ statements }: Script): boolean {
  return statements[0]?.text.toUpperCase() === 'BEGIN'
}

describe('versions', () => {
  it.each([
    ['20190617000200', 'number', ['20190617000201', '20190617000202']],
    ['000009', 'number', ['000010', '000011']],
    ['', 'number', ['0001', '0002']],
    ['1_2', 'dotted', ['1.2.1', '1.2.2']],
  ] as const)('after %s', (last, style, wanted) => {
    expect(versionsAfter(last, 2, style)).toEqual(wanted)
  })
})
