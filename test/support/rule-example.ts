import { catalogOf, emptyCatalog, snapshotOf, startBatch } from '../../src/catalog/replay.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { walk } from '../../src/effects/walk.ts'
import type { CatalogSnapshot } from '../../src/model/catalog.ts'
import type { TransactionMode } from '../../src/model/migration.ts'
import { detectInFile, type DetectedFile } from '../../src/rules/detect.ts'
import type { Example, LiveState, Rule } from '../../src/rules/define-rule.ts'
import { rules } from '../../src/rules/index.ts'
import { parseScript, type Script } from '../../src/sql/parse-script.ts'

export interface ServerVersion {
  readonly min: number
  readonly max: number
}

export const anyServer: ServerVersion = { min: 14, max: 18 }

export function onlyServer(major: number): ServerVersion {
  return { min: major, max: major }
}

export function sqlOfExample(example: Example): string {
  return typeof example === 'string' ? example : example.sql
}

export function transactionOf(example: Example): TransactionMode {
  return typeof example === 'string' ? 'file' : example.transaction
}

/** The database that a rule's examples meet: its tables are old. */
export function catalogOfSetup(rule: Rule, serverVersion: ServerVersion): Catalog {
  const setup = understood(rule.examples.setup, `${rule.id}/setup.sql`)
  const nothing = emptyCatalog({ complete: true, searchPath: ['public'] })
  const options = { transaction: 'statement', catalog: nothing, serverVersion } as const
  const { catalog } = walk(setup.statements, options)
  const { live } = rule.examples
  return startBatch(live === undefined ? catalog : catalogOf(inState(snapshotOf(catalog), live)))
}

/** As the snapshot of a server in that state. */
function inState(snapshot: CatalogSnapshot, { server, invalidIndexes }: LiveState): CatalogSnapshot {
  const nothing = { versionNum: 180_000, pendingDetaches: [], published: [], publishedAll: [] }
  return {
    ...snapshot,
    server: { ...nothing, ...server },
    tables: snapshot.tables.map((table) => ({
      ...table,
      indexes: table.indexes.map((index) => ({ ...index, valid: !invalidIndexes.includes(index.name) })),
    })),
  }
}

export interface JudgedExample extends DetectedFile {
  readonly script: Script
}

export function judgeExample(rule: Rule, example: Example, serverVersion: ServerVersion): JudgedExample {
  const script = understood(sqlOfExample(example), `${rule.id}/example.sql`)
  const catalog = catalogOfSetup(rule, serverVersion)
  const transaction = transactionOf(example)
  return { script, ...detectInFile(script, { transaction, catalog, serverVersion, rules }) }
}

function understood(text: string, path: string): Script {
  const script = parseScript(text, path)
  if (script.problems.length > 0) throw new Error(`${path}: ${script.problems[0]?.message}`)
  return script
}
