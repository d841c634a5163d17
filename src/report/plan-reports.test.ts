import { describe, expect, it } from 'vitest'
import { examplePlan } from '../../test/support/example-plan.ts'
import { planMarkdown } from './plan-markdown.ts'
import { planSql } from './plan-sql.ts'

describe('a plan for people', () => {
  it('is a script of psql', async () => {
    await expect(planSql(examplePlan)).toMatchFileSnapshot('../../test/golden/plan-example.sql')
  })

  it('is a page in a pull request', async () => {
    await expect(planMarkdown(examplePlan)).toMatchFileSnapshot('../../test/golden/plan-example.md')
  })

  it('lets no name break out of a comment', () => {
    const lines = planSql(examplePlan).split('\n')
    const weird = lines.filter((line) => line.includes('*c*'))
    expect(
      weird.some((line) => line.startsWith('-- drop-weird: Drop column shop."Orders"."a b | *c*"')),
    ).toBe(true)
    // Only the statement itself may hold the second line of the name as it is.
    expect(lines.filter((line) => line.startsWith('b | *c*'))).toEqual(['b | *c*";'])
  })

  it('shows every step with its SQL in both', () => {
    const [sql, markdown] = [planSql(examplePlan), planMarkdown(examplePlan)]
    for (const step of examplePlan.stages.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))) {
      expect(sql).toContain(`-- ${step.id}: `)
      expect(markdown).toContain(`### \`${step.id}\``)
      const statements =
        step.kind === 'ddl'
          ? step.sql.filter((one) => typeof one === 'string')
          : step.kind === 'create-index'
            ? [step.sql]
            : []
      for (const one of statements) for (const text of [sql, markdown]) expect(text).toContain(`${one};`)
    }
  })

  it('shows a captured value as the variable of psql that the capture sets', () => {
    const sql = planSql(examplePlan)
    expect(sql).toContain('SELECT value AS capture_shop FROM (')
    expect(sql.indexOf('\\gset')).toBeLessThan(sql.indexOf(`NOT NULL DEFAULT :'capture_shop';`))
    expect(planMarkdown(examplePlan)).toContain(`NOT NULL DEFAULT :'capture_shop';`)
  })

  it('says what the proof said', () => {
    const proved = planMarkdown({
      ...examplePlan,
      proof: {
        verdict: 'proved',
        serverVersion: '15.18',
        rows: [
          { table: 'shop."Orders"', rows: 40 },
          { table: 'shop.states', rows: 2 },
        ],
      },
    })
    expect(planMarkdown(examplePlan)).toContain('Proof: not proved')
    expect(proved).toContain('the same 42 rows (PostgreSQL 15.18)')
  })
})
