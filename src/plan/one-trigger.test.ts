import { sqlOfStep } from '../model/step-sql.ts'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { columnObject, touching } from '../rules/steps/objects.ts'
import { syncStep } from '../rules/steps/sync-steps.ts'
import { loadParser } from '../sql/parser.ts'
import type { Draft } from './draft.ts'
import { withOneTrigger } from './one-trigger.ts'
import { arrange } from './order.ts'

beforeAll(loadParser)

const tables = ['t', 'u'].map((name) => ({ schema: 'public', name }))

/** A column that is filled while the old application is there: set up in expand, taken away in contract. */
function filled(at: number, column: string, group: number): readonly Draft[] {
  const table = tables[at % tables.length] ?? { schema: 'public', name: 't' }
  const piece = { kind: 'fill', column, value: String(group) } as const
  const made = columnObject(table, column)
  const common = { title: column, before: [], after: [], slug: column }
  const change = { table, searchPath: ['public'], ownSql: [], ownUndo: [] }
  const begin = syncStep(
    {
      ...common,
      phase: 'expand',
      touches: touching({ creates: [made] }),
      change: { ...change, removes: [], adds: [piece] },
    },
    [],
  )
  const end = syncStep(
    {
      ...common,
      phase: 'contract',
      touches: touching({ changes: [made] }),
      change: { ...change, removes: [column], adds: [] },
    },
    [piece],
  )
  return [begin, end].map((sketch) => ({
    step: { ...sketch, locks: [], undo: { kind: 'nothing', because: '' } },
    rule: null,
    source: { path: '1.sql', line: 1, column: 1 },
    phase: sketch.phase,
    touches: sketch.touches,
    group,
    unnoticed: false,
  }))
}

const plans = fc
  .array(fc.nat(1), { minLength: 1, maxLength: 8 })
  .map((places) => places.flatMap((at, group) => filled(at, `c${group}`, group)))

it('makes each trigger once, keeps it for as long as somebody needs it, and takes it away once', () => {
  fc.assert(
    fc.property(plans, (drafts) => {
      const sql = withOneTrigger(arrange(drafts))
        .flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
        .flatMap(({ step }) => sqlOfStep(step))
      for (const table of ['t', 'u']) {
        const used = drafts.some(({ touches }) =>
          [...touches.creates, ...touches.changes].some((object) =>
            object.startsWith(`column public.${table}.`),
          ),
        )
        const about = sql.filter((one) => one.includes(` ON public.${table}`) && one.includes('TRIGGER'))
        const kinds = about.map((one) => one.slice(0, one.indexOf(' ')))
        expect(kinds).toEqual(used ? ['CREATE', 'DROP'] : [])
      }
    }),
  )
})

it('writes the function anew at each step, for the columns that are alive by then and no other', () => {
  fc.assert(
    fc.property(plans, (drafts) => {
      const alive = new Set<string>()
      const steps = withOneTrigger(arrange(drafts)).flatMap(({ phases }) =>
        phases.flatMap((one) => one.steps),
      )
      for (const { step } of steps) {
        if (step.kind !== 'ddl' || step.sync === undefined) continue
        const { table, adds, removes } = step.sync
        for (const { column } of adds) alive.add(`${table.name} ${column}`)
        for (const column of removes) alive.delete(`${table.name} ${column}`)
        const wanted = [...alive].filter((one) => one.startsWith(`${table.name} `)).sort()
        const body = step.sql.find((one) => one.startsWith('CREATE OR REPLACE FUNCTION')) ?? ''
        const written = [...Array(8).keys()]
          .map((n) => `c${n}`)
          .filter((one) => body.includes(`NEW.${one} :=`))
        expect(written.map((column) => `${table.name} ${column}`)).toEqual(wanted)
      }
    }),
  )
})

it('sets up in one step what is set up side by side', () => {
  const drafts = [0, 0, 0].flatMap((at, group) => filled(at, `c${group}`, group))
  const [stage] = withOneTrigger(arrange(drafts))
  const [expand] = stage?.phases ?? []
  expect(expand?.steps).toHaveLength(1)
})
