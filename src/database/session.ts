/**
 * One dedicated connection. A session is never replaced by another in silence: locks, settings and transactions live
 * on the connection, so its loss is an error (`connectionLost`) and the session stays `closed`.
 */
import type net from 'node:net'
import { Readable, Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import postgres from 'postgres'
import type { Result } from '../model/problem.ts'
import { succeed } from '../model/problem.ts'
import { connectionProblem, supportedMajors, versionProblem } from './connection-problem.ts'
import type { ConnectionTarget } from './connection-target.ts'
import { parseConnectionUrl } from './connection-target.ts'
import { DatabaseError, databaseErrorOf } from './database-error.ts'
import type { SqlValue } from './value-text.ts'
import { parameterText, parseArrayText } from './value-text.ts'
import { openSocket } from './socket.ts'
import type { WireTap } from './wire-tap.ts'
import { tapWire } from './wire-tap.ts'

export type { SqlValue } from './value-text.ts'
export { DatabaseError } from './database-error.ts'

export interface Session {
  readonly pid: number
  readonly serverVersionNum: number
  readonly database: string
  /**
   * Parameterized, one statement. Rows as objects. int2, int4, oid and floats come as numbers, bool as boolean, json
   * parsed, arrays of text-like and integer types as arrays; all else (int8, numeric, timestamps, bytea) as the text
   * that PostgreSQL prints, which can be given back as a value. Without values, the simple protocol is used.
   */
  query<T extends object>(text: string, values?: readonly SqlValue[]): Promise<readonly T[]>
  /** Parameterized, one statement that changes rows; how many, by its command tag. */
  change(text: string, values?: readonly SqlValue[]): Promise<{ readonly rowsAffected: number }>
  /**
   * One message by the simple protocol; several statements are one implicit transaction unless they say otherwise.
   * Returns rows affected: by the last command tag that holds a number.
   */
  execute(text: string): Promise<{ readonly rowsAffected: number }>
  /** `COPY … TO STDOUT`: what it prints. The session does nothing else until the stream has ended. */
  copyOut(text: string): Promise<Readable>
  /** `COPY … FROM STDIN` of a stream; resolves when the server has said that it has the rows. */
  copyIn(text: string, rows: Readable): Promise<void>
  close(): Promise<void>
  readonly closed: boolean
}

export interface ConnectOptions {
  readonly applicationName: string
  /** For TCP, TLS and login each. Default 10 s, or the URL's connect_timeout. */
  readonly connectTimeoutMs?: number
  /** How long a transaction of ours may stay open without a statement before the server ends it. Default 60 s. */
  readonly idleInTransactionTimeoutMs?: number
}

const defaultConnectTimeoutMs = 10_000

/** Expected failures (no server, wrong password, unknown database, version out of range) are problems. */
export async function connect(url: string, options: ConnectOptions): Promise<Result<Session>> {
  const parsed = parseConnectionUrl(url)
  if (!parsed.ok) return parsed
  const target = parsed.value
  const timeoutMs = options.connectTimeoutMs ?? target.connectTimeoutMs ?? defaultConnectTimeoutMs
  try {
    const socket = await openSocket(target, timeoutMs)
    const session = await begin(openWire(target, socket, options.applicationName, timeoutMs), options)
    const major = Math.floor(session.serverVersionNum / 10_000)
    if (major >= supportedMajors.min && major <= supportedMajors.max) return succeed(session)
    await session.close()
    return { ok: false, problems: [versionProblem(target, session.serverVersionNum)] }
  } catch (error) {
    return {
      ok: false,
      problems: [connectionProblem(target, { code: codeOf(error), error: databaseErrorOf(error) })],
    }
  }
}

/** The driver around one socket, and what is known of its end. */
interface Wire {
  readonly sql: postgres.Sql
  readonly socket: net.Socket
  readonly state: { closed: boolean; reason: DatabaseError | null }
  readonly tap: WireTap
}

/** Types whose text the driver turns into something that cannot be given back unharmed; and arrays, which it leaves. */
const types = {
  verbatim: {
    to: 0,
    from: [17, 1082, 1114, 1184],
    serialize: asIs,
    parse: asIs,
  },
  // Values arrive here as text already: see value-text.ts.
  boolean: { to: 16, from: [16], serialize: asIs, parse: (text: string) => text === 't' },
  json: { to: 114, from: [114, 3802], serialize: asIs, parse: (text: string): unknown => JSON.parse(text) },
  textArray: { to: 1009, from: [1002, 1003, 1009, 1014, 1015], serialize: asIs, parse: parseArrayText },
  integerArray: {
    to: 1007,
    from: [1005, 1007, 1028],
    serialize: asIs,
    parse: (text: string) => parseArrayText(text).map((item) => (item === null ? null : Number(item))),
  },
}

function asIs(text: string): string {
  return text
}

function openWire(
  target: ConnectionTarget,
  socket: net.Socket,
  applicationName: string,
  timeoutMs: number,
): Wire {
  const state: Wire['state'] = { closed: false, reason: null }
  const tap = tapWire(socket)
  let handedOver = false
  const options = {
    host: target.host,
    port: target.port,
    database: target.database,
    username: target.user,
    // As a function, or the driver would fall back on the environment where it is empty.
    password: () => target.password,
    max: 1,
    ssl: false,
    fetch_types: false,
    prepare: false,
    idle_timeout: 0,
    max_lifetime: null,
    keep_alive: null,
    connect_timeout: Math.max(1, Math.ceil(timeoutMs / 1000)),
    backoff: false,
    types,
    onnotice: () => undefined,
    onclose: () => {
      state.closed = true
    },
    connection: { ...target.settings, application_name: applicationName },
    socket: (): net.Socket => {
      if (handedOver)
        throw Object.assign(new Error('the connection was closed'), { code: 'CONNECTION_CLOSED' })
      handedOver = true
      return socket
    },
  }
  return { sql: postgres(options), socket, state, tap }
}

interface ServerFacts {
  readonly pid: number
  readonly version: number
  readonly database: string
}

async function begin(wire: Wire, options: ConnectOptions): Promise<Session> {
  const send = sender(wire)
  try {
    const { rows } = await send<ServerFacts>(
      `SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version,
              current_database() AS database`,
      [],
    )
    const [facts] = rows
    if (facts === undefined) throw new DatabaseError('the server did not say who it is')
    await applySettings(send, options.idleInTransactionTimeoutMs ?? 60_000)
    return sessionOver(wire, send, facts)
  } catch (error) {
    wire.socket.destroy()
    throw error
  }
}

/**
 * What a role or a database may have been given by ALTER … SET must not reach into our work: a timeout would cut a
 * concurrent build short, and the other two change how literals and definitions are spelled.
 */
async function applySettings(send: Send, idleInTransactionTimeoutMs: number): Promise<void> {
  await send(
    `SELECT set_config(name, value, false) FROM (VALUES ('statement_timeout', '0'), ('lock_timeout', '0'),
       ('idle_in_transaction_session_timeout', $1), ('standard_conforming_strings', 'on'),
       ('quote_all_identifiers', 'off')) AS setting (name, value)`,
    [String(idleInTransactionTimeoutMs)],
  )
  try {
    // Else a backend whose runner died goes on waiting for its lock, with the application queued behind it.
    await send(`SELECT set_config('client_connection_check_interval', '1000', false)`, [])
  } catch (error) {
    // Servers on systems without the needed poll() flag refuse any value but 0.
    if (!(error instanceof DatabaseError) || error.sqlstate !== '22023') throw error
  }
}

function sessionOver(wire: Wire, send: Send, facts: ServerFacts): Session {
  return {
    pid: facts.pid,
    serverVersionNum: facts.version,
    database: facts.database,
    get closed() {
      return wire.state.closed
    },
    query: async <T extends object>(text: string, values: readonly SqlValue[] = []) =>
      (await send<T>(text, values)).rows,
    change: async (text, values = []) => ({ rowsAffected: (await send(text, values)).rowsAffected }),
    execute: async (text) => ({ rowsAffected: (await send(text, null)).rowsAffected }),
    copyOut: (text) => copyOut(wire, text),
    copyIn: (text, rows) => copyIn(wire, text, rows),
    close: async () => {
      if (wire.state.closed) return
      wire.state.closed = true
      await wire.sql.end({ timeout: 1 })
      wire.socket.destroy()
    },
  }
}

interface Answer<T> {
  readonly rows: readonly T[]
  readonly rowsAffected: number
}

/** `values` null: by the simple protocol. What a row holds is decided by the SQL beside the call, and not checked. */
type Send = <T extends object>(text: string, values: readonly SqlValue[] | null) => Promise<Answer<T>>

/**
 * One message at a time. Were several in flight, the driver would keep the later ones in a queue that nobody rejects
 * when the connection goes.
 */
function sender(wire: Wire): Send {
  let turn: Promise<unknown> = Promise.resolve()
  return <T extends object>(text: string, values: readonly SqlValue[] | null) => {
    const answer = turn.then(() => sendNow<T>(wire, text, values))
    turn = answer.catch(() => undefined)
    return answer
  }
}

async function sendNow<T extends object>(
  wire: Wire,
  text: string,
  values: readonly SqlValue[] | null,
): Promise<Answer<T>> {
  if (wire.state.closed) throw lossOf(wire, 'the connection is closed')
  const parameters = (values ?? []).map((value) => parameterText(value))
  const protocol = { prepare: false, simple: values === null }
  try {
    wire.tap.forget()
    const rows = await wire.sql.unsafe<T[]>(text, parameters, protocol)
    if (!Array.isArray(rows)) await refuseCopy(rows)
    return { rows: [...rows], rowsAffected: wire.tap.rowsAffected() }
  } catch (error) {
    const failure = databaseErrorOf(error)
    if (!failure.connectionLost && failure.severity !== 'FATAL') throw failure
    wire.state.closed = true
    wire.socket.destroy()
    throw lossOf(wire, failure.message, failure.cause)
  }
}

/** The server's own reason where it gave one. A new error each time, so that its stack shows who asked. */
function lossOf(wire: Wire, otherwise: string, cause?: unknown): DatabaseError {
  wire.state.reason ??= wire.tap.fatalError()
  const reason = wire.state.reason
  if (reason === null) return new DatabaseError(otherwise, { connectionLost: true, cause })
  const { sqlstate, detail, hint, severity } = reason
  return new DatabaseError(reason.message, { sqlstate, detail, hint, severity, connectionLost: true })
}

async function copyOut(wire: Wire, text: string): Promise<Readable> {
  const stream = await startCopy(wire, text)
  if (stream instanceof Readable) {
    // The driver leaves the socket paused when the last rows came faster than they were read.
    return stream.once('close', () => void wire.socket.resume())
  }
  throw new DatabaseError(`no rows come of ${text}`)
}

async function copyIn(wire: Wire, text: string, rows: Readable): Promise<void> {
  const stream = await startCopy(wire, text)
  if (!(stream instanceof Writable)) throw new DatabaseError(`no rows go to ${text}`)
  // Once all rows are sent, the driver tells nobody of an error.
  let forget = (): void => undefined
  const refused = new Promise<never>((_, reject) => {
    forget = wire.tap.onError(reject)
  })
  try {
    await Promise.race([pipeline(rows, stream), refused])
  } catch (error) {
    rows.destroy()
    stream.destroy()
    throw databaseErrorOf(error)
  } finally {
    forget()
  }
}

async function startCopy(wire: Wire, text: string): Promise<unknown> {
  if (wire.state.closed) throw lossOf(wire, 'the connection is closed')
  const protocol = { prepare: false, simple: true }
  try {
    return await wire.sql.unsafe(text, [], protocol)
  } catch (error) {
    throw databaseErrorOf(error)
  }
}

/** For COPY … FROM STDIN and TO STDOUT the driver answers with a stream. There is no data to go with it. */
async function refuseCopy(stream: unknown): Promise<never> {
  const refusal = new DatabaseError('COPY from or to the client is not possible here', {
    sqlstate: '0A000',
    hint: 'Use INSERT, or a file on the server.',
  })
  if (stream instanceof Writable) stream.on('error', () => undefined).destroy(refusal)
  else if (stream instanceof Readable) await finished(stream.resume())
  throw refusal
}

/** Of Node, `SocketError` or the driver; an error that we made of another carries that one. */
function codeOf(error: unknown): string | null {
  if (error instanceof DatabaseError) return codeOf(error.cause)
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : null
  return typeof code === 'string' ? code : null
}
