import { randomBytes } from 'node:crypto'
import type { TestDatabase } from './database.ts'
import { databaseUrl } from './database.ts'

export interface TestRole {
  readonly name: string
  /** The test's database, as this role. */
  readonly url: string
  /** Hands what it owns to nobody: drop the database first, or let this drop what it owns there. */
  drop(): Promise<void>
}

/** An ordinary role that owns `database` and may do what its owner may, as migrations run in production. */
export async function createOwner(database: TestDatabase): Promise<TestRole> {
  const name = `lockstep_owner_${randomBytes(4).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  const { session } = database
  await session.execute(
    `CREATE ROLE "${name}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '${password}';
     GRANT CREATE, USAGE ON SCHEMA public TO "${name}";`,
  )
  await session.execute(`ALTER DATABASE "${database.name}" OWNER TO "${name}"`)
  return {
    name,
    url: databaseUrl(database.name, { user: name, password }),
    drop: async () => {
      await session.execute(
        `REASSIGN OWNED BY "${name}" TO CURRENT_USER; DROP OWNED BY "${name}" CASCADE; DROP ROLE "${name}"`,
      )
    },
  }
}
