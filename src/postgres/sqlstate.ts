/** SQLSTATEs that lockstep acts on. Source: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const sqlstate = {
  lockNotAvailable: '55P03',
  deadlockDetected: '40P01',
  serializationFailure: '40001',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  uniqueViolation: '23505',
  notNullViolation: '23502',
  foreignKeyViolation: '23503',
  checkViolation: '23514',
  undefinedTable: '42P01',
  duplicateTable: '42P07',
  insufficientPrivilege: '42501',
  invalidCatalogName: '3D000',
  activeSqlTransaction: '25001',
} as const

/** The statement did nothing and may be tried again as it stands. */
export function isRetryable(code: string): boolean {
  return (
    code === sqlstate.lockNotAvailable ||
    code === sqlstate.deadlockDetected ||
    code === sqlstate.serializationFailure
  )
}

/** Class 08, connection exception, and the 57P shutdowns: whether the statement took effect is not known. */
export function isConnectionLoss(code: string): boolean {
  return code.startsWith('08') || code.startsWith('57P')
}
