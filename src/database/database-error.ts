import { isConnectionLoss } from '../postgres/sqlstate.ts'

/**
 * What the server, or the road to it, answered in place of a result. `connectionLost`: whether the statement took
 * effect is not known, and the session is of no more use.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly sqlstate: string | null
  readonly detail: string | null
  readonly hint: string | null
  readonly constraint: string | null
  /** The relation and column that the server names beside its message, unquoted. */
  readonly schema: string | null
  readonly table: string | null
  readonly column: string | null
  /** Character of the statement, from 1, that the server points at. */
  readonly position: number | null
  readonly severity: string | null
  readonly connectionLost: boolean

  constructor(message: string, fields: Partial<DatabaseErrorFields> = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.sqlstate = fields.sqlstate ?? null
    this.detail = fields.detail ?? null
    this.hint = fields.hint ?? null
    this.constraint = fields.constraint ?? null
    this.schema = fields.schema ?? null
    this.table = fields.table ?? null
    this.column = fields.column ?? null
    this.position = fields.position ?? null
    this.severity = fields.severity ?? null
    this.connectionLost = fields.connectionLost ?? false
  }
}

export interface DatabaseErrorFields {
  readonly sqlstate: string | null
  readonly detail: string | null
  readonly hint: string | null
  readonly constraint: string | null
  readonly schema: string | null
  readonly table: string | null
  readonly column: string | null
  readonly position: number | null
  readonly severity: string | null
  readonly connectionLost: boolean
  readonly cause: unknown
}

/** Codes of postgres.js and of Node that mean that the connection is gone. */
const lossCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
])

/** Anything that postgres.js rejects with. */
export function databaseErrorOf(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error
  const code = field(error, 'code')
  const message = error instanceof Error ? error.message : String(error)
  // Five characters are a SQLSTATE only with the server's own severity beside it (EPIPE has five too).
  const severity = field(error, 'severity')
  const sqlstate = severity === null ? null : code
  const position = field(error, 'position')
  return new DatabaseError(message, {
    sqlstate,
    severity,
    detail: field(error, 'detail'),
    hint: field(error, 'hint'),
    constraint: field(error, 'constraint_name'),
    schema: field(error, 'schema_name'),
    table: field(error, 'table_name'),
    column: field(error, 'column_name'),
    position: position === null ? null : Number(position),
    connectionLost: sqlstate === null ? code !== null && lossCodes.has(code) : isConnectionLoss(sqlstate),
    cause: error,
  })
}

function field(error: unknown, name: string): string | null {
  if (typeof error !== 'object' || error === null) return null
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : null
}
