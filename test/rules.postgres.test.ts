/**
 * Every rule of the registry on a real server, by its own unsafe examples: what the effect model claims of them must show
 * in pg_locks, in the files of the tables and in their scan counters; and the steps that take their place must end in the
 * same schema and the same rows, take the locks that they declare, and find the way back.
 */
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { DatabaseError, type Session } from '../src/database/session.ts'
import type { JudgedAction } from '../src/effects/walk.ts'
import type { Lock } from '../src/model/effect.ts'
import type { DraftStep } from '../src/model/plan.ts'
import { blocksWrites } from '../src/postgres/lock-mode.ts'
import type { Example, Rule } from '../src/rules/define-rule.ts'
import { rules } from '../src/rules/index.ts'
import { strongest } from '../src/rules/strongest-locks.ts'
import { loadParser } from '../src/sql/parser.ts'
import { compareCatalogs } from '../src/verify/catalog-difference.ts'
import { createTestDatabase, databaseUrl, mustConnect, type TestDatabase } from './support/database.ts'
import { stateOf, type DatabaseState } from './support/database-state.ts'
import { measure, relationsOf, type Measurement, type Relation } from './support/measure-statement.ts'
import { createOwner, type TestRole } from './support/role.ts'
import {
  judgeExample,
  onlyServer,
  sqlOfExample,
  transactionOf,
  type JudgedExample,
} from './support/rule-example.ts'
import { makeSuperuserObjects } from './support/superuser-objects.ts'
import { inPhases, runStep, undoStep } from './support/run-steps.ts'
import { comparableRows, numberedColumns, volatileColumns } from './support/volatile-rows.ts'

let major = 0

beforeAll(async () => {
  await loadParser()
  const session = await mustConnect(inject('serverUrl'))
  major = Math.floor(session.serverVersionNum / 10_000)
  await session.close()
})

describe.each(rules.map((rule) => ({ id: rule.id, rule })))('$id', ({ rule }) => {
  let template: TestDatabase
  let owner: TestRole
  let before: DatabaseState
  let dropObjects: () => Promise<void>

  beforeAll(async () => {
    template = await createTestDatabase()
    owner = await createOwner(template)
    // Where a plan runs, the journal has made it.
    await template.session.execute(`CREATE SCHEMA lockstep AUTHORIZATION "${owner.name}"`)
    dropObjects = await makeSuperuserObjects(rule, template)
    // The tables belong to a role without superuser rights, who runs everything that follows.
    const session = await mustConnect(owner.url)
    await session.execute(rule.examples.setup)
    for (const sql of rule.examples.live?.sql ?? []) await template.session.execute(sql)
    before = await stateOf(session)
    await session.close()
    await template.session.close()
    // Another test may have what only one can have.
  }, 600_000)

  afterAll(async () => {
    await template.drop()
    await dropObjects()
  })

  const examples = rule.examples.unsafe.map((example, index) => ({
    number: index + 1,
    sql: sqlOfExample(example),
    example,
  }))
  const { refused } = rule.examples

  const { live } = rule.examples
  it.runIf(live !== undefined)('reads from the server what the examples meet', () => {
    const { versionNum: _, ...server } = live?.server ?? {}
    expect(before.catalog.server).toMatchObject(server)
    const indexes = before.catalog.tables.flatMap((table) => table.indexes)
    const invalid = indexes.filter(({ valid }) => !valid).map(({ name }) => name)
    expect(invalid).toEqual(live?.invalidIndexes)
  })

  const measured =
    refused === undefined ? 'does on the server what the model says' : `is refused with ${refused}`
  it.for(examples)(`unsafe $number ${measured}: $sql`, async ({ example }, { skip }) => {
    skip(!isFor(rule, major), 'for servers of another major')
    const judged = judgeExample(rule, example, onlyServer(major))
    const shown = await withCopy<readonly string[] | string | null>(template, owner, (session) =>
      refused === undefined ? claimsNotShown(session, judged) : refusalOf(session, example, judged),
    )
    expect(shown).toEqual(refused ?? [])
  })

  it.for(examples)('unsafe $number, replaced, ends the same: $sql', async ({ example }, { skip }) => {
    skip(!isFor(rule, major), 'for servers of another major')
    const judged = judgeExample(rule, example, onlyServer(major))
    const found = stepsFor(judged)
    // No rule replaces anything in it, or one says why it cannot: test/rules.test.ts holds it to its words.
    if (found === null) return
    const { steps, differences } = found
    const runStock = () => withCopy(template, owner, (session) => stockEnd(session, example, judged))
    const stock = refused === undefined ? await runStock() : null
    const replaced = await withCopy(template, owner, (session) => replacedEnd(session, steps))
    expect(replaced.undeclared).toEqual([])
    // Once more, where rows are not the same: to see which columns differ from run to run by themselves.
    const changing =
      stock === null || isDeepStrictEqual(stock.rows, replaced.end.rows)
        ? new Set<string>()
        : new Set([
            ...volatileColumns(stock.rows, (await runStock()).rows),
            ...numberedColumns(before.catalog, stock.catalog),
          ])
    const wanted = stock ?? replaced.end
    expect(comparableRows(replaced.end.rows, changing)).toEqual(comparableRows(wanted.rows, changing))
    expect(schemaBeside(differences, replaced.end, wanted)).toEqual(schemaBeside(differences, wanted, wanted))
    expect(replaced.undone ?? before).toEqual(before)
  })
})

function isFor({ examples: { majors = {} } }: Rule, major: number): boolean {
  return major >= (majors.min ?? 14) && major <= (majors.max ?? 18)
}

/** All of it; or, where the replacement says what differs, that and nothing else. */
function schemaBeside(differences: readonly string[], state: DatabaseState, wanted: DatabaseState): unknown {
  if (differences.length === 0) return { catalog: state.catalog, described: state.described }
  const found =
    state === wanted
      ? differences.map((difference) => difference.slice(0, difference.indexOf(': ')))
      : compareCatalogs(wanted.catalog, state.catalog).differences.map(({ object }) => object)
  return [...found].sort(compareText)
}

function compareText(one: string, other: string): number {
  return Number(one > other) - Number(one < other)
}

async function stockEnd(session: Session, example: Example, judged: JudgedExample): Promise<DatabaseState> {
  await runOriginal(session, example, judged)
  return stateOf(session)
}

/** `undone`: what is left when every step has been undone; null where one says that something stays. */
async function replacedEnd(
  session: Session,
  steps: readonly DraftStep[],
): Promise<{
  readonly undeclared: readonly string[]
  readonly end: DatabaseState
  readonly undone: DatabaseState | null
}> {
  const undeclared: string[] = []
  for (const step of steps) {
    const before = await relationsOf(session)
    await runStep(session, step, async (one) => {
      undeclared.push(...(await undeclaredLocks(session, one, before)))
    })
  }
  const end = await stateOf(session)
  if (staysChanged(steps)) return { undeclared, end, undone: null }
  for (const step of [...steps].reverse()) {
    if (!(await undoStep(session, step.undo))) return { undeclared, end, undone: null }
  }
  return { undeclared, end, undone: await stateOf(session) }
}

/**
 * A step whose undo is nothing may leave something changed that was there before: a validated constraint. Batches without
 * an undo of their own fill a column that goes with the undo of another step.
 */
function staysChanged(steps: readonly DraftStep[]): boolean {
  const created = new Set(steps.flatMap(({ touches }) => touches.creates))
  return steps.some(
    ({ kind, undo, touches }) =>
      undo.kind === 'nothing' &&
      kind !== 'in-batches' &&
      touches.changes.some((object) => !created.has(object)),
  )
}

async function withCopy<T>(
  template: TestDatabase,
  owner: TestRole,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const copy = await createTestDatabase(template.name)
  try {
    // A copy belongs to whoever made it.
    await copy.session.execute(`ALTER DATABASE "${copy.name}" OWNER TO "${owner.name}"`)
    const { username, password } = new URL(owner.url)
    const url = databaseUrl(copy.name, {
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    })
    const session = await mustConnect(url)
    try {
      return await use(session)
    } finally {
      await session.close()
    }
  } finally {
    await copy.drop()
  }
}

/** As its runner would: one transaction around the file, or none. */
async function runOriginal(session: Session, example: Example, { script }: JudgedExample): Promise<void> {
  if (transactionOf(example) === 'file') await session.execute('BEGIN')
  for (const { text } of script.statements) await session.execute(text)
  // A file that has committed by itself is told so with a warning.
  if (transactionOf(example) === 'file') await session.execute('COMMIT')
}

async function refusalOf(session: Session, example: Example, judged: JudgedExample): Promise<string | null> {
  try {
    await runOriginal(session, example, judged)
    return null
  } catch (error) {
    if (error instanceof DatabaseError) return error.sqlstate
    throw error
  }
}

/** Runs each statement in a transaction, and says where what the server shows is not what the model claims. */
async function claimsNotShown(
  session: Session,
  { script, judged }: JudgedExample,
): Promise<readonly string[]> {
  const differences: string[] = []
  let transaction: number | null = null
  let before: readonly Relation[] = []
  let claimed: JudgedAction[] = []
  for (const statement of script.statements) {
    const actions = judged.filter((one) => one.statement === statement)
    const isConcurrent = statement.actions.some((action) => 'concurrently' in action && action.concurrently)
    const isAlone = isConcurrent || statement.actions.some(isOutsideTransactions)
    if (statement.actions.some(({ kind }) => kind === 'transaction') || isAlone) {
      if (transaction !== null) await session.execute('COMMIT')
      transaction = null
      if (isAlone) differences.push(...(await rewritesNotShown(session, statement.text, actions)))
      continue
    }
    const number = actions[0]?.transaction.number ?? 0
    if (transaction !== number) {
      if (transaction !== null) await session.execute('COMMIT')
      transaction = number
      before = await relationsOf(session)
      claimed = []
      await session.execute('BEGIN')
    }
    await session.execute(statement.text)
    claimed.push(...actions)
    const found = differencesBetween(claimed, await measure(session, before), before)
    differences.push(...found.map((difference) => `${statement.text}: ${difference}`))
  }
  if (transaction !== null) await session.execute('COMMIT')
  return differences
}

/** Refused in a transaction block: https://www.postgresql.org/docs/current/sql-vacuum.html. */
function isOutsideTransactions(action: JudgedAction['action']): boolean {
  if (action.kind === 'alter-table') return action.subcommand === 'DETACH PARTITION CONCURRENTLY'
  return action.kind === 'other' && action.tag === 'VACUUM'
}

/** Runs a statement that can be in no transaction: its locks are gone when it is done, the new files of tables stay. */
async function rewritesNotShown(
  session: Session,
  sql: string,
  judged: readonly JudgedAction[],
): Promise<readonly string[]> {
  const before = await relationsOf(session)
  await session.execute(sql)
  const after = new Map((await relationsOf(session)).map(({ name, filenode }) => [name, filenode]))
  const claimed = judged.flatMap(({ effect }) => effect.rewrites)
  return before.flatMap(({ name, kind, filenode }) => {
    const isRewritten = after.has(name) && after.get(name) !== filenode
    if (kind !== 'r' || isRewritten === claimed.includes(name)) return []
    return [`${sql}: rewrite ${isRewritten ? 'shown, not claimed' : 'claimed, not shown'}: ${name}`]
  })
}

/** What is claimed must show, and what shows of strong locks, rewrites and scans must have been claimed. */
function differencesBetween(
  claimed: readonly JudgedAction[],
  shown: Measurement,
  before: readonly Relation[],
): readonly string[] {
  const effects = claimed.map(({ effect }) => effect)
  const known = new Map(before.map((relation) => [relation.name, relation]))
  const isOldTable = (name: string) => isTable(known.get(name))
  // A partitioned table has no rows of its own: they are its partitions'.
  const filesOf = (names: readonly string[]) =>
    before.filter(
      ({ name, kind, parent }) => kind === 'r' && (names.includes(name) || names.includes(parent ?? '')),
    )
  const tables = (names: readonly string[]) => filesOf(names).map(({ name }) => name)

  const locks = strongest(effects.flatMap((effect) => effect.locks)).filter(({ relation }) =>
    known.has(relation),
  )
  const strong = shown.locks.filter(({ relation, mode }) => blocksWrites(mode) && isOldTable(relation))
  const rewrites = tables(effects.flatMap((effect) => effect.rewrites))
  // TRUNCATE gives a new file too, without a row to write.
  const truncated = claimed.filter(({ action }) => action.kind === 'truncate')
  const emptied = tables(truncated.flatMap(({ effect }) => effect.locks.map(({ relation }) => relation)))
  // SET TABLESPACE copies the file block by block, and reads no row.
  const reading = claimed.flatMap(({ action, effect }) =>
    action.kind === 'alter-table' && action.subcommand === 'SET TABLESPACE' ? [] : [effect],
  )
  const reads = tables(reading.flatMap(({ scans, builds, rewrites }) => [...scans, ...builds, ...rewrites]))
  const changes = tables(effects.flatMap((effect) => effect.changesRows))
  // Rows that are changed, or that decide which ones are, may be found by an index: a scan of them is the worst case.
  const isData = claimed.some(({ action }) => dataKinds.has(action.kind))
  return [
    ...missing('claimed, not shown', spelledLocks(locks), spelledLocks(shown.locks)),
    ...missing('shown, not claimed', spelledLocks(strong), spelledLocks(locks)),
    ...missing('rewrite claimed, not shown', rewrites, shown.rewritten),
    ...missing('rewrite shown, not claimed', shown.rewritten.filter(isOldTable), [...rewrites, ...emptied]),
    ...(isData ? [] : missing('scan claimed, not shown', reads, shown.scanned)),
    ...(isData ? [] : missing('scan shown, not claimed', shown.scanned.filter(isOldTable), reads)),
    ...missing('change of rows claimed, not shown', changes, shown.changed),
  ]
}

const dataKinds: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'select'])

function spelledLocks(locks: readonly Lock[]): readonly string[] {
  return locks.map(({ relation, mode }) => `${mode} on ${relation}`)
}

function missing(what: string, wanted: readonly string[], there: readonly string[]): readonly string[] {
  return wanted.filter((one) => !there.includes(one)).map((one) => `${what}: ${one}`)
}

function isTable(relation: Relation | undefined): boolean {
  return relation?.kind === 'r' || relation?.kind === 'p'
}

/** The steps for a whole file, as the planner puts them together; null: none replaces anything, or one cannot. */
function stepsFor({ judged, detections }: JudgedExample): {
  readonly steps: readonly DraftStep[]
  readonly differences: readonly string[]
} | null {
  const differences: string[] = []
  const taken = new Map<number, readonly DraftStep[]>()
  const byClaims = [...detections].sort((one, other) => other.claims.length - one.claims.length)
  for (const { claims, replace } of byClaims) {
    if (replace === null || claims.some((claim) => taken.has(claim))) continue
    const replacement = replace()
    if ('cannot' in replacement) return null
    for (const claim of claims) taken.set(claim, [])
    taken.set(claims[0], replacement.steps)
    differences.push(...(replacement.differences ?? []))
  }
  if (taken.size === 0) return null
  const steps = judged.flatMap(({ action }, position) => taken.get(position) ?? native(action))
  return { steps: inPhases(steps), differences }
}

/** What no rule replaces, as it stands; a column goes behind the gate, as in a plan. */
function native(action: JudgedAction['action']): readonly DraftStep[] {
  if (action.kind === 'transaction' || action.kind === 'set') return []
  return [
    {
      kind: 'ddl',
      slug: 'native',
      phase: action.kind === 'drop-column' ? 'contract' : 'expand',
      title: 'The author’s own statement',
      sql: [action.sql],
      touches: { creates: [], reads: [], changes: [], drops: [] },
      locks: [],
      before: [],
      after: [],
      undo: { kind: 'never', because: 'the planner’s native step knows the way back, this test does not' },
      lockTimeoutMs: 50,
      statementTimeoutMs: 5000,
    },
  ]
}

/**
 * The locks that a step holds just before its commit are those that it declares, and no strong one more. `relations`: by
 * the names that it found.
 */
async function undeclaredLocks(
  session: Session,
  step: DraftStep,
  relations: readonly Relation[],
): Promise<readonly string[]> {
  if (step.slug === 'native') return []
  const shown = (await measure(session, relations)).locks
  const there = new Set(relations.map(({ name }) => name))
  const declared = step.locks.filter(({ relation }) => there.has(relation))
  const tables = new Set(relations.filter(isTable).map(({ name }) => name))
  const strong = shown.filter(({ relation, mode }) => blocksWrites(mode) && tables.has(relation))
  return [
    ...missing(`${step.title}: declared, not shown`, spelledLocks(declared), spelledLocks(shown)),
    ...missing(`${step.title}: shown, not declared`, spelledLocks(strong), spelledLocks(declared)),
  ]
}
