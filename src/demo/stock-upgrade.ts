import { connect, DatabaseError, type Session } from '../database/session.ts'
import type { Migration } from '../model/migration.ts'

/** How an operator runs migrations as they are: without a lock_timeout, or with one; again when one has failed. */
export interface StockPolicy {
  readonly lockTimeoutMs: number | null
  readonly pauseMs: number
  /** Of one migration. */
  readonly attemptsMax: number
}

export interface StockOutcome {
  readonly completed: boolean
  /** `FILE: message` for each attempt that failed. */
  readonly failures: readonly string[]
}

/** As the vendor's runner does: each file as one message, in one transaction unless the file says otherwise. */
export async function stockUpgrade(
  url: string,
  applicationName: string,
  migrations: readonly Migration[],
  policy: StockPolicy,
): Promise<StockOutcome> {
  const connected = await connect(url, { applicationName })
  if (!connected.ok) throw new Error(connected.problems.map(({ message }) => message).join('; '))
  const session = connected.value
  const failures: string[] = []
  try {
    if (policy.lockTimeoutMs !== null) await session.execute(`SET lock_timeout = ${policy.lockTimeoutMs}`)
    let completed = true
    // An operator carries on past a file that will not go in, and comes back to it at night.
    for (const migration of migrations) {
      if (!(await migrate(session, migration, policy, failures))) completed = false
    }
    return { completed, failures }
  } finally {
    await session.close()
  }
}

async function migrate(
  session: Session,
  migration: Migration,
  policy: StockPolicy,
  failures: string[],
): Promise<boolean> {
  for (let attempt = 1; attempt <= policy.attemptsMax; attempt += 1) {
    const failure = await attemptOnce(session, migration)
    if (failure === null) return true
    failures.push(`${migration.version} ${migration.name}: ${failure}`)
    await new Promise((resolve) => setTimeout(resolve, policy.pauseMs))
  }
  return false
}

async function attemptOnce(session: Session, { text, transaction }: Migration): Promise<string | null> {
  try {
    if (transaction === 'file') await session.execute('BEGIN')
    await session.execute(text)
    if (transaction === 'file') await session.execute('COMMIT')
    return null
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    await session.execute('ROLLBACK')
    return error.message
  }
}
