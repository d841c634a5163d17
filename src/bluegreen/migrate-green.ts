/** Migrations on green, each once, also when a run of them is killed. */
import type { Session } from '../database/session.ts'
import { DatabaseError } from '../database/database-error.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { failureOf, runSources, type SourceSql } from '../verify/run-sources.ts'
import { ourSchema } from './names.ts'
import { step, type Pair } from './pair.ts'

export interface GreenMigration extends SourceSql {
  readonly version: string
  /** A row by which the runner's own history knows it; null: it is not known how. Written where the table is there. */
  readonly history: {
    readonly table: string
    readonly row: readonly { readonly column: string; readonly value: string }[]
  } | null
}

/**
 * One that is a transaction is written down in it. Another one is written down before and after: found between, it is
 * `migration-in-doubt`, and a person must look, unless `again` names it. Problems also: `migration-failed`.
 */
export async function runMigrations(
  pair: Pair,
  migrations: readonly GreenMigration[],
  again: string | null,
): Promise<Result<number>> {
  const done = await pair.green.query<{ version: string; state: string }>(
    `SELECT version, state FROM ${ourSchema}.migration`,
  )
  let ran = 0
  for (const migration of migrations) {
    const found = done.find(({ version }) => version === migration.version)
    if (found?.state === 'done') continue
    if (found !== undefined && again !== migration.version) return inDoubt(migration)
    const failed = await step(pair, `migration ${migration.version}`, () => runOne(pair.green, migration))
    if (failed !== null) {
      return fail(
        'migration-failed',
        failed,
        'Green is unharmed elsewhere: mend it, and run the command again.',
      )
    }
    ran += 1
  }
  return succeed(ran)
}

function inDoubt({ version, path }: GreenMigration): Result<number> {
  return fail(
    'migration-in-doubt',
    `${path} does not run in a transaction, and was cut off: what of it has been done is not known.`,
    `Look at green. If it can be run once more: --again ${version}. Else set its state to done in ${ourSchema}.migration there.`,
  )
}

/** Null: it ran. */
async function runOne(green: Session, migration: GreenMigration): Promise<string | null> {
  await green.execute('RESET ALL; SET session_replication_role = origin')
  return migration.transaction === 'file' || migration.statements.length === 0
    ? inOne(green, migration)
    : inSeveral(green, migration)
}

async function inOne(green: Session, migration: GreenMigration): Promise<string | null> {
  await green.execute('BEGIN')
  let at = 0
  try {
    for (const statement of migration.statements) {
      const found = migration.text.indexOf(statement, at)
      at = found === -1 ? at : found
      await green.execute(statement)
      at += statement.length
    }
    await green.execute(await recordSql(green, migration))
    await green.execute('COMMIT')
    return null
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    await green.execute('ROLLBACK')
    return failureOf(migration, at, error).message
  }
}

async function inSeveral(green: Session, migration: GreenMigration): Promise<string | null> {
  await green.execute(`INSERT INTO ${ourSchema}.migration (version, path, state)
    VALUES (${quoteLiteral(migration.version)}, ${quoteLiteral(migration.path)}, 'running') ON CONFLICT DO NOTHING`)
  const failure = await runSources(green, [migration])
  if (failure !== null) return failure.message
  await green.execute(`BEGIN; ${await recordSql(green, migration)} COMMIT`)
  return null
}

async function recordSql(green: Session, { version, path, history }: GreenMigration): Promise<string> {
  const ours = `INSERT INTO ${ourSchema}.migration (version, path, state) VALUES (${quoteLiteral(version)}, ${quoteLiteral(path)}, 'done')
    ON CONFLICT (version) DO UPDATE SET state = 'done';`
  if (history === null) return ours
  const [there] = await green.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    history.table,
  ])
  if (there?.there !== true) return ours
  const columns = history.row.map(({ column }) => quoteIdentifier(column)).join(', ')
  const values = history.row.map(({ value }) => quoteLiteral(value)).join(', ')
  return `${ours} INSERT INTO ${history.table} (${columns}) VALUES (${values}) ON CONFLICT DO NOTHING;`
}
