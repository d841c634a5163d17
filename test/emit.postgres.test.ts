/**
 * Plans written out for other runners, run on a server as those runners would: they end where the author's own SQL does.
 * The worked examples with every tool, and the rules' examples, a seeded sample of them (LOCKSTEP_SEED), or all with
 * LOCKSTEP_REPLACEMENTS=all.
 */
import { isDeepStrictEqual } from 'node:util'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { loadRowsSql } from '../src/demo/load-rows.ts'
import { readCatalog } from '../src/database/read-catalog.ts'
import type { Session } from '../src/database/session.ts'
import { emitPlan, emitToolNames, type EmitToolName } from '../src/emit/emit-plan.ts'
import type { Migration, TransactionMode } from '../src/model/migration.ts'
import { plan as planSchema, type Plan } from '../src/model/plan.ts'
import { rules } from '../src/rules/index.ts'
import { readMigrations } from '../src/source/read-migrations.ts'
import { splitPending } from '../src/source/pending.ts'
import { parseScript } from '../src/sql/parse-script.ts'
import { loadParser } from '../src/sql/parser.ts'
import { compareCatalogs } from '../src/verify/catalog-difference.ts'
import { runSources } from '../src/verify/run-sources.ts'
import { packageFolder } from './cli/run-migrate.ts'
import { must } from './execute/run-fixture.ts'
import { differencesOf } from './replacements/check.ts'
import { examplesOf, planExample, runAsAuthor } from './replacements/planned-example.ts'
import { verdictOf } from './replacements/recipe-book.ts'
import { staysChanged } from './replacements/stays-changed.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from './support/database.ts'
import { stateOf, type DatabaseState } from './support/database-state.ts'
import { planOnServer, stepsOf } from './support/plan-scenario.ts'
import { sqlOfExample } from './support/rule-example.ts'
import { comparableRows, numberedColumns, volatileColumns } from './support/volatile-rows.ts'

await loadParser()

const seed = Number(process.env['LOCKSTEP_SEED'] ?? '1')
const sampled = process.env['LOCKSTEP_REPLACEMENTS'] === 'all' ? 1 : 5

/** Read by the layout of the tool itself, in its order and with its transactions. */
function filesFor(tool: EmitToolName, plan: Plan): { up: readonly Migration[]; down: readonly Migration[] } {
  const layout = tool === 'sql' ? 'golang-migrate' : tool
  // psql sends statement by statement.
  const transaction: TransactionMode | null = tool === 'sql' ? 'statement' : null
  const read = must(readMigrations(emitPlan(plan, tool), { layout, transaction }))
  expect(read.passedOver).toEqual([])
  return read
}

async function run(session: Session, migrations: readonly Migration[]): Promise<void> {
  for (const { path, text, transaction } of migrations) {
    const statements = parseScript(text, path).statements.map((one) => one.text)
    const failure = await runSources(session, [{ path, text, transaction, statements }])
    if (failure !== null) throw new Error(failure.message)
  }
}

async function runStock(session: Session, migrations: readonly Migration[]): Promise<void> {
  for (const { text, transaction } of migrations) {
    if (text.split('\n').every((line) => line.trim() === '' || line.startsWith('--'))) continue
    await session.execute(transaction === 'file' ? `BEGIN; ${text}; COMMIT` : text)
  }
}

async function withCopy<T>(template: TestDatabase, use: (session: Session) => Promise<T>): Promise<T> {
  const copy = await createTestDatabase(template.name)
  try {
    return await use(copy.session)
  } finally {
    await copy.drop()
  }
}

/** In words; nothing where both have the same schema and the same rows. */
function unlike(
  plan: Plan,
  end: DatabaseState,
  stock: DatabaseState,
  volatile: ReadonlySet<string>,
): readonly string[] {
  const isDeclared = (object: string): boolean =>
    plan.differences.some((difference) => difference.startsWith(`${object}: `))
  const schema = compareCatalogs(stock.catalog, end.catalog).differences.map(({ object }) => object)
  return [
    ...schema.filter((object) => !isDeclared(object)),
    ...differencesOf([
      {
        what: 'rows',
        found: comparableRows(end.rows, volatile),
        wanted: comparableRows(stock.rows, volatile),
      },
    ]),
  ]
}

const firstRelease = '20190617000200'

const worked = [
  { id: '1.x', folders: ['migrations/1.x'], from: firstRelease },
  { id: '2.x', folders: ['migrations/1.x', 'migrations/2.x'], from: '20220801000300' },
]

describe.each(worked)('plans/$id.json', ({ id, folders, from }) => {
  const plan = planSchema.parse(JSON.parse(readFileSync(join(packageFolder, `plans/${id}.json`), 'utf8')))
  let template: TestDatabase
  let stock: DatabaseState
  let volatile: ReadonlySet<string>

  beforeAll(async () => {
    const files = folders.flatMap((folder) =>
      readdirSync(join(packageFolder, folder))
        .filter((name) => name.endsWith('.sql'))
        .map((name) => ({
          path: `${folder}/${name}`,
          text: readFileSync(join(packageFolder, folder, name), 'utf8'),
        })),
    )
    const { up } = must(readMigrations(files, { layout: 'ory', transaction: null }))
    const { pending } = must(splitPending(up, { through: from }))
    const first = must(splitPending(up, { through: firstRelease }))
    const between = first.pending.filter((one) => !pending.includes(one))
    template = await createTestDatabase()
    await runStock(template.session, first.base)
    for (const statement of loadRowsSql(300)) await template.session.execute(statement)
    await runStock(template.session, between)
    await template.session.close()
    const ends = await Promise.all(
      [1, 2].map(() =>
        withCopy(template, async (session) => {
          await runStock(session, pending)
          return stateOf(session)
        }),
      ),
    )
    const [one, other] = ends
    if (one === undefined || other === undefined) throw new Error('there is no stock end')
    stock = one
    volatile = volatileColumns(one.rows, other.rows)
  })
  afterAll(async () => {
    await template.drop()
  })

  it.each(emitToolNames)('as files of %s ends where the migrations end', async (tool) => {
    const end = await withCopy(template, async (session) => {
      await run(session, filesFor(tool, plan).up)
      return stateOf(session)
    })
    expect(unlike(plan, end, stock, volatile)).toEqual([])
  })
})

describe('batches', () => {
  it('that fail on the way go on when their file is run again, and change no row twice', async () => {
    const database = await createTestDatabase()
    try {
      const { session } = database
      await session.execute(
        `CREATE TABLE counted (a bigint PRIMARY KEY, n integer NOT NULL); INSERT INTO counted SELECT i, 0 FROM generate_series(1, 3500) AS i`,
      )
      const plan = must(await planOnServer(session, 'UPDATE counted SET n = 1 WHERE n = 0;'))
      const [ground, ...more] = filesFor('goose', plan).up
      if (ground === undefined) throw new Error('there are no files')
      await run(session, [ground])
      const other = await mustConnect(database.url)
      await other.execute('BEGIN; UPDATE counted SET n = 5 WHERE a = 3100')
      await expect(run(session, more)).rejects.toThrow('lock timeout')
      const done = await session.query<{ n: number }>('SELECT count(*)::int AS n FROM counted WHERE n = 1')
      expect(done[0]?.n).toBeGreaterThan(1000)
      expect(done[0]?.n).toBeLessThan(3500)
      // A row that has been met already is not met again.
      await other.execute('COMMIT; UPDATE counted SET n = 0 WHERE a = 1')
      await other.close()
      await run(session, more)
      const end = await session.query<{ n: number; rows: number }>(
        'SELECT n, count(*)::int AS rows FROM counted GROUP BY n ORDER BY n',
      )
      expect(end).toEqual([
        { n: 0, rows: 1 },
        { n: 1, rows: 3498 },
        { n: 5, rows: 1 },
      ])
    } finally {
      await database.drop()
    }
  })

  it('go by pages where there is no key', async () => {
    const database = await createTestDatabase()
    try {
      const { session } = database
      await session.execute(
        'CREATE TABLE counted (n integer); INSERT INTO counted SELECT i FROM generate_series(1, 30000) AS i',
      )
      const plan = must(
        await planOnServer(
          session,
          'ALTER TABLE counted ADD COLUMN at timestamptz DEFAULT clock_timestamp();',
        ),
      )
      expect(stepsOf(plan).flatMap((step) => (step.kind === 'in-batches' ? [step.key] : []))).toEqual([[]])
      await run(session, filesFor('golang-migrate', plan).up)
      const [found] = await session.query<{ empty: number; batches: number }>(
        'SELECT (count(*) FILTER (WHERE at IS NULL))::int AS empty, count(DISTINCT xmin::text)::int AS batches FROM counted',
      )
      expect(found?.empty).toBe(0)
      expect(found?.batches).toBeGreaterThan(5)
    } finally {
      await database.drop()
    }
  })
})

const examples = examplesOf(rules)
  .filter((example) => {
    const { refused, superuser } = example.rule.examples
    if (refused !== undefined || superuser !== undefined) return false
    return verdictOf(example, inject('serverMajor')).kind === 'planned'
  })
  .map((one, at) => ({
    one,
    at,
    id: one.rule.id,
    number: one.number,
    tool: emitToolNames[at % emitToolNames.length] ?? 'sql',
    sql: sqlOfExample(one.example),
  }))
  .filter(({ at }) => (at + seed) % sampled === 0)

describe('examples of the rules', () => {
  it.concurrent.each(examples)('$id $number, as files of $tool: $sql', async ({ one, tool }) => {
    const template = await createTestDatabase()
    try {
      await template.session.execute(one.rule.examples.setup)
      const base = await readCatalog(template.session)
      const before = await stateOf(template.session)
      await template.session.close()
      const made = planExample(one, base, inject('serverMajor'))
      // The server knows of rows, and of what else a plan is refused for.
      if (!made.ok) return
      const plan = made.value
      const author = () =>
        withCopy(template, async (session) =>
          (await runAsAuthor(session, one)) === null ? await stateOf(session) : null,
        )
      const stock = await author()
      const { up, down } = filesFor(tool, plan)
      const isBound = stepsOf(plan).some(({ undo }) => undo.kind === 'never')
      const isClean = !isBound && !staysChanged(stepsOf(plan))
      const { end, left } = await withCopy(template, async (session) => {
        await run(session, up)
        const end = await stateOf(session)
        if (!isClean) return { end, left: null }
        await run(session, down)
        return { end, left: await stateOf(session) }
      })
      const isSame = stock === null || isDeepStrictEqual(end.rows, stock.rows)
      const again = isSame ? null : await author()
      const volatile = new Set([
        ...(stock === null || again === null ? [] : volatileColumns(stock.rows, again.rows)),
        ...(stock === null || isSame ? [] : numberedColumns(before.catalog, stock.catalog)),
      ])
      expect({
        end: stock === null ? [] : unlike(plan, end, stock, volatile),
        left: left === null ? [] : compareCatalogs(before.catalog, left.catalog).differences,
      }).toEqual({ end: [], left: [] })
    } finally {
      await template.drop()
    }
  })
})
