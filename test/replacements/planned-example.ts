/** A rule's example as a person would meet it: a file, planned on the database that it is for. */
import { createHash } from 'node:crypto'
import { catalogOf, snapshotOf } from '../../src/catalog/replay.ts'
import { DatabaseError, type Session } from '../../src/database/session.ts'
import type { CatalogSnapshot } from '../../src/model/catalog.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Result } from '../../src/model/problem.ts'
import type { Action } from '../../src/model/statement.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import type { Example, Rule } from '../../src/rules/define-rule.ts'
import { parseScript, type Script } from '../../src/sql/parse-script.ts'
import type { SourceSql } from '../../src/verify/run-sources.ts'
import { runSources } from '../../src/verify/run-sources.ts'
import { catalogOfSetup, onlyServer, sqlOfExample, transactionOf } from '../support/rule-example.ts'

export interface PlannedExample {
  readonly rule: Rule
  readonly number: number
  readonly example: Example
}

export function examplesOf(rules: readonly Rule[]): readonly PlannedExample[] {
  return rules.flatMap((rule) =>
    rule.examples.unsafe.map((example, at) => ({ rule, number: at + 1, example })),
  )
}

function scriptOf({ rule, number, example }: PlannedExample): Script {
  return parseScript(sqlOfExample(example), `${rule.id}/${number}.sql`)
}

export function actionsOf(example: PlannedExample): readonly Action[] {
  return scriptOf(example).statements.flatMap(({ actions }) => actions)
}

export function planExample(one: PlannedExample, base: CatalogSnapshot, major: number): Result<Plan> {
  const { rule, number, example } = one
  const script = scriptOf(one)
  const version = String(number).padStart(3, '0')
  return makePlan({
    id: `${rule.id}-${number}`,
    pending: [
      {
        migration: {
          version,
          name: rule.id,
          direction: 'up',
          path: script.path,
          layout: 'plain',
          text: script.text,
          sha256: createHash('sha256').update(script.text).digest('hex'),
          transaction: transactionOf(example),
        },
        script,
        history: null,
      },
    ],
    catalog: catalogOf(base),
    base: { from: 'database', versions: [] },
    server: { major, stallBudgetMs: 200 },
    invariants: [],
  })
}

export function sourceOf(one: PlannedExample): SourceSql {
  const script = scriptOf(one)
  return {
    path: script.path,
    text: script.text,
    // What the server refuses in a transaction is meant to run without one.
    transaction: one.rule.examples.refused === undefined ? transactionOf(one.example) : 'statement',
    statements: script.statements.map(({ text }) => text),
  }
}

/** As the author's own runner would. Null: it ran; else what the server said. */
export async function runAsAuthor(session: Session, one: PlannedExample): Promise<string | null> {
  const failure = await runSources(session, [sourceOf(one)])
  return failure === null ? null : failure.message
}

export async function attempt(body: () => Promise<unknown>): Promise<DatabaseError | null> {
  try {
    await body()
    return null
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    return error
  }
}

/** The base as `planExample` wants it, without a server. */
export function offlineCatalog({ rule }: PlannedExample, major: number): CatalogSnapshot {
  return snapshotOf(catalogOfSetup(rule, onlyServer(major)))
}
