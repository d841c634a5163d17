/**
 * Listens in on a session's socket for three things that the driver drops: the FATAL error that a server sends before it
 * hangs up ("terminating connection due to administrator command"; the driver waits for a ReadyForQuery that never
 * comes), the command tag of the last of several statements, and the error that ends a COPY whose rows are all sent.
 * Format: https://www.postgresql.org/docs/current/protocol-message-formats.html, a type byte, an Int32 length, a body.
 */
import { DatabaseError } from './database-error.ts'

export interface WireTap {
  /** Null where the line went dead without a word. */
  fatalError(): DatabaseError | null
  /** By the last command tag that holds a number since `forget`; 0 where none does. */
  rowsAffected(): number
  forget(): void
  /** Told of every error that the server answers with, until the function that it returns is called. */
  onError(listen: (error: DatabaseError) => void): () => void
}

/** What of a socket is needed to listen in. */
export interface ByteSource {
  on(event: 'data', listen: (data: Buffer) => void): unknown
}

const headerBytes = 5
const commandComplete = 'C'.charCodeAt(0)
const errorResponse = 'E'.charCodeAt(0)

export function tapWire(socket: ByteSource): WireTap {
  let fatal: DatabaseError | null = null
  let rows = 0
  /** Bytes of a message whose end has not come; only of the two kinds that are read. */
  let pending: Buffer = Buffer.alloc(0)
  /** Bytes still to come of a message that nobody reads. */
  let skip = 0

  const listeners = new Set<(error: DatabaseError) => void>()
  const hear = (error: DatabaseError | null): void => {
    if (error === null) return
    if (error.connectionLost) fatal = error
    for (const listen of listeners) listen(error)
  }

  const take = (type: number, body: Buffer): void => {
    if (type === errorResponse) hear(errorOf(body))
    else rows = rowsOfTag(body) ?? rows
  }

  const listen = (data: Buffer): void => {
    let at = Math.min(skip, data.length)
    skip -= at
    if (at === data.length) return
    const bytes = pending.length === 0 ? data : Buffer.concat([pending, data])
    pending = Buffer.alloc(0)
    while (at < bytes.length) {
      const end = at + headerBytes <= bytes.length ? at + 1 + bytes.readUInt32BE(at + 1) : Infinity
      const type = bytes[at] ?? 0
      const isRead = type === commandComplete || type === errorResponse
      if (end > bytes.length && (isRead || end === Infinity)) {
        pending = bytes.subarray(at)
        return
      }
      if (isRead) take(type, bytes.subarray(at + headerBytes, end))
      skip = Math.max(0, end - bytes.length)
      at = end
    }
  }

  socket.on('data', listen)
  return {
    fatalError: () => fatal,
    rowsAffected: () => rows,
    forget: () => {
      rows = 0
    },
    onError: (listen) => {
      listeners.add(listen)
      return () => void listeners.delete(listen)
    },
  }
}

/** `INSERT 0 5` → 5, `UPDATE 5` → 5, `CREATE INDEX` → null. The body ends in a zero byte. */
function rowsOfTag(body: Buffer): number | null {
  const tag = body.toString('latin1', 0, body.length - 1)
  const last = tag.slice(tag.lastIndexOf(' ') + 1)
  const count = Number(last)
  return last === '' || Number.isNaN(count) ? null : count
}

/** https://www.postgresql.org/docs/current/protocol-error-fields.html: a byte of type, a string, and so on, then zero. */
function errorOf(body: Buffer): DatabaseError | null {
  const fields = new Map<string, string>()
  for (let at = 0; at < body.length && body[at] !== 0;) {
    const end = body.indexOf(0, at + 1)
    if (end === -1) return null
    fields.set(String.fromCharCode(body[at] ?? 0), body.toString('utf8', at + 1, end))
    at = end + 1
  }
  const severity = fields.get('V') ?? null
  return new DatabaseError(fields.get('M') ?? 'the server ended the connection', {
    sqlstate: fields.get('C') ?? null,
    detail: fields.get('D') ?? null,
    hint: fields.get('H') ?? null,
    severity,
    connectionLost: severity === 'FATAL' || severity === 'PANIC',
  })
}
