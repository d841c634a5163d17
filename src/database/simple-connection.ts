/**
 * A connection on which only the simple protocol is spoken: to a walsender, or to the console of pgbouncer, neither of
 * which takes parameters or the settings of a session.
 */
import postgres from 'postgres'
import type { Result } from '../model/problem.ts'
import { succeed } from '../model/problem.ts'
import { connectionProblem } from './connection-problem.ts'
import { parseConnectionUrl } from './connection-target.ts'
import { databaseErrorOf } from './database-error.ts'
import { openSocket } from './socket.ts'

export interface SimpleConnection {
  /** One command; rows as the server prints them. Rejects with `DatabaseError`. */
  run(text: string): Promise<readonly Readonly<Record<string, string | null>>[]>
  close(): Promise<void>
}

const protocol = { prepare: false, simple: true }
const connectTimeoutMs = 10_000

/** `startup`: what is asked for beside the URL's own settings (`replication: 'database'`). */
export async function openSimpleConnection(
  url: string,
  startup: Readonly<Record<string, string>>,
): Promise<Result<SimpleConnection>> {
  const parsed = parseConnectionUrl(url)
  if (!parsed.ok) return parsed
  const target = parsed.value
  try {
    const socket = await openSocket(target, connectTimeoutMs)
    const options = {
      host: target.host,
      port: target.port,
      database: target.database,
      username: target.user,
      password: () => target.password,
      max: 1,
      ssl: false,
      fetch_types: false,
      prepare: false,
      idle_timeout: 0,
      max_lifetime: null,
      keep_alive: null,
      backoff: false,
      onnotice: () => undefined,
      connection: { ...target.settings, ...startup },
      socket: () => socket,
    }
    const sql = postgres(options)
    return succeed({
      run: async (text) => {
        try {
          return [...(await sql.unsafe<Record<string, string | null>[]>(text, [], protocol))]
        } catch (error) {
          throw databaseErrorOf(error)
        }
      },
      close: async () => {
        await sql.end({ timeout: 1 })
        socket.destroy()
      },
    })
  } catch (error) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : null
    return {
      ok: false,
      problems: [
        connectionProblem(target, {
          code: typeof code === 'string' ? code : null,
          error: databaseErrorOf(error),
        }),
      ],
    }
  }
}
