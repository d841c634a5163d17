/** The files that a plan was made from, found again where each migration has a folder of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSourcesOfPlan } from '../../src/cli/plan-source.ts'
import { config } from '../../src/model/config.ts'
import { plan as planSchema } from '../../src/model/plan.ts'
import { runMigrate } from './run-migrate.ts'

it.each(['prisma', 'diesel', 'graphile-migrate', 'goose'])('of a plan for %s', async (layout) => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-plan-'))
  try {
    const out = join(folder, 'plan.json')
    const args = ['plan', `test/layouts/${layout}/migrations`, '--no-proof', '--server-version', '17']
    expect(await runMigrate([...args, '--out', out])).toMatchObject({ code: 0, stderr: '' })
    const plan = planSchema.parse(JSON.parse(readFileSync(out, 'utf8')))
    const found = readSourcesOfPlan(plan, config.parse({}))
    const pending = found.ok ? found.value.pending : found.problems
    expect(pending).toMatchObject(plan.sources.map(({ path, sha256 }) => ({ path, sha256 })))
    expect(pending.length).toBeGreaterThan(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
