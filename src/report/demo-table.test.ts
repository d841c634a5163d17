import { describe, expect, it } from 'vitest'
import type { DemoReport, DemoRun, LoadFigures } from '../model/demo.ts'
import { demoTable } from './demo-table.ts'

type ByApplication = LoadFigures['byApplication']

function figures(byApplication: ByApplication): LoadFigures {
  return {
    transactions: byApplication.reduce((sum, { transactions }) => sum + transactions, 0),
    failed: byApplication.reduce((sum, { failed }) => sum + failed, 0),
    failures: Object.assign({}, ...byApplication.map(({ failures }) => failures)),
    byApplication,
    slowerThan100Ms: 0,
    latencyMs: { p50: 1, p99: 20, max: 80 },
    byScript: {},
  }
}

function run(name: string, byApplication: ByApplication, more: Partial<DemoRun>): DemoRun {
  return {
    name,
    upgradeMs: 9000,
    upgradeFailures: [],
    completed: true,
    atWork: { oldMs: 12_000, bothMs: null, newMs: null },
    load: figures(byApplication),
    longestWaitOfUpgrade: null,
    longestWaitOfOthers: null,
    rows: [{ table: 'hydra_client', before: 10, after: 11 }],
    invariants: [{ name: 'every client has a public id', held: true, detail: null }],
    ...more,
  }
}

const old: ByApplication[number] = { application: '1.x', transactions: 600, failed: 0, failures: {} }
const deployed: ByApplication[number] = { application: '2.x', transactions: 300, failed: 0, failures: {} }

const to2x: DemoReport = {
  formatVersion: 1,
  serverVersion: '15',
  to: '2.x',
  applications: { old: '1.x', new: '2.x' },
  tokens: 1000,
  transactionsPerSecond: 600,
  runs: [
    run('idle control', [old], { upgradeMs: null }),
    run('stock', [{ ...old, failed: 7, failures: { '42703': 7 } }], {
      completed: false,
      upgradeFailures: ['001 one: contains null values', '001 one: contains null values'],
      invariants: [{ name: 'every client has a public id', held: false, detail: '3 rows' }],
    }),
    run('stock, lock_timeout 500 ms and retry', [old], { completed: false }),
    run('lockstep plan', [old, deployed], { atWork: { oldMs: 10_000, bothMs: 4000, newMs: 3000 } }),
  ],
}

describe('the table of a demonstration with a deploy', () => {
  const table = demoTable(to2x, false)

  it('says which application was at work when, and whose transactions failed', () => {
    expect(table.slice(0, table.indexOf('Rows differ'))).toMatchInlineSnapshot(`
      "PostgreSQL 15, 1000 access tokens, 600 transactions a second

                                     idle control        stock   stock, lock_timeout   lockstep plan
                                                                    500 ms and retry
      upgrade took                              –   9.0 s, not            9.0 s, not           9.0 s
                                                     completed             completed
      migrations failed                         –            2                     0               0
      1.x alone at work                    12.0 s       12.0 s                12.0 s          10.0 s
      1.x and 2.x at work                       –            –                     –           4.0 s
      2.x alone at work                         –            –                     –           3.0 s
      transactions                            600          600                   600             900
      failed transactions                       0            7                     0               0
        of 1.x                           0 of 600     7 of 600              0 of 600        0 of 600
        of 2.x                                  –            –                     –        0 of 300
      slower than 100 ms                        0            0                     0               0
      longest wait for the upgrade      none seen    none seen             none seen       none seen
      longest wait for others           none seen    none seen             none seen       none seen
      latency p50                          1.0 ms       1.0 ms                1.0 ms          1.0 ms
      latency p99                           20 ms        20 ms                 20 ms           20 ms
      latency max                           80 ms        80 ms                 80 ms           80 ms
      rows before                              10           10                    10              10
      rows after                               11           11                    11              11
      invariants held                      1 of 1       0 of 1                1 of 1          1 of 1

      stock: 001 one: contains null values (2 times)
      stock: the 2.x application was not deployed, for the upgrade did not complete
      stock: 7 transactions of 1.x failed with 42703
      stock: broken: every client has a public id (3 rows)
      stock, lock_timeout 500 ms and retry: the 2.x application was not deployed, for the upgrade did not complete
      "
    `)
  })

  it('fits a terminal of 100 columns but for what is quoted', () => {
    const cells = table.slice(0, table.indexOf('stock: '))
    for (const line of cells.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })
})

it('says nothing of applications where there is only one', () => {
  const runs = to2x.runs.slice(0, 2)
  const table = demoTable({ ...to2x, to: '1.x', applications: { old: '1.0', new: null }, runs }, false)
  expect(table).not.toContain('at work')
  expect(table).not.toContain('deployed')
  expect(table).toContain('stock: 7 transactions failed with 42703')
})
